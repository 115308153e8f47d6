import asyncpg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


async def found_or_made(conn: asyncpg.Connection, name):
    row = await conn.fetchrow("SELECT name FROM tag WHERE name = $1", name)
    if row is None:
        row = await conn.fetchrow("INSERT INTO tag (name, note) VALUES ($1, 'new') RETURNING name", name)
    return row["name"]


async def in_a_transaction(conn: asyncpg.Connection, name):
    async with conn.transaction():
        await conn.execute("INSERT INTO log (text) VALUES ($1)", name)
        there = await conn.fetchval("SELECT 1 FROM tag WHERE name = $1", name)
        if not there:
            await conn.execute("INSERT INTO tag (name, note) VALUES ($1, 'new')", name)


async def refused(conn: asyncpg.Connection, name):
    if await conn.fetchval("SELECT 1 FROM tag WHERE name = $1", name):
        raise ValueError(f"{name} is taken")
    await conn.execute("INSERT INTO tag (name, note) VALUES ($1, 'new')", name)

import asyncpg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, seen INTEGER DEFAULT 0);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


async def replaced(conn: asyncpg.Connection, name, note):
    await conn.execute("DELETE FROM tag WHERE name = $1", name)
    await conn.execute("INSERT INTO tag (name, note) VALUES ($1, $2)", name, note)


async def returned(conn: asyncpg.Connection, name, note):
    await conn.execute("DELETE FROM tag WHERE name = $1", name)
    row = await conn.fetchrow("INSERT INTO tag (name, note) VALUES ($1, $2) RETURNING note", name, note)
    await conn.execute("INSERT INTO log (text) VALUES ($1)", note)
    return row["note"]


async def _dropped(conn: asyncpg.Connection, name):
    await conn.execute("DELETE FROM tag WHERE name = $1", name)


async def in_a_helper(conn: asyncpg.Connection, name, note):
    await _dropped(conn, name)
    await conn.execute("INSERT INTO tag (name, note) VALUES ($1, $2)", name, note)
    return name

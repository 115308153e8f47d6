import asyncpg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL, note TEXT);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


async def replaced(conn: asyncpg.Connection, name, notes):
    await conn.execute("DELETE FROM tag WHERE name = $1", name)
    await conn.executemany("INSERT INTO tag (name, note) VALUES ($1, $2)", [(name, note) for note in notes])


async def in_a_loop(conn: asyncpg.Connection, name, notes):
    await conn.execute("DELETE FROM tag WHERE name = $1", name)
    for note in notes:
        if note:
            await conn.execute("INSERT INTO tag (name, note) VALUES ($1, $2)", name, note)
    await conn.execute("INSERT INTO log (text) VALUES ($1)", name)
    return len(notes)

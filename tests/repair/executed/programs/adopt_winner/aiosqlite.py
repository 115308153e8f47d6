import aiosqlite

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


async def found_or_made(conn: aiosqlite.Connection, name):
    cursor = await conn.execute("SELECT note FROM tag WHERE name = ?", (name,))
    row = await cursor.fetchone()
    if row is None:
        await conn.execute("INSERT INTO tag (name, note) VALUES (?, 'new')", (name,))
        await conn.commit()

import aiosqlite

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, seen INTEGER DEFAULT 0);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


async def replaced(conn: aiosqlite.Connection, name, note):
    await conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()
    await conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    await conn.commit()


async def by_cursor(conn: aiosqlite.Connection, name, note):
    cur = await conn.cursor()
    await cur.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()
    await cur.execute(
        """
        INSERT INTO tag (name, note, seen)
        VALUES (?, ?, 0)
        """,
        (name, note),
    )
    await cur.execute("INSERT INTO log (text) VALUES (?)", (note,))
    await conn.commit()
    return note


async def _dropped(conn: aiosqlite.Connection, name):
    await conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()


async def in_a_helper(conn: aiosqlite.Connection, name, note):
    await _dropped(conn, name)
    await conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    await conn.commit()
    return name, note

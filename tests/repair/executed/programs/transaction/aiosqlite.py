import aiosqlite

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


async def replaced(conn: aiosqlite.Connection, name, notes):
    await conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()
    for note in notes:
        await conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    await conn.commit()


async def with_a_log(conn: aiosqlite.Connection, name, notes):
    cur = await conn.cursor()
    await cur.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()
    rows = [(name, note) for note in notes]
    await cur.execute("INSERT INTO log (text) VALUES (?)", (name,))
    for row in rows:
        await cur.execute("INSERT INTO tag (name, note) VALUES (?, ?)", row)
    await conn.commit()
    return len(rows)


async def each_committed(conn: aiosqlite.Connection, name, notes):
    await conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    await conn.commit()
    for note in notes:
        await conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
        await conn.commit()

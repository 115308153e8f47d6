import sqlite3

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


def replaced(conn: sqlite3.Connection, name, notes):
    conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()
    for note in notes:
        conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    conn.commit()


def with_a_log(conn: sqlite3.Connection, name, notes):
    cur = conn.cursor()
    cur.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()
    rows = [(name, note) for note in notes]
    cur.execute("INSERT INTO log (text) VALUES (?)", (name,))
    for row in rows:
        cur.execute("INSERT INTO tag (name, note) VALUES (?, ?)", row)
    conn.commit()
    return len(rows)


def each_committed(conn: sqlite3.Connection, name, notes):
    conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()
    for note in notes:
        conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
        conn.commit()


def in_two_blocks(conn: sqlite3.Connection, name, notes):
    with conn:
        conn.execute("DELETE FROM tag WHERE name = ?", (name,))

    # the new ones
    with conn:
        for note in notes:
            conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))

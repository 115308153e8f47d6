import sqlite3

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


def found_or_made(conn: sqlite3.Connection, name):
    row = conn.execute("SELECT id FROM tag WHERE name = ?", (name,)).fetchone()
    if row:
        return row[0]
    cur = conn.execute("INSERT INTO tag (name, note) VALUES (?, 'new')", (name,))
    conn.commit()
    return cur.lastrowid


def counted(conn: sqlite3.Connection, name):
    cur = conn.cursor()
    cur.execute("SELECT id FROM tag WHERE name = ?", (name,))
    row = cur.fetchone()
    if row is None:
        cur.execute("INSERT INTO tag (name, note) VALUES (?, 'new')", (name,))
        cur.execute("INSERT INTO log (text) VALUES (?)", (name,))
    else:
        cur.execute("UPDATE tag SET note = 'again' WHERE name = ?", (name,))
    conn.commit()


def refused(conn: sqlite3.Connection, name):
    if conn.execute("SELECT 1 FROM tag WHERE name = ?", (name,)).fetchone():
        raise ValueError(f"{name} is taken")
    conn.execute("INSERT INTO tag (name, note) VALUES (?, 'new')", (name,))
    conn.commit()

import sqlite3

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, seen INTEGER DEFAULT 0);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


def replaced(conn: sqlite3.Connection, name, note):
    conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()
    conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    conn.commit()


def by_cursor(conn: sqlite3.Connection, name, note):
    cur = conn.cursor()
    cur.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()
    cur.execute(
        """
        INSERT INTO tag (name, note, seen)
        VALUES (?, ?, 0)
        """,
        (name, note),
    )
    cur.execute("INSERT INTO log (text) VALUES (?)", (note,))
    conn.commit()
    return note


def _dropped(conn: sqlite3.Connection, name):
    conn.execute("DELETE FROM tag WHERE name = ?", (name,))
    conn.commit()


def in_a_helper(conn: sqlite3.Connection, name, note):
    _dropped(conn, name)
    conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    conn.commit()
    return name, note


def _begun(conn: sqlite3.Connection, name):
    try:
        conn.execute("DELETE FROM tag WHERE name = ?", (name,))
        conn.execute("INSERT INTO log (text) VALUES (?)", (name,))
        conn.commit()
    except KeyError:
        return


def in_a_helper_that_does_more(conn: sqlite3.Connection, name, note):
    _begun(conn, name)
    conn.execute("INSERT INTO tag (name, note) VALUES (?, ?)", (name, note))
    conn.commit()
    return note

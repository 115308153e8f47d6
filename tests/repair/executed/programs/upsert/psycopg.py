import psycopg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, seen INTEGER DEFAULT 0);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


def replaced(conn: psycopg.Connection, name, note):
    conn.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()
    conn.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", (name, note))
    conn.commit()


def by_cursor(conn: psycopg.Connection, name, note):
    cur = conn.cursor()
    cur.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()
    cur.execute(
        """
        INSERT INTO tag (name, note, seen)
        VALUES (%s, %s, 0)
        """,
        (name, note),
    )
    cur.execute("INSERT INTO log (text) VALUES (%s)", (note,))
    conn.commit()
    return note


def _dropped(conn: psycopg.Connection, name):
    conn.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()


def in_a_helper(conn: psycopg.Connection, name, note):
    _dropped(conn, name)
    conn.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", (name, note))
    conn.commit()
    return name, note

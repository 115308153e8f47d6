import psycopg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


def found_or_made(conn: psycopg.Connection, name):
    row = conn.execute("SELECT name FROM tag WHERE name = %s", (name,)).fetchone()
    if row:
        return row[0]
    made = conn.execute("INSERT INTO tag (name, note) VALUES (%s, 'new') RETURNING name", (name,)).fetchone()
    conn.commit()
    return made[0]


def counted(conn: psycopg.Connection, name):
    cur = conn.cursor()
    cur.execute("SELECT id FROM tag WHERE name = %s", (name,))
    row = cur.fetchone()
    if row is None:
        cur.execute("INSERT INTO tag (name, note) VALUES (%s, 'new')", (name,))
        cur.execute("INSERT INTO log (text) VALUES (%s)", (name,))
    else:
        cur.execute("UPDATE tag SET note = 'again' WHERE name = %s", (name,))
    conn.commit()


def refused(conn: psycopg.Connection, name):
    if conn.execute("SELECT 1 FROM tag WHERE name = %s", (name,)).fetchone():
        raise ValueError(f"{name} is taken")
    conn.execute("INSERT INTO tag (name, note) VALUES (%s, 'new')", (name,))
    conn.commit()

import psycopg

SCHEMA = """
CREATE TABLE tag (id SERIAL PRIMARY KEY, name TEXT NOT NULL, note TEXT);
CREATE TABLE log (id SERIAL PRIMARY KEY, text TEXT);
"""


def replaced(conn: psycopg.Connection, name, notes):
    conn.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()
    for note in notes:
        conn.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", (name, note))
    conn.commit()


def with_a_log(conn: psycopg.Connection, name, notes):
    cur = conn.cursor()
    cur.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()
    rows = [(name, note) for note in notes]
    cur.execute("INSERT INTO log (text) VALUES (%s)", (name,))
    for row in rows:
        cur.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", row)
    conn.commit()
    return len(rows)


def each_committed(conn: psycopg.Connection, name, notes):
    conn.execute("DELETE FROM tag WHERE name = %s", (name,))
    conn.commit()
    for note in notes:
        conn.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", (name, note))
        conn.commit()


def in_two_blocks(conn: psycopg.Connection, name, notes):
    with conn.transaction():
        conn.execute("DELETE FROM tag WHERE name = %s", (name,))
    with conn.transaction():
        for note in notes:
            conn.execute("INSERT INTO tag (name, note) VALUES (%s, %s)", (name, note))
        conn.execute("INSERT INTO log (text) VALUES (%s)", (name,))

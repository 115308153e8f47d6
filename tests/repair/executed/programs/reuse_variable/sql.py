import sqlite3

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT DEFAULT '');
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


class Tag:
    def __init__(self, pk, name, note):
        self.pk, self.name, self.note = pk, name, note


def _tag_of(conn: sqlite3.Connection, name):
    conn.execute("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
    conn.commit()
    return Tag(*conn.execute("SELECT id, name, note FROM tag WHERE name = ?", (name,)).fetchone())


def _log(conn: sqlite3.Connection, text):
    conn.execute("INSERT INTO log (text) VALUES (?)", (text,))
    conn.commit()


def twice(conn: sqlite3.Connection, name, note):
    tag = _tag_of(conn, name)
    _log(conn, f"{tag.name}: {note}")
    again = _tag_of(conn, name)
    return tag.name, again.note


def inline(conn: sqlite3.Connection, name, note):
    first = _tag_of(conn, name)
    _log(conn, first.name)
    if note:
        _log(conn, f"{_tag_of(conn, name).pk == first.pk}: {note}")
    return first.note


def not_named_at_first(conn: sqlite3.Connection, name, note):
    _log(conn, f"{_tag_of(conn, name).name} {note}")
    tag = _tag_of(conn, name)
    return tag.name

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


def each(conn: sqlite3.Connection, name, texts):
    for text in texts:
        tag = _tag_of(conn, name)
        _log(conn, f"{tag.name}: {text}")


def in_an_argument(conn: sqlite3.Connection, name, texts):
    count = 0
    for text in texts:
        _log(conn, f"{_tag_of(conn, name).pk is not None}: {text}")
        count += 1
    return count


def until_empty(conn: sqlite3.Connection, name, texts):
    rest = list(texts)
    while rest:
        tag = _tag_of(conn, name)
        _log(conn, f"{tag.name} {rest.pop(0)}")
    return len(rest)


def _noted(conn: sqlite3.Connection, name, text):
    tag = _tag_of(conn, name)
    _log(conn, f"{tag.name} notes {text}")


def in_a_helper(conn: sqlite3.Connection, name, texts):
    for text in texts:
        _noted(conn, name, text)
    return len(texts)


def for_its_effect(conn: sqlite3.Connection, name, texts):
    for text in texts:
        _tag_of(conn, name)
        _log(conn, text)
    return name


def when_needed(conn: sqlite3.Connection, name, texts):
    for text in texts:
        if text:
            tag = _tag_of(conn, name)
            _log(conn, f"{tag.name}: {text}")
        else:
            _log(conn, "nothing")

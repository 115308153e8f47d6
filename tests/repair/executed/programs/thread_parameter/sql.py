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


def _logged(conn: sqlite3.Connection, name, text):
    tag = _tag_of(conn, name)
    _log(conn, f"{tag.name}: {text}")


def _further(conn: sqlite3.Connection, name, text):
    _noted(conn, name, text)
    return text


def _noted(conn: sqlite3.Connection, name, text):
    tag = _tag_of(conn, name)
    _log(conn, f"{tag.name} {text}")


def one_call_down(conn: sqlite3.Connection, name, note):
    tag = _tag_of(conn, name)
    _logged(conn, name, note)
    return tag.name


def two_calls_down(conn: sqlite3.Connection, name, note):
    tag = _tag_of(conn, name)
    if note:
        _further(conn, name, note)
    return tag.note


def _row_of(conn: sqlite3.Connection, name):
    conn.row_factory = sqlite3.Row
    conn.execute("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
    conn.commit()
    return dict(conn.execute("SELECT id, name, note FROM tag WHERE name = ?", (name,)).fetchone())


def _kept_id(conn: sqlite3.Connection, name, text):
    row = _row_of(conn, name)
    tag_id = row["id"] if row else None
    _log(conn, f"{tag_id}: {text}")


def _kept_alone(conn: sqlite3.Connection, name, text):
    row = _row_of(conn, name)
    tag_id = row["id"]
    _log(conn, f"{text} of {tag_id}")


class _Talk:
    def __init__(self, name):
        self.name = name
        self.tag_id = None


def _begun(conn: sqlite3.Connection, talk):
    try:
        row = _row_of(conn, talk.name)
        talk.tag_id = row["id"] if row is not None else None
    except ValueError:
        raise


def _went_on(conn: sqlite3.Connection, talk, text):
    _kept_alone(conn, talk.name, text)
    _kept_id(conn, talk.name, "went on")


def the_id_on_a_context(conn: sqlite3.Connection, name, note):
    talk = _Talk(name)
    _begun(conn, talk)
    _went_on(conn, talk, note)
    return talk.tag_id

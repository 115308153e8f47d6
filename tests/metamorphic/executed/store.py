"""A small program that really runs: what it does to a database is compared before and after a rewriting."""

import sqlite3

db = sqlite3.connect(":memory:")
KINDS = "sessions"


class Tags:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def clear(self, owner: str) -> None:
        self.connection.execute("DELETE FROM tags WHERE owner = ?", (owner,))

    def add(self, owner: str, words: list[str]) -> int:
        rows = [(owner, word.lower()) for word in words if word]
        self.connection.executemany("INSERT INTO tags (owner, word) VALUES (?, ?)", rows)
        return len(rows)


tags = Tags(db)


def create_tables() -> None:
    db.execute("CREATE TABLE sessions (user_id TEXT PRIMARY KEY, title TEXT)")
    db.execute("CREATE TABLE tags (owner TEXT, word TEXT)")


def get_or_create_session(user_id, title="untitled"):
    row = db.execute("SELECT user_id, title FROM sessions WHERE user_id = ?", (user_id,)).fetchone()
    if row is None:
        db.execute("INSERT INTO sessions (user_id, title) VALUES (?, ?)", (user_id, title))
        db.commit()
        row = db.execute("SELECT user_id, title FROM sessions WHERE user_id = ?", (user_id,)).fetchone()
    return {"id": row[0], "title": row[1]}

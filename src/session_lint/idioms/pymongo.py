"""pymongo and motor: `replace_one(filter, doc, upsert=True)`."""

from __future__ import annotations

from session_lint.idiom import Halves, Idiom, Opened
from session_lint.rewrite.source import CannotRepair


class Pymongo(Idiom):
    """Collections."""

    def transaction(self, halves: Halves) -> Opened:
        del halves
        raise CannotRepair(
            "a transaction of MongoDB needs a replica set, and `session=` at every call in it: "
            "where there is one, use `with client.start_session() as session, session.start_transaction():`"
        )

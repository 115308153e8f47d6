"""Supabase and PostgREST: `.upsert(row, on_conflict="a,b")`; there are no transactions."""

from __future__ import annotations

from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.calls.arguments import add_argument, has_keyword
from session_lint.repair.rewrite.file.source import CannotRepair, called_name
from session_lint.repair.rewrite.writes.rows import argument, seen_row


class Supabase(Idiom):
    """The builder chain: `.insert(x)` becomes `.upsert(x, on_conflict="user_id")`."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        payload = argument(call, 0, "json")
        if payload is None:
            raise CannotRepair("the payload of the insert cannot be seen")
        row = seen_row(source, payload.value)
        if has_keyword(call, "upsert") or has_keyword(call, "on_conflict"):
            raise CannotRepair("the insert already says what happens on a conflict")
        columns = ",".join(halves.require(row.columns))
        target = add_argument(source, call, f'on_conflict="{columns}"', fit=True)
        note = "" if row.complete else "the payload has columns that cannot be seen here"
        return Written((source.replace(called_name(call), "upsert"), target), row.columns if row.complete else (), note=note)

    def transaction(self, halves: Halves) -> Opened:
        del halves
        raise CannotRepair(
            "every call is a request of its own: use a database function called with `.rpc(...)`, "
            "or `.upsert(rows, on_conflict=...)` and then a delete of the rows that are not in the set"
        )

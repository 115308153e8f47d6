"""pymongo and motor: `replace_one(filter, doc, upsert=True)`, and a session with a transaction."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.calls.arguments import add_argument
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements import regions
from session_lint.repair.rewrite.writes import mongo_sessions
from session_lint.repair.rewrite.writes.create_call import quotes
from session_lint.repair.rewrite.writes.rows import argument, row_of

_NOTE = "transactions need a replica set, and every call in the block has to be given the session"
_CLEARS = frozenset({"delete_one", "delete_many"})


class Pymongo(Idiom):
    """Collections."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        if source.code(called_name(call)) != "insert_one" or _used(source, call):
            raise CannotRepair("the result of the insert is used, or several documents are inserted")
        document = argument(call, 0, "document")
        if document is None or document.keyword is not None:
            raise CannotRepair("the new document cannot be seen")
        row = row_of(source, document.value)
        keys = [name.replace("id", "_id", 1) if name == "id" and "_id" in row.columns else name for name in halves.columns]
        if "_id" in row.columns and "_id" not in keys:
            raise CannotRepair("the new document has an `_id` of its own, which cannot replace that of another one")
        wanted = _filter(halves, keys) or _from_row(source, dict(row.entries), keys)
        start = source.span(call.args[0])
        if not wanted:
            halves.require(row.columns)
            raise CannotRepair("the filter of the clear cannot be repeated at the insert")
        separator = ", "
        if not source.line(start.row)[: start.column - 1].strip():
            separator = f",\n{source.line(start.row)[: start.column - 1]}"
        edits = (
            source.replace(called_name(call), "replace_one"),
            source.insert(start.row, start.column, wanted + separator),
            add_argument(source, call, "upsert=True"),
        )
        return Written(edits, row.columns, keeps=False)

    def transaction(self, halves: Halves) -> Opened:
        if not halves.direct:
            raise CannotRepair("a statement is in a helper function, which would have to take the session: hand one to it")
        source = halves.meeting
        run = regions.smallest(source, halves.clear, halves.insert)
        client = mongo_sessions.client_of(source, run, halves.clear, halves.insert)
        name = mongo_sessions.free_session(source, run)
        edits = mongo_sessions.joined(source, run, halves.clear, halves.insert, name)
        enter, within = f"{client}.start_session() as {name}", f"{name}.start_transaction()"
        awaited = isinstance(source.parent(halves.insert), cst.Await)
        if awaited and _is_motor(halves):
            enter = f"await {enter}"
        elif awaited:
            within = f"await {within}"
        return Opened(enter, within=within, asynchronous=awaited, edits=edits, note=_NOTE, proved=False)


def _is_motor(halves: Halves) -> bool:
    """Whether an asynchronous client is motor's, which awaits the session, or pymongo's, which awaits the transaction."""
    texts = (halves.meeting.text, halves.insert_source.text)
    for pattern, motor in (
        (r"^\s*(?:import|from)\s+motor\b|\bAsyncIOMotor", True),
        (r"\bAsyncMongoClient\b|^\s*from\s+pymongo\.asynchronous\b", False),
    ):
        if any(re.search(pattern, text, re.MULTILINE) for text in texts):
            return motor
    motor, own = halves.sources.search(r"\bAsyncIOMotor"), halves.sources.search(r"\bAsyncMongoClient\b")
    if motor == own:
        raise CannotRepair("whether the client is motor's or pymongo's own asynchronous one cannot be told")
    return motor


def _used(source: Source, call: cst.Call) -> bool:
    above = source.parent(call)
    return not isinstance(source.parent(above) if isinstance(above, cst.Await) else above, cst.Expr)


def _filter(halves: Halves, keys: list[str]) -> str:
    """The clear's own filter, where the insert is in the same function and the filter says all in one line."""
    source, call = halves.clear_source, halves.clear
    if not halves.direct or source.code(called_name(call)) not in _CLEARS:
        return ""
    given = argument(call, 0, "filter")
    if given is None or not isinstance(given.value, cst.Dict) or "\n" in source.code(given.value) or "$" in source.code(given.value):
        return ""
    return source.code(given.value) if len(given.value.elements) == len(keys) else ""


def _from_row(source: Source, entries: dict[str, cst.BaseExpression], keys: list[str]) -> str:
    """The filter made of what the new document says of its columns."""
    if any(key not in entries or not isinstance(entries[key], cst.Name | cst.Attribute | cst.BaseString) for key in keys):
        return ""
    quote = quotes(source)
    return f"{{{', '.join(f'{quote}{key}{quote}: {source.code(entries[key])}' for key in keys)}}}" if keys else ""

"""Supabase and PostgREST: `client.table(name).<verb>(...).<filters>.execute()`. Every call is its own HTTP request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, Chain, Step, chains, named
from session_lint.clients.conflicts import of_text_target
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import retiring, rows, writing
from session_lint.clients.row_filters import OPAQUE, Filter, differs, entries, members, negated, ordered, picking
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Const, Invoke, Term

_FROM = r"^(?=.*\b(?:table|from_)\b)"  # wherever it stands among the names
_RANGES = frozenset({"like", "ilike", "contains", "contained_by", "overlaps", "range_gt", "range_lt", "like_any_of", "text_search", "fts"})
_UNREADABLE = frozenset({"or_", "filter", "and_"})
_GETTER = re.compile(r"(get|find|fetch|load|read)_or_(create|insert|add|new)|ensure_")


class Supabase(LibraryModel):
    """The builder chain of supabase-py, postgrest-py and their async variants. Effects happen at `.execute()`."""

    advice = Advice(
        row='`.upsert(..., on_conflict="{columns}")`',
        missing='`.upsert(..., on_conflict="{columns}", ignore_duplicates=True)` and read the row',
        partial="insert, and read the row where that fails with an `APIError` of code 23505: `on_conflict` finds no partial index",
        taken="the `APIError` of code 23505",
        rows="a database function called with `.rpc(...)`, or `.upsert(rows, on_conflict=...)` and then a delete of what is not in the set",
        unique="It needs a unique constraint on {columns}",
        caution="columns that are not in the payload keep their old value",
    )
    packages = ("supabase", "postgrest")
    words = ("execute",)
    methods = frozenset({"execute"})
    evidence = (
        Evidence(methods, EffectKind.READ, says=_FROM + r".*\bselect\b", on_text="supabase"),
        Evidence(methods, EffectKind.INSERT, says=_FROM + r".*\b(?:insert|upsert)\b", on_text="supabase"),
        Evidence(methods, EffectKind.UPSERT, says=_FROM + r".*\bupsert\b", on_text="supabase", answers=True),
        Evidence(methods, EffectKind.CLEAR, says=_FROM + r".*\b(?:delete|update)\b", on_text="supabase"),
        Evidence(methods, EffectKind.OBTAIN, says=r"\brpc\b", on_text="supabase"),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:  # noqa: ARG002
        for chain in chains(call):
            start = chain.position("table", "from_", "rpc")
            if start >= 0 and chain.steps[start].call is not None and chain.steps[-1].name == "execute":
                yield from self._effects(chain.steps[start], chain.after(start))

    def _effects(self, start: Step, rest: Chain) -> Iterator[Effect]:
        base = Effect(EffectKind.READ, self.stem, connection=start.base)
        if start.name == "rpc":
            yield from _procedure(base, start)
            return
        verb = rest.find("insert", "upsert", "update", "delete", "select")
        if verb is None:
            return
        resource, text = named(start.arg(0, "table_name")), f".{verb.name}()"
        payload = rows(verb.arg(0, "json"))
        if verb.name in ("insert", "upsert"):
            kept = verb.is_set("ignore_duplicates")
            kind = EffectKind.UPSERT if verb.name == "upsert" and not kept else EffectKind.INSERT
            conflict = of_text_target(verb.arg(-1, "on_conflict"))
            yield replace(writing(base, kind, resource, payload, text), ignores_conflicts=kept, conflict=conflict)
        elif verb.name == "delete":
            yield picking(base, EffectKind.CLEAR, resource, _filters(rest), text)
        elif verb.name == "update":
            yield from retiring(base, resource, _filters(rest), payload.columns, text)
        elif verb.name == "select":
            yield picking(base, EffectKind.READ, resource, _filters(_unlimited(rest)), text)


def _procedure(base: Effect, start: Step) -> Iterator[Effect]:
    """A stored procedure, by its name: `.rpc("get_or_create_session", {"user_id": x})`."""
    name, arguments = start.arg(0, "fn"), start.arg(1, "params")
    if isinstance(name, Const) and _GETTER.search(str(name.value)):
        filters = [Filter(column, value) for column, value in entries(arguments or NOTHING)] or [OPAQUE]
        yield picking(base, EffectKind.OBTAIN, named(name), filters, f".rpc({name.value})")


def _unlimited(chain: Chain) -> Chain:
    """A look-up without the number of rows that it takes: that is no condition."""
    return Chain(chain.root, tuple(step for step in chain.steps if step.name != "limit"))


def _filters(chain: Chain) -> Iterator[Filter]:
    inverted = False
    for step in chain.steps:
        if step.call is None:
            inverted = step.name == "not_"
            continue
        found = list(_filter(step))
        yield from negated(found) if inverted else found
        inverted = False


def _filter(step: Step) -> Iterator[Filter]:
    first = step.arg(0, "column")
    if step.name == "match":
        yield from [Filter(name, item) for name, item in entries(first or NOTHING)] or [OPAQUE]
    elif step.name in _UNREADABLE or (step.name == "limit" and first is not None):
        yield OPAQUE
    elif step.name in _CONDITIONS:
        column = str(first.value).lower() if isinstance(first, Const) else ""
        yield _CONDITIONS[step.name](column, step.arg(1, "value") or step.arg(1, "values") or NOTHING)


def _condition_is(column: str, value: Term) -> Filter:
    return Filter(column, NOTHING if value == Const("null") else value)


def _compared(operator: str) -> Callable[[str, Term], Filter]:
    return lambda column, value: ordered(column, value, operator)


def _within(column: str, value: Term) -> Filter:
    return Filter(column, value, Selection.RANGE)


_CONDITIONS: dict[str, Callable[[str, Term], Filter]] = {
    "eq": Filter,
    "neq": differs,
    "in_": members,
    "is_": _condition_is,
    "gt": _compared(">"),
    "gte": _compared(">="),
    "lt": _compared("<"),
    "lte": _compared("<="),
    **dict.fromkeys(_RANGES, _within),
}

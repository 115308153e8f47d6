"""aiopg: statements of SQLAlchemy Core on a connection that commits each of them by itself.

From aiopg's documentation: psycopg2 in asynchronous mode has no transactions of its own, every statement is committed at once; a
transaction is `async with connection.begin():`. SQL text is known to the sql model.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.core_statements import effects_of, is_driven_by
from session_lint.clients.library_model import Evidence, FileContext, Handle, LibraryModel
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_RUN = frozenset({"execute", "scalar"})
_IN = r"aiopg(?:\.\w+)*\."
_OPENED = rf"{_IN}(?:create_engine|Engine|create_pool|Pool)\(\)\.acquire\(\)|{_IN}connect\(\)"


class Aiopg(LibraryModel):
    """What a file that imports `aiopg` executes, on anything but a session or connection of SQLAlchemy."""

    advice = Advice(
        row="`insert({table}).values(...).on_conflict_do_update(index_elements=[...], set_=...)`, keyed by {columns}",
        rows="`async with connection.begin():` around both statements",
        unique="It needs a unique constraint on {columns}",
    )
    packages = ("aiopg",)
    words = ("execute", "scalar")
    methods = _RUN
    handles = (
        Handle(_OPENED, "connection", opens=True, ends="close", autocommit=True),
        Handle(rf"{_IN}(?:SAConnection|Connection)\(\)", "connection", autocommit=True),
        Handle(rf"(?:{_OPENED}|{_IN}(?:SAConnection|Connection)\(\))\.cursor\(\)|{_IN}Cursor\(\)", "cursor", autocommit=True),
        Handle(rf"{_IN}(?:create_engine|Engine|create_pool|Pool)\(\)", "engine"),
    )
    evidence = tuple(
        Evidence(_RUN, kind, ("aiopg",), says=rf"\b(?:{verbs})\b")
        for kind, verbs in (
            (EffectKind.READ, "select"),
            (EffectKind.INSERT, "insert"),
            (EffectKind.UPSERT, "on_conflict_do_update"),
            (EffectKind.CLEAR, "delete|update"),
        )
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if isinstance(call.func, Attr) and call.args and is_driven_by("aiopg", strip(call.func.base), context):
            base = Effect(EffectKind.READ, self.stem, connection=strip(call.func.base))
            yield from effects_of(base, call.args[0], call.args[1] if len(call.args) > 1 else None)

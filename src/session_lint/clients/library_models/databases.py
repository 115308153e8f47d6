"""databases (of encode): statements of SQLAlchemy Core, each final by itself.

From the documentation of databases: `execute(query, values)`, `execute_many(query, values)`; a transaction is
`async with database.transaction():`, also as a decorator. SQL text is known to the sql model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Step
from session_lint.clients.core_statements import effects_of, is_driven_by
from session_lint.clients.library_model import Evidence, FileContext, Handle, LibraryModel
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_RUN = frozenset({"execute", "execute_many", "fetch_one", "fetch_all", "fetch_val", "iterate"})


class Databases(LibraryModel):
    """What a file that imports `databases` runs, on anything but a session or connection of SQLAlchemy."""

    advice = Advice(
        row="`insert({table}).values(...).on_conflict_do_update(index_elements=[...], set_=...)`, keyed by {columns}",
        rows="`async with database.transaction():` around both statements",
        unique="It needs a unique constraint on {columns}",
        caution="on MySQL it is `on_duplicate_key_update`",
    )
    packages = ("databases",)
    words = ("execute", "fetch_", "iterate")
    methods = _RUN
    handles = (
        Handle(r"databases(?:\.\w+)*\.Database\(\)\.connection\(\)", "connection", autocommit=True),
        Handle(r"databases(?:\.\w+)*\.Database\(\)", "connection", autocommit=True),
    )
    evidence = tuple(
        Evidence(_RUN, kind, ("databases",), says=rf"\b(?:{verbs})\b")
        for kind, verbs in (
            (EffectKind.READ, "select"),
            (EffectKind.INSERT, "insert"),
            (EffectKind.UPSERT, "on_conflict_do_update|on_duplicate_key_update"),
            (EffectKind.CLEAR, "delete|update"),
        )
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or not is_driven_by("databases", strip(call.func.base), context):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        query = step.arg(0, "query")
        if query is not None:
            base = Effect(EffectKind.READ, self.stem, connection=step.base)
            for effect in effects_of(base, query, step.arg(1, "values")):
                yield replace(effect, many=effect.many or step.name == "execute_many")

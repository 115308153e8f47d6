"""Infinity: tables whose rows are deleted by a condition in text.

From Infinity's Python API reference: `table.delete(cond)` takes the text of a condition, `table.insert(rows)` appends one dict
or a list of them; there is no upsert; `table.update(cond, data)` changes rows that exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Step
from session_lint.clients.filter_text import conditions
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.vector_stores import Collections, evidence, identified, put, records, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_PACKAGES = ("infinity", "infinity_sdk", "infinity_embedded")
_TABLES = Collections("infinity", _PACKAGES, dict.fromkeys(("get_table", "create_table"), "table_name"))


class Infinity(LibraryModel):
    """A table is one that `get_table` or `create_table` of a database gave, or that is annotated as one."""

    advice = Advice(
        row="one `table.update(...)` of the row for {columns}, and an insert only when there is none, in one worker",
        rows="an insert of the new rows first, marked with a version, and then a delete of the rows of older versions",
    )
    words = (".delete(", ".insert(")
    methods = frozenset({"delete", "insert"})
    handles = (_TABLES.handle,)
    evidence = evidence(_PACKAGES, "infinity", clear=("delete",), insert=("insert",))

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        for found in _TABLES.of(step, context):
            base, verb = _TABLES.base(found), f".{step.name}()"
            if step.name == "delete":
                yield taken(base, EffectKind.CLEAR, identified(conditions(step.arg(0, "cond"), expression=True)), verb)
            else:
                yield put(base, EffectKind.INSERT, records(step.arg(0, "data")), verb)

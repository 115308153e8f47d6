"""LanceDB: tables whose rows are deleted by an SQL text.

From LanceDB's documentation of `Table`: `delete(where)` takes the text of an SQL predicate; `add(data)` appends, whatever is
there; `merge_insert(on).when_matched_update_all().when_not_matched_insert_all().execute(data)` is its upsert.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Chain, Step, chains
from session_lint.clients.filter_text import conditions
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.vector_stores import Collections, evidence, identified, put, records, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_PACKAGES = ("lancedb",)
_TABLES = Collections("lancedb", _PACKAGES, dict.fromkeys(("open_table", "create_table"), "name"))


class Lancedb(LibraryModel):
    """A table is one that a connection of `lancedb` opened or made, or that is annotated as one."""

    advice = Advice(
        row='`table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows)`, keyed by {columns}',
        rows="`table.merge_insert(...)` with `.when_not_matched_by_source_delete(...)`, which adds, updates and deletes in one commit",
    )
    words = (".delete(", ".add(", "execute")
    methods = frozenset({"delete", "add", "execute"})
    handles = (_TABLES.handle,)
    evidence = evidence(_PACKAGES, "lancedb", clear=("delete",), insert=("add", "execute"), upsert=("execute",))

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or not context.imports_any(*_PACKAGES):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        if step.name == "execute":
            yield from (found for chain in chains(call) for found in _merged(chain, context))
            return
        for found in _TABLES.of(step, context):
            base, verb = _TABLES.base(found), f".{step.name}()"
            if step.name == "delete":
                yield taken(base, EffectKind.CLEAR, identified(conditions(step.arg(0, "where"))), verb)
            else:
                yield put(base, EffectKind.INSERT, records(step.arg(0, "data")), verb)


def _merged(chain: Chain, context: FileContext) -> Iterator[Effect]:
    """`table.merge_insert("id")....execute(rows)`."""
    start = chain.find("merge_insert")
    for found in _TABLES.of(start, context) if start is not None else ():
        kind = EffectKind.UPSERT if chain.find("when_matched_update_all") is not None else EffectKind.INSERT
        yield put(_TABLES.base(found), kind, records(chain.steps[-1].arg(0, "new_data")), ".merge_insert()")

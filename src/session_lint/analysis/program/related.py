"""Rows that a record has by a foreign key of others, where nothing tells of what class it is: `user.addresses.get(hash=hash)`.

One relation of the schema alone has such a name on its other side, and nothing else of the project has it: then it is that one.
"""

from __future__ import annotations

from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.values import RowsValue
from session_lint.facts.effects import Effect
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, strip

_LOOKING = frozenset("get first last exists count aget afirst alast aexists acount".split())  # noqa: SIM905
_STEPS = frozenset("all exclude filter order_by select_for_update select_related prefetch_related using".split())  # noqa: SIM905


def rows_of(known: Knowledge, full: str, relation: Term) -> RowsValue | None:
    """The rows that `record.name` stands for in a function."""
    inner, inference = strip(relation), known.resolver.inference
    if not isinstance(inner, Attr):
        return None
    values = inference.infer(inner, full)
    if values or inference.infer(inner.base, full):
        return next((value for value in values if isinstance(value, RowsValue) and value.by), None)
    return inference.members.rows.only_end(inner.name, name_of(inner.base) or "")


def looked_up(known: Knowledge, full: str, module: str, site: CallSite) -> tuple[Effect, ...]:
    """What a look-up on such rows does: what the same one on all rows of the table does, with the record in the column of the key."""
    if name_of(site.func) not in _LOOKING or not isinstance(site.func, Attr) or any(isinstance(strip(one), Const) for one in site.args):
        return ()
    rows = _on_table(known, full, site.func.base)
    if rows is None:
        return ()
    return known.readings.read(full, module, Invoke(Attr(rows, site.func.name), site.args, site.kwargs, site.index))


def _on_table(known: Knowledge, full: str, query: Term) -> Term | None:
    match strip(query):
        case Invoke(Attr(base, name), args, kwargs) as call if name in _STEPS:
            rows = _on_table(known, full, base)
            return None if rows is None else Invoke(Attr(rows, name), args, kwargs, call.site)
        case Attr(record, _) as relation:
            found = rows_of(known, full, relation)
            return None if found is None else Invoke(Attr(Attr(Ref(found.full), "objects"), "filter"), (), ((found.by, record),))
    return None

"""What a function does with a row that its look-up finds, beside giving it: what the advice has to keep."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.terms import Attr, Const, Invoke, Term, walk

_ORDERING = frozenset({"order_by", "sort", "latest", "earliest", "last"})
_ORDERED = "order by"


def is_updated(read: Event, walked: Walk, rows: Rows) -> bool:
    """Whether something is stored in the row that was found: what is inserted else would have it, too."""
    return any(isinstance(target, Attr) and read.site in rows.of(target.base) for target, _ in walked.kept)


def is_of_several(linker: Linker, read: Event) -> bool:
    """Whether a look-up takes the first of several rows in some order: the newest version, the oldest job."""
    step = read.path[-1]
    sites = linker.facts[step.function].calls if step.function in linker.facts else ()
    found = next((site for site in sites if site.name_span == step.place.span), None)
    return found is not None and any(map(_orders, walk(Invoke(found.func, found.args, found.kwargs, found.index))))


def _orders(part: Term) -> bool:
    if isinstance(part, Const):
        return isinstance(part.value, str) and _ORDERED in part.value.lower()
    return isinstance(part, Attr) and part.name in _ORDERING

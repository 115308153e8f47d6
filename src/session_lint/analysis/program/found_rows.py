"""What a function does with a row that its look-up finds, beside giving it: what the advice has to keep."""

from __future__ import annotations

from session_lint.analysis.program.events import Event, same_rows
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import MAKES, OF_MANAGERS
from session_lint.facts.terms import Attr, Const, Invoke, Term, walk

_ORDERING = frozenset({"order_by", "sort", "latest", "earliest", "last"})
_ORDERED = "order by"


def is_updated(read: Event, walked: Walk, rows: Rows) -> bool:
    """Whether something is stored in the row that was found: what is inserted else would have it, too."""
    return any(isinstance(target, Attr) and read.site in rows.of(target.base) for target, _ in walked.kept)


def is_apart(read: Event, insert: Event, walked: Walk) -> bool:
    """Whether one call of the library cannot stand for a look-up and its insert: other rows are written on the way from one to the other,
    or by what inserts; or the look-up asks what the row itself does not have, such as a column of another table or a name in any case."""
    if insert.effect is not None and insert.effect.verb in OF_MANAGERS:
        return True
    if any("__" in name for name, _ in read.columns) or (read.effect is not None and read.effect.folded):
        return True  # a row with another case is found by no library that is handed the value
    first, then = walked.events.index(read), walked.events.index(insert)
    near = [*walked.events[first + 1 : then], *(one for one in walked.events if one.site == insert.site and one is not insert)]
    return any(one.kind in MAKES and one.site != read.site and not same_rows(one, insert) for one in near)


def is_of_several(linker: Linker, read: Event) -> bool:
    """Whether a look-up takes the first of several rows in some order: the newest version, the oldest job."""
    if read.effect is not None and read.effect.verb.strip(".()") in _ORDERING:
        return True  # in a function that is handed the query
    sites = (site for step in read.path if (site := linker.site_of(step)) is not None)  # the query may be handed in
    return any(_orders(part) for site in sites for part in walk(Invoke(site.func, site.args, site.kwargs, site.index)))


def _orders(part: Term) -> bool:
    if isinstance(part, Const):
        return isinstance(part.value, str) and _ORDERED in part.value.lower()
    return isinstance(part, Attr) and part.name in _ORDERING

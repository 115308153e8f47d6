"""Whether an insert gets what a row was looked for by, where its columns do not tell: `add(Row(key))`, `create(**data)`, `store(order)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import column, name_of, unconverted
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Invoke, Param, Term, strip, walk

_RECEIVERS = {"self", "cls"}
_DUMPING = frozenset({"model_dump", "dict", "to_dict", "as_dict", "asdict", "jsonable_encoder", "vars", "model_copy", "copy"})


def is_handed_on(read: Event, walked: Walk, rows: Rows, insert: Event) -> bool:
    """Whether every part of the key that the row is not known to have is in what the call of the insert is handed, or is a part of it."""
    known = {column(name) for name, _ in insert.columns}
    open_ = [value for name, value in read.columns if column(name) not in known and not isinstance(strip(value), Const)]
    handed = list(_handed(insert, walked, rows))
    whole = {unconverted(one) for term in handed if not isinstance(term, Const) for one in (term, *_dumped(term))}
    inside = {unconverted(part) for term in handed for part in walk(term)}
    return all(unconverted(value) in inside or any(unconverted(part) in whole for part in walk(value)) for value in open_)


def _dumped(term: Term) -> Iterator[Term]:
    """What is written out as a whole: `data.model_dump()`, `jsonable_encoder(data)`, `dict(data)`."""
    match term:
        case Invoke(Attr(base, name), (), _) if name in _DUMPING:
            yield strip(base)
        case Invoke(func, (first, *_), _) if name_of(func) in _DUMPING:
            yield strip(first)


def _handed(insert: Event, walked: Walk, rows: Rows) -> Iterator[Term]:
    """What the call of the insert gets: its arguments, those of records that are made for it, and what was stored in these, or in the
    record that it gives: `row = form.save(commit=False)`."""
    call = rows.facts.calls[insert.site]
    yield from _stored(Invoke(call.func, call.args, call.kwargs, call.index), walked)
    base = (call.func.base,) if isinstance(call.func, Attr) else ()
    for term in (*_parts(call.args, call.kwargs), *base):
        given = strip(term)
        if isinstance(given, Param) and given.name in _RECEIVERS and term in base:
            continue  # a method of the object: that it has the key is not said
        yield given
        for part in walk(given):
            if isinstance(part, Invoke):
                yield from map(strip, _parts(part.args, part.kwargs))
                yield from _stored(part, walked)
                yield from _fillers(part, rows.facts.calls[: insert.site])


def _stored(record: Invoke, walked: Walk) -> Iterator[Term]:
    """What is stored in a record."""
    return (strip(value) for place, value in walked.kept if isinstance(place, Attr) and strip(place.base) == record)


def _parts(args: tuple[Term, ...], kwargs: tuple[tuple[str, Term], ...]) -> tuple[Term, ...]:
    return (*args, *(value for _, value in kwargs))


def _fillers(record: Invoke, calls: Sequence[CallSite]) -> Iterator[Term]:
    """What the calls have that a record was handed to before: `form.populate_obj(record)`."""
    for call in calls:
        if any(strip(term) == record for term in call.args):
            yield from map(strip, _parts(call.args, call.kwargs))
            yield from (strip(call.func.base),) if isinstance(call.func, Attr) else ()

"""Getters that build what they do not find, and leave it to others to store it: `return find(key) or Talk(key)`, later `save(talk)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from session_lint.analysis.program.events import Event, same_resource, same_rows
from session_lint.analysis.program.getters import alternatives, base_sites, made_here, was_there
from session_lint.analysis.program.keys import normalise
from session_lint.analysis.program.lookups import NEAR, Rows, obtaining, several
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import NEW_ROWS, EffectKind, Selection
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Const, Invoke, Mapping, Ref, Term, strip, walk

Result = Callable[[Invoke], Term | None]  # the single return value of a project function, in the caller's terms


def by_building(walked: Walk, rows: Rows) -> Event | None:
    """Look a row up, make it of the same key when it is missing, return the one or the other: nothing of it is stored here."""
    returns = [strip(term) for one in rows.facts.returns for term in alternatives(one)]
    if len(returns) < 2 or any(several(rows.spelled(term)) for term in returns):
        return None
    for read in walked.events:
        if not _is_own(read):
            continue
        found = [term for term in returns if read.site in rows.of(term)]
        built = [term for term in returns if term not in found and _is_built(term, read, rows)]
        if found and built and all(term in found or term in built or was_there(term) for term in returns):
            return obtaining(replace(read, fallback=False, unsaved=True))
    return None


def _is_own(read: Event) -> bool:
    """Whether an event is a look-up by a key, of the function itself or of a helper."""
    keyed = read.kind is EffectKind.READ and read.effect is not None and read.effect.selection is Selection.KEY and bool(read.columns)
    return keyed and read.steps <= NEAR and not read.looped and not read.loops


def _is_built(term: Term, read: Event, rows: Rows) -> bool:
    """Whether a term is a row of the table that was looked in, made of every part of the key."""
    made = rows.spelled(term)
    if not (isinstance(term, Mapping) or made_here(made, rows.symbols)):
        return False
    if isinstance(made, Invoke) and isinstance(read.resource, Ref) and not same_resource(_class(made, rows.symbols), read.resource):
        return False
    held = {normalise(part) for part in walk(made)}
    return all(normalise(value) in held for _, value in read.columns if not isinstance(strip(value), Const))


def _class(made: Invoke, symbols: SymbolTable) -> Term | None:
    symbol = symbols.lookup(made.func.name) if isinstance(made.func, Ref) else None
    return Ref(symbol.full) if symbol is not None else None


def note_stored(facts: FunctionFacts, walked: Walk, symbols: SymbolTable, result: Result) -> None:
    """Which of the records that were built, or found, the function stores; two of which none is stored are no repeat."""
    events = walked.events
    unsaved = [index for index, event in enumerate(events) if event.unsaved]
    if not unsaved:
        return
    for index in unsaved:
        event = events[index]
        writes = (one for one in events if one.kind in NEW_ROWS and (not isinstance(one.resource, (Const, Ref)) or same_rows(one, event)))
        own = (one.site for one in writes if one.site >= 0 and event.site in _handed(facts.calls[one.site], one, symbols, result))
        site = next(own, None)
        if site is not None:
            events[index], walked.stored[index] = replace(event, unsaved=False), site
    walked.repeats[:] = [pair for pair in walked.repeats if not (events[pair.first].unsaved and events[pair.second].unsaved)]


def _handed(call: CallSite, stored: Event, symbols: SymbolTable, result: Result) -> set[int]:
    """The call sites whose results a call gets, or is a method of: as it is written, and as what it leads to is told."""
    known = _parts(stored.call) if stored.call is not None else ()
    told = (*_parts(call), *known, *(value for name, value in stored.columns if not name))
    given = (result(inner) for term in told if isinstance(inner := strip(term), Invoke))  # `add(same(row))`
    return {site for term in (*told, *given) if term is not None for site in base_sites(term, symbols)}


def _parts(call: CallSite | Invoke) -> Iterator[Term]:
    yield from (*call.args, *(value for _, value in call.kwargs))
    if isinstance(call.func, Attr):
        yield call.func.base

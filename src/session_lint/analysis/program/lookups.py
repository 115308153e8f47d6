"""Look-ups that insert what is missing: which read and which insert make one, and the calls by which its record is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.getters import Of, Spelled, alternatives, base_sites, only
from session_lint.analysis.program.keys import Match, column, compare_keys, name_of
from session_lint.analysis.program.places import made_by
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import NEW_ROWS, EffectKind, Selection
from session_lint.facts.module_facts import CallSite, Condition, FunctionFacts
from session_lint.facts.terms import Attr, Invoke, Item, Param, Phi, Term, strip

NEAR = 2  # look-up and insert are the function's own, or those of a helper; select looks no farther
_RUNNING = {"execute", "exec", "executemany"}
_RUN = NEW_ROWS | {EffectKind.READ}
_OF_SEVERAL = {"fetchall", "fetchmany", "all", "fetch", "find", "filter", "to_list", "values", "values_list", "scan"}
_FETCHING = {"fetchone", "fetchall", "fetchmany", "fetchval"}
_ONE_OF = {"fetchone", "fetchval", "first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none", "scalars", "mappings"}


class Rows:
    """The call sites that terms of one function stand for; what a cursor fetches is the result of what it ran last."""

    def __init__(self, facts: FunctionFacts, symbols: SymbolTable, spelled: Spelled, walked: Walk) -> None:
        self.facts = facts
        self.spelled = spelled
        self.symbols = symbols
        self._walked = walked

    def of(self, term: Term) -> set[int]:
        """The sites whose result the term is, or wraps one to one, or whose record's id it is."""
        opened = self._opened(term)
        found = {site for one in (term, opened) for site in base_sites(one, self.symbols) if site >= 0}
        found |= self._handed(strip(term), opened)
        return found | self.ran(found)

    def ran(self, sites: set[int]) -> set[int]:
        """The calls that ran what some calls fetch."""
        return {self._fetched[site] for site in sites & self._fetched.keys()}

    def _handed(self, call: Term, opened: Term) -> set[int]:
        """The sites of what a function of the project is handed and asks for its result: `first(found)` as `found.first()`."""
        if not isinstance(call, Invoke) or call == opened:
            return set()
        owners = set(_owners(opened))
        given = (strip(arg) for arg in (*call.args, *(value for _, value in call.kwargs)))
        asked = (one for one in given if isinstance(one, Invoke) and (one in owners or self._opened(one) in owners))
        return {site for one in asked for site in self.of(one)}

    def _opened(self, term: Term) -> Term:
        """The term with what project functions make of their arguments: `first(query)` as `query.first()`."""
        match strip(term):
            case Attr(base, name):
                return Attr(self._opened(base), name)
            case Item(base, key):
                return Item(self._opened(base), key)
            case Phi(options, on):
                return Phi(tuple(map(self._opened, options)), on)
            case Invoke() as call:
                return self.spelled(call)
            case Param() as given:
                return self._injected.get(given, given)
            case other:
                return other

    @cached_property
    def _injected(self) -> dict[Param, Invoke]:
        """The parameters that a framework fills with what a dependency gives, each with the call of that."""
        calls = (call for call in self.facts.calls if call.injected and call.target)
        return {Param(call.target): Invoke(call.func, call.args, call.kwargs, call.index) for call in calls}

    @cached_property
    def _fetched(self) -> dict[int, int]:
        """`cursor.execute(...); row = cursor.fetchone()`: the call that fetches, and the one that ran. Either may be in a helper."""
        found: dict[int, int] = {}
        helped = {e.site: e.on for e in self._walked.events if e.on is not None and len(e.path) > 1 and e.kind in _RUN}
        ran: dict[tuple[Term, int], int] = {}
        runs = helped or any(name_of(call.func) in _RUNNING for call in self.facts.calls)
        for call in self.facts.calls if runs else ():
            told = call.func if name_of(call.func) in _RUNNING | _FETCHING else self._helper(call)
            cursor = helped.get(call.index) or (told.base if isinstance(told, Attr) and told.name in _RUNNING | _FETCHING else None)
            made = made_by(cursor) if cursor is not None else None
            key = (strip(cursor), made.site if made is not None else -1) if cursor is not None else None
            if key is not None and (call.index in helped or (isinstance(told, Attr) and told.name in _RUNNING)):
                ran[key] = call.index
            elif key is not None and key in ran:
                found[call.index] = ran[key]
        return found

    def _helper(self, call: CallSite) -> Term | None:
        """What a function of the project calls whose result it returns."""
        told = self.spelled(Invoke(call.func, call.args, call.kwargs, call.index))
        return told.func if isinstance(told, Invoke) else None

    def fetching(self, sites: Collection[int]) -> frozenset[int]:
        """The calls that take the record out of what some calls give, by themselves or in a function that is handed it."""
        calls = [call for call in self.facts.calls if self._takes_one(call)]
        return frozenset(one.index for one in calls if self.of(Invoke(one.func, one.args, one.kwargs, one.index)).intersection(sites))

    def _takes_one(self, call: CallSite) -> bool:
        told = call.func if name_of(call.func) in _ONE_OF else self._helper(call)
        return told is not None and name_of(told) in _ONE_OF

    def returned(self) -> set[int]:
        """Every call site whose result the function returns, or of which it returns the id: of a pair, the first."""
        return {site for one in self.facts.returns for term in alternatives(one) for site in self.of(term)}


def _owners(term: Term) -> Iterator[Term]:
    """What a chain of calls is made on, step by step."""
    while isinstance(term, Invoke) and isinstance(term.func, Attr):
        term = strip(term.func.base)
        yield term


@dataclass(frozen=True, slots=True)
class Lookup:
    """A look-up, and the insert of what it did not find. `sites` are the calls that give the record: those two, and what reads it again."""

    read: Event
    insert: Event
    sites: frozenset[int]
    missing: bool  # the insert waits for the look-up to come back empty
    conditions: tuple[Condition, ...]  # those of the insert that are about something else
    fetched: frozenset[int] = frozenset()  # the calls that take the record out of what those give: `.fetchone()`


def lookups(walked: Walk, rows: Rows) -> Iterator[Lookup]:
    """Every pair of a look-up and an insert of one row that may be one get-or-create."""
    reads = [e for e in walked.events if e.kind is EffectKind.READ and e.columns]
    for insert in walked.events:
        if insert.kind not in NEW_ROWS or (insert.effect is not None and insert.effect.many) or _is_one_of_several(walked, insert):
            continue
        for read in reads:
            inside = read.site == insert.site and len(read.path) > 1  # of one callee, which would be a getter itself if it returned the row
            far = read.steps > NEAR or insert.steps > NEAR
            if inside or far or not same_resource(read.resource, insert.resource) or read.looped or insert.loops != read.loops:
                continue
            if not _same_row(read, insert):
                continue
            about = {id(c) for c in insert.conditions if read.site in rows.of(c.term)}
            missing = any(not c.holds and id(c) in about for c in insert.conditions)
            others = tuple(c for c in insert.conditions if id(c) not in about)
            again = (e.site for e in reads if same_resource(e.resource, read.resource) and _again(read, e, rows))
            yield Lookup(read, insert, frozenset({read.site, insert.site, *again}), missing, others)


def _is_one_of_several(walked: Walk, insert: Event) -> bool:
    """Whether what is missing is made up of several rows: those are no record."""
    return any(
        other.kind in NEW_ROWS
        and other.place != insert.place
        and [*map(id, other.conditions)] == [*map(id, insert.conditions)]  # the very same tests
        and same_resource(other.resource, insert.resource)
        for other in walked.events
    )


def _again(read: Event, other: Event, rows: Rows) -> bool:
    """Whether a read gives the row that another one looked for: by the same key, or because that one came back empty."""
    if other.steps > NEAR:
        return False
    if compare_keys(read.columns, other.columns) is Match.SAME:
        return True
    return any(not c.holds and read.site in rows.of(c.term) for c in other.conditions)


def _same_row(read: Event, insert: Event) -> bool:
    """Whether the row that is inserted is the one that was looked for, as far as the columns tell."""
    if read.effect is None or read.effect.selection is not Selection.KEY or insert.effect is None:
        return False
    new = {column(name) for name, _ in insert.columns}
    return not insert.effect.complete or not new or any(column(name) in new for name, _ in read.columns)


def by_lookup(walked: Walk, rows: Rows, calls_itself: Callable[[int, Event], bool]) -> Event | None:
    """Look up, insert when missing, return the row, and nothing but the row: also by reading it again, or by a call of itself.

    `calls_itself` tells of a call site whether it calls the function again for the key of a read.
    """
    returned = rows.returned()
    returns = [term for one in rows.facts.returns for term in alternatives(one)]
    if any(several(rows.spelled(term)) for term in returns):
        return None
    for found in lookups(walked, rows):
        read, insert = found.read, found.insert
        sites = found.sites | {site for site in returned if calls_itself(site, read)}
        if not ((found.missing and returned & sites) or {read.site, insert.site} <= returned or _kept_as_it_is(found, walked, returned)):
            continue
        if only(set(sites), rows.facts, rows.symbols, Of(rows.of, rows.spelled)):
            made = replace(insert, columns=read.columns, conditions=found.conditions, fallback=False, effect=read.effect)
            return obtaining(made)
    return None


def several(term: Term) -> bool:
    """`cursor.fetchall()`, `collection.find(...)`: rows, of which there may be any number."""
    return isinstance(term, Invoke) and name_of(term.func) in _OF_SEVERAL


def _kept_as_it_is(found: Lookup, walked: Walk, returned: set[int]) -> bool:
    """`INSERT ... ON CONFLICT DO NOTHING`, then the row is read."""
    read, insert = found.read, found.insert
    ignores = insert.effect is not None and insert.effect.ignores_conflicts and set(insert.conditions) <= set(read.conditions)
    return ignores and read.site in returned and walked.events.index(insert) < walked.events.index(read)


def looked_up(read: Event) -> Event:
    """The look-up of a get-or-create that has no function of its own: that is where the record is obtained."""
    return obtaining(replace(read, path=read.path[:1], steps=1, looks=True, callee="", looped=False))


def obtaining(event: Event) -> Event:
    """The event as one that obtains."""
    effect = None if event.effect is None else replace(event.effect, kind=EffectKind.OBTAIN)
    return replace(event, kind=EffectKind.OBTAIN, effect=effect)

"""What is obtained once and kept: behind a guard on the place where it is kept, a second call costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from session_lint.analysis.program.blocks import with_tests
from session_lint.analysis.program.constants import constant
from session_lint.analysis.program.events import KEPT, Event, same_resource
from session_lint.analysis.program.getters import alternatives, base_sites
from session_lint.analysis.program.keys import Match, column, compare, compare_keys
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.substitution import rebuilt
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import MAKES, EffectKind
from session_lint.facts.module_facts import CallSite, Do, Exit, FunctionFacts
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Sequence, Term, Unknown, dotted, root, strip, walk

PARTS = Const("parts of it")  # the place of what is put into a memory without a key
_FILLING = {"set", "setdefault", "put", "add", "store", "update", "append", "setex"}
_IN_GROUPS = {"sadd", "hset"}  # the first argument names the group
_KEEPING = _FILLING | _IN_GROUPS | {"clear"}
_OF_ONE = {"add", "append"}  # they put in what they are handed first: a helper may hand on more, of which there is none
_LOOKING = {"get", "fetch", "lookup", "exists", "has", "has_key", "contains", "__contains__"}
_GROUPED = {"sismember", "hexists", "hget"}
_GIVING = frozenset({EffectKind.READ, EffectKind.OBTAIN})

Spelled = Callable[[Term], Term]  # a term with what project functions return in the place of their calls
_Answer = TypeVar("_Answer")
Place = tuple[Term, Term]  # a memory and a key in it


class Asking:
    """What is asked of a function to tell what it keeps; events share their tests and stores, so each answer is kept.

    `tests` gives what a project function looks at before it answers.
    """

    def __init__(
        self, facts: FunctionFacts, walked: Walk, symbols: SymbolTable, spelled: Spelled, tests: Callable[[Invoke], Iterable[Term]]
    ) -> None:
        self.facts = facts
        self.walked = walked
        self.symbols = symbols
        self._spelled = spelled
        self._tests = tests
        self._known: dict[tuple[str, int], tuple[Term, Any]] = {}  # by the identity of a term, which is kept so that it stays its own

    def spelled(self, term: Term) -> Term:
        """A term with what project functions return in the place of their calls."""
        return self._noted("spelled", term, lambda: strip(self._spelled(term)))

    def written(self, terms: Iterable[Term]) -> list[Term]:
        """Terms as they are written, and as what project functions return."""
        return list(dict.fromkeys(one for term in terms for one in (strip(term), self.spelled(term))))

    def sites(self, value: Term) -> frozenset[int]:
        """The call sites whose result a value is, or is made of: `Handle(user_id, session["id"])`."""
        return self._noted("sites", value, lambda: frozenset(part.site for part in walk(strip(value)) if isinstance(part, Invoke)))

    def looked_at(self, call: Invoke) -> tuple[Place, ...]:
        """The places that a helper looks at before it answers."""
        return self._noted("tests", call, lambda: tuple(place for test in self._tests(call) for place in asks(test)))

    def told(self, term: Term) -> Term:
        """The term with what constants of modules are: the name of a group."""
        return self._noted("told", term, lambda: constant(self.symbols, term) or rebuilt(term, self.told))

    @cached_property
    def rows(self) -> Rows:
        """What the function's cursors fetch."""
        return Rows(self.facts, self.symbols, self._spelled, self.walked)

    @cached_property
    def stored(self) -> list[tuple[Term, Term, int]]:
        """Every store of the walk: where, what, and the call site whose callee does it."""
        mine = ((target, value, site) for (target, value), site in zip(self.walked.kept, self.walked.kept_by, strict=True))
        return [*mine, *self.walked.remembered]

    @cached_property
    def noted(self) -> Mapping[Term, list[tuple[Term, Term, int]]]:
        """What is put into each memory that outlives the walk: the key, what is under it, and the site as above."""
        found: dict[Term, list[tuple[Term, Term, int]]] = {}
        for target, value, site in self.stored:
            if isinstance(target, Item) and isinstance(root(target), (Param, Ref)):
                key = self.told(strip(value if target.key == PARTS else target.key))
                found.setdefault(self.told(strip(target.base)), []).append((key, self.told(strip(value)), site))
        return found

    def is_filled(self, number: int, event: Event) -> bool:
        """Whether a store happens wherever an event does, and not only where something else holds as well."""
        known = number >= len(self.walked.kept)
        return known or self.walked.ways.is_sure(number, self.walked.reached.get(event.site, ()))

    def _noted(self, what: str, term: Term, find: Callable[[], _Answer]) -> _Answer:
        known = self._known.get((what, id(term)))
        if known is None:
            known = self._known[what, id(term)] = term, find()
        answer: _Answer = known[1]
        return answer


def kept_back(event: Event, asking: Asking) -> bool:
    """Whether the event only fills a memory that guards it: `if self._x is None: self._x = get()`, `CACHE[k] = ...`, `SEEN.add(k)`."""
    if not asking.stored:
        return False
    failing = dict.fromkeys(c.term for c in event.conditions if not c.holds)
    missing = dict.fromkeys(term for c in event.conditions for term in _missing(c.term, holds=c.holds))
    guards, parts = asking.written(failing), asking.written(missing)
    record = _Record(event, asking)
    for number, (target, value, site) in enumerate(asking.stored if parts or guards else ()):
        mine = not record.sites.isdisjoint(asking.sites(value)) or (value == KEPT and site == event.site)
        if mine and any(_guards(guard, target, value, record) for guard in (*guards, *(parts if asking.is_filled(number, event) else ()))):
            return True
    for memory, key in _asked(event, asking) if asking.noted else ():
        for same, value, site in asking.noted.get(asking.told(memory), ()):
            # a callee that obtains and notes it has been judged by itself
            if not 0 <= site == event.site and record.same_key(asking.told(key), same, value):
                return True
    return False


def _missing(test: Term, *, holds: bool) -> Iterator[Term]:
    """What may be missing where a test has that outcome: also one of several parts, `known is not None and known.name == name`."""
    if not holds:
        yield test
    match strip(test):
        case Op("and" | "or", parts):
            yield from (term for part in parts for term in _missing(part, holds=holds))
        case Op("not", (inner,)):
            yield from _missing(inner, holds=not holds)
        case Op("is" | "is not" as kind, (inner, Const(None))) if holds is (kind == "is"):
            yield inner


def _asked(event: Event, asking: Asking) -> Iterator[Place]:
    """The places that are looked at before the event happens."""
    for condition in event.conditions:
        term = strip(condition.term)
        if not condition.holds:
            yield from asks(asking.spelled(term))
        if not condition.holds or (isinstance(term, Op) and term.kind != "in"):  # `cache.exists(key) == 0`
            yield from asks(term)
        if isinstance(term, Invoke) and term.site >= 0:  # a helper that tests, and may add at once
            yield from asking.looked_at(term)
    if any(isinstance(value, Item) for one in asking.facts.returns for value in alternatives(one)):
        yield from _given_back(event, asking)


def _given_back(event: Event, asking: Asking) -> Iterator[Place]:
    """The places whose content a function returns before the event happens, or in its stead: `try: return CACHE[key]`."""
    walked = asking.walked
    makes = {event.site} if event.site >= 0 else {one.site for one in walked.events if one.kind in MAKES}
    handled = {walked.events[index].site for index in walked.handled}
    for step, _ in with_tests(asking.facts.body, ()):
        if isinstance(step, Do) and step.site in makes - handled:
            return
        if isinstance(step, Exit) and step.kind == "return" and step.value is not None:
            yield from (place for value in alternatives(step.value) if isinstance(value, Item) for place in asks(value))


def asks(test: Term) -> Iterator[Place]:
    """The places of memories that a test looks at: `key in SEEN`, `cache.get(key)`, `marks.sismember(name, key)`."""
    match strip(test):
        case Op("in", (key, memory)):
            yield strip(memory), strip(key)
        case Op(_, operands):
            yield from (place for operand in operands for place in asks(operand))
        case Item(memory, key):
            yield strip(memory), strip(key)
        case Invoke(Attr(memory, name), (key, *_)) if name in _LOOKING:
            yield strip(memory), strip(key)
        case Invoke(Attr(memory, name), (group, key, *_)) if name in _GROUPED:
            yield Item(strip(memory), group), strip(key)
        case Invoke(Ref("builtins.bool"), (inner,)):
            yield from asks(inner)


class _Record:
    """What an event obtains, to tell whether two places of a memory are one."""

    def __init__(self, event: Event, asking: Asking) -> None:
        self._event, self._walked, self._asking = event, asking.walked, asking

    @cached_property
    def sites(self) -> frozenset[int]:
        """The call sites that give the record: where it is obtained, and where the same row is looked up, before or again."""
        event = self._event
        rows = (one for one in self._walked.events if one.kind in _GIVING and same_resource(one.resource, event.resource))
        return frozenset({event.site, *(one.site for one in rows if compare_keys(one.columns, event.columns) is Match.SAME)})

    @cached_property
    def _columns(self) -> dict[str, Term]:
        return {column(name): value for name, value in self._event.columns}

    def _is_of(self, term: Term) -> bool:
        """Whether a term is what was obtained, or looked up for it."""
        sites = set(base_sites(term, self._asking.symbols, identity=False))
        sites |= self._asking.rows.ran(sites)
        if self._event.site in sites:
            return True
        alike = (one.site for one in self._walked.events if one.site in sites and same_resource(one.resource, self._event.resource))
        return next(alike, None) is not None

    def same_key(self, asked: Term, noted: Term, value: Term) -> bool:
        """Whether two keys may be one: `kind.name` of what was obtained for a name is that name. What has the key that is asked for as its
        `value` is filled the wrong way round: `NAMES[row[0]] = name`."""
        if isinstance(noted, (Attr, Item)):
            if compare(value, asked) is Match.SAME and compare(noted, asked) is Match.DIFFERENT:
                return False
            part = Const(noted.name) if isinstance(noted, Attr) else noted.key
            if isinstance(part, Const) and isinstance(part.value, str) and self._is_of(noted.base):
                known = self._columns.get(column(part.value))
                return known is not None and compare(known, asked) is not Match.DIFFERENT
        plain = not any(isinstance(part, (Invoke, Unknown)) for term in (asked, noted) for part in walk(term))
        return not plain or compare(asked, noted) is not Match.DIFFERENT


def fills_context(event: Event, walked: Walk, symbols: SymbolTable) -> bool:
    """Whether the event fills an attribute of an object that the caller handed in, when it is missing: `ctx.session_id = get()["id"]`.

    The object's own memory (`self._session`) lives longer than the execution that fills it, and is none of the caller's business.
    """
    guards = {strip(c.term) for c in event.conditions if not c.holds}
    return event.kind is EffectKind.OBTAIN and any(
        isinstance(target, Attr)
        and isinstance(target.base, Param)
        and target.base.name not in {"self", "cls"}
        and target in guards
        and (event.site in set(base_sites(value, symbols)) or (value == KEPT and site == event.site))
        for (target, value), site in zip(walked.kept, walked.kept_by, strict=True)
    )


def remembers(site: CallSite, told: Spelled) -> tuple[Term, Term] | None:
    """What a call keeps, and where: `cache.set(key, value)`, `current.set(value)` of a memory that outlives the function."""
    func = strip(site.func)
    if not isinstance(func, Attr) or func.name not in _KEEPING:
        return None
    memory = strip(told(func.base))
    if not isinstance(memory, (Ref, Attr, Param)):
        return None
    if func.name in _IN_GROUPS and len(site.args) > 1:
        memory = Item(memory, site.args[0])
        return Item(memory, site.args[1] if len(site.args) > 2 else PARTS), site.args[-1]
    if func.name == "clear" and not site.args:
        return Item(memory, PARTS), Sequence("list", ())
    if func.name not in _FILLING or not site.args:
        return None
    keyed = len(site.args) > 1 and func.name not in _OF_ONE
    return Item(memory, site.args[0] if keyed else PARTS), site.args[1 if keyed else 0]


def _guards(guard: Term, target: Term, value: Term, record: _Record) -> bool:
    target = strip(target)
    if guard == target or _memory(guard) == target:
        return True
    if isinstance(target, Item):
        memory = strip(target.base)
        asked = [key for place, key in asks(guard) if place == memory]
        if asked and target.key != PARTS:
            return any(record.same_key(key, strip(target.key), value) for key in asked)
        return bool(asked) or _memory(guard) == memory
    if isinstance(target, Attr) and (strip(target.base), Const(target.name)) in set(asks(guard)):  # `if "cart" not in g: g.cart = ...`
        return True
    if isinstance(target, Attr) and isinstance(guard, Invoke) and (dotted(guard.func) or "").endswith(("hasattr", "getattr")):
        return guard.args[:1] == (target.base,) or strip(guard.args[0]) == strip(target.base)
    return False


def _memory(guard: Term) -> Term | None:
    """The memory behind `memory.get(key)`."""
    if isinstance(guard, Invoke) and isinstance(guard.func, Attr) and guard.func.name in {"get", "fetch", "lookup"}:
        return strip(guard.func.base)
    return strip(guard.base) if isinstance(guard, Item) else None

"""What names and attributes stand for at one point of a function, and how branches come together."""

from __future__ import annotations

from collections.abc import Callable, Sequence as Many
from functools import partial
from typing import TypeAlias

from session_lint.analysis.extract.flags import told
from session_lint.analysis.extract.guard import fits
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import (
    Attr,
    Const,
    Element,
    Given,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Template,
    Term,
    Unknown,
    strip,
    walk,
)

Sites: TypeAlias = tuple[int, ...]
Fresh: TypeAlias = Callable[[str], Unknown]  # makes a value that nothing is known of, for a reason
Facts: TypeAlias = dict[Term, tuple[Sites, Term]]

CHOICE = "choice"  # the kind of an Op: what tests decide; the reason of an Unknown: nothing that can be seen does
_OPTIONS = 4
_CHANGING = (Mapping, Sequence)
_PLACES = (Param, Ref, Attr, Item, Invoke, Element, Phi, Unknown)


def sites_of(term: Term) -> Sites:
    """The call sites in a term: two calls of the same shape are equal terms, but different objects."""
    if isinstance(term, (Param, Ref)):
        return ()
    return tuple(t.site for t in walk(term) if isinstance(t, Invoke))


class Env:
    """The state at one point. `facts` says more of a term than its shape does: what was stored to it, or that it is given."""

    __slots__ = ("dead", "facts", "names")

    def __init__(self, names: dict[str, Term], facts: Facts, *, dead: bool = False) -> None:
        self.names = names
        self.facts = facts
        self.dead = dead

    def copy(self) -> Env:
        """An independent copy, to follow one branch with."""
        return Env(dict(self.names), dict(self.facts), dead=self.dead)

    def become(self, other: Env) -> None:
        """Take over another state."""
        self.names, self.facts, self.dead = other.names, other.facts, other.dead

    def read(self, term: Term) -> Term:
        """The term with what is known of it: the stored value, or Given."""
        for _ in range(4):
            if not self.facts or not isinstance(term, _PLACES):
                return term
            known = self.facts.get(term)
            if known is None or known[0] != sites_of(term):
                return term
            term = known[1]
            if isinstance(term, Given):
                return term
        return term

    def store(self, place: Term, value: Term) -> None:
        """From here on reading `place` gives `value`."""
        self.facts[place] = (sites_of(place), value)

    def assume(self, conditions: Many[Condition]) -> None:
        """What is tested present is given from here on."""
        for condition in conditions:
            if not condition.holds:
                continue
            term = condition.term
            if isinstance(term, Op) and term.kind == "isinstance":
                term = strip(term.operands[0])
            if isinstance(term, _PLACES):
                self.facts[term] = (sites_of(term), Given(term))

    def forget_attributes(self, names: frozenset[str]) -> None:
        """Drop what is known of attributes with these names: a loop stores to them."""
        if names and self.facts:
            self.facts = {k: v for k, v in self.facts.items() if not (isinstance(k, Attr) and k.name in names)}

    def spoil(self, base: Term) -> None:
        """A call may change the object: forget constants and displays stored in its attributes, and where it is stored."""
        if self.facts:
            base = strip(base)
            kept = {}
            for place, known in self.facts.items():
                inside = isinstance(place, (Attr, Item)) and (place.base == base or place == base)
                if not (inside and isinstance(known[1], (Const, Mapping, Sequence))) and not (
                    known[1] is base and isinstance(base, _CHANGING)
                ):
                    kept[place] = known
            self.facts = kept


def phi(options: Many[Term], fresh: Fresh, on: Term | None = None) -> Term:
    """One of several values; Unknown when they are too many. A value and the same value given are the value. `on` is what decides."""
    flat: list[Term] = []
    for option in options:
        for term in _options(option):
            if term in flat or strip(term) in flat:
                continue
            if not isinstance(term, Given) and Given(term) in flat:
                flat[flat.index(Given(term))] = term
                continue
            flat.append(term)
    if len(flat) == 1:
        return flat[0]
    inner = (part.on for option in options if isinstance(part := strip(option), Phi))
    decides = tuple(dict.fromkeys(one for one in (on, *inner) if one is not None))
    whole = Phi(tuple(flat), decides[0] if len(decides) == 1 else Op(CHOICE, decides) if decides else None)
    return whole if len(flat) <= _OPTIONS else fresh("many")


def _lazily(make: Callable[[], Term]) -> Callable[[], Term]:
    """A value that is made when it is first asked for."""
    made: list[Term] = []

    def once() -> Term:
        if not made:
            made.append(make())
        return made[0]

    return once


def choice(tests: Many[Many[Condition]], fresh: Fresh) -> Term:
    """What decides which of several branches was taken."""
    terms = tuple(dict.fromkeys(strip(condition.term) for conditions in tests for condition in conditions))
    whole = Op(CHOICE, terms)
    return whole if terms and fits(whole) else fresh(CHOICE)


def _options(term: Term) -> tuple[Term, ...]:
    """The options of a Phi. Those of a Phi that is given are given, each of them."""
    inner = strip(term)
    if not isinstance(inner, Phi):
        return (term,)
    return inner.options if inner is term else tuple(given(option) for option in inner.options)


def given(term: Term) -> Term:
    """The term, known to be present; a literal says so itself."""
    return term if isinstance(term, (Given, Const, Mapping, Sequence, Template, Op)) else Given(term)


def join(first: Term, second: Term, fresh: Fresh, on: Callable[[], Term]) -> Term:
    """The value after two branches. A display that only grew in one of them stays one display."""
    if first is second or first == second:
        return first
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        merged = _join_mappings(first, second, fresh, on)
        if merged is not None:
            return merged
    if isinstance(first, Sequence) and isinstance(second, Sequence) and first.kind == second.kind:
        short, long = sorted((first.items, second.items), key=len)
        if long[: len(short)] == short:
            return Sequence(first.kind, long)
    return phi((first, second), fresh, on())


def _join_mappings(first: Mapping, second: Mapping, fresh: Fresh, on: Callable[[], Term]) -> Mapping | None:
    short, long = sorted((first.entries, second.entries), key=len)
    if [key for key, _ in long[: len(short)]] != [key for key, _ in short]:
        return None
    joined = [(key, join(one, other, fresh, on)) for (key, one), (_, other) in zip(first.entries, second.entries, strict=False)]
    return Mapping((*joined, *long[len(short) :]))


def told_apart(values: tuple[Term, Term], tests: Many[Many[Condition]]) -> tuple[Term, Term]:
    """The values of two branches; one that is a part of what is tested, where the other is nothing at all, as a part of what is given:
    `row["id"] if row else None`."""
    left, right = values
    if len(tests) == 2:
        left, right = _of_tested(left, right, tests[0]), _of_tested(right, left, tests[1])
    return left, right


def _of_tested(value: Term, other: Term, tests: Many[Condition]) -> Term:
    nothing = isinstance(other, Const) and not other.value
    return _on_given(value, tests[0].term) if nothing and len(tests) == 1 and tests[0].holds else value


def _on_given(value: Term, tested: Term) -> Term:
    """A path, or a conversion of one, with what it starts from as given."""
    if value == tested:
        return Given(value) if isinstance(value, _PLACES) and sites_of(value) == sites_of(tested) else value
    match value:
        case Attr(base, name):
            return Attr(_on_given(base, tested), name)
        case Item(base, key):
            return Item(_on_given(base, tested), key)
        case Invoke(Attr(base, name), args, kwargs, site):
            return Invoke(Attr(_on_given(base, tested), name), args, kwargs, site)
        case Invoke(func, (first,), (), site):
            return Invoke(func, (_on_given(first, tested),), (), site)
    return value


def merge(branches: Many[Env], fresh: Fresh, tests: Many[Many[Condition]] = ()) -> Env:
    """The state after exclusive branches; branches that were left are not counted. All left: the first one, dead. `tests` are the
    conditions of each branch."""
    live = [env for env in branches if not env.dead]
    if not live:
        return branches[0]
    result = live[0]
    for env in live[1:]:
        result = _merge_two(result, env, fresh, tests)
    if 1 < len(live) == len(tests):
        _tell(result, live, tests)
    return result


def _tell(result: Env, live: Many[Env], tests: Many[Many[Condition]]) -> None:
    """Notes of names that tell which branch was taken, what holds behind it."""
    for name in [one for one, value in live[0].names.items() if isinstance(strip(value), (Const, Template, Phi))]:
        values = [env.names.get(name) for env in live]
        if any(value is not values[0] for value in values[1:]) and all(value is not None for value in values):
            flag = told([env.read(value) for env, value in zip(live, values, strict=True) if value is not None], tests)
            if flag is not None:
                result.names[name] = flag


def _merge_two(first: Env, second: Env, fresh: Fresh, tests: Many[Many[Condition]]) -> Env:
    names: dict[str, Term] = {}
    on = _lazily(partial(choice, tests, fresh))
    for name, value in first.names.items():
        other = second.names.get(name)
        same = other is None or other is value or (other == value and sites_of(other) == sites_of(value))
        names[name] = value if same or other is None else join(*told_apart((first.read(value), second.read(other)), tests), fresh, on)
    for name, value in second.names.items():
        names.setdefault(name, value)
    facts: Facts = {}
    for place in dict.fromkeys((*first.facts, *second.facts)):
        sites, one = first.facts.get(place) or (second.facts[place][0], place)
        other_sites, two = second.facts.get(place) or (sites, place)
        if sites != other_sites:
            continue
        if one == two:
            facts[place] = (sites, one)
        elif strip(one) != place or strip(two) != place:
            facts[place] = (sites, join(one, two, fresh, on))
    return Env(names, facts)

"""Terms of a callee in terms of its caller: arguments stand in the place of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Given,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Template,
    Term,
    Unknown,
    dotted,
    strip,
)
from session_lint.facts.traits import OPEN, traits

BOUND_TO = "__self__"  # the attribute of a method that is its object
HANDED = "handed"  # the kind of an Op: a part of a collection that is handed on whole
REST = "rest"  # the kind of an Op: a collection without its first parts
MADE = "made"  # the kind of an Op: an object of the project, with the number of the call that makes it
PRESET = "preset"  # the kind of an Op: an argument that a function got by `partial`, with its name, or its number
WITHOUT = "without"  # the kind of an Op: a mapping without the keys that are named behind it
GIVEN = Param("return")  # the object that a function has made and gives, in what it has stored; no parameter has that name
MISSING = Op("missing", ())  # what a parameter without a default gets of nothing: the call would fail
_MAX_DEPTH = 25
_MAX_RECENT = 8  # sets of values in use at one time: one for each call that is being looked into

_Sub = Callable[[Term], Term]

# how each kind of term that holds others is made anew from them
_REBUILT: dict[type[object], Callable[[Any, _Sub], Term]] = {
    Attr: lambda term, sub: attribute(sub(term.base), term.name),
    Item: lambda term, sub: Item(sub(term.base), sub(term.key)),
    Invoke: lambda term, sub: Invoke(sub(term.func), tuple(map(sub, term.args)), tuple((k, sub(v)) for k, v in term.kwargs), -1),
    Given: lambda term, sub: _given(sub(term.base)),
    Element: lambda term, sub: Element(sub(term.source), -1),
    Phi: lambda term, sub: _phi(tuple(map(sub, term.options)), None if term.on is None else sub(term.on)),
    MappingTerm: lambda term, sub: MappingTerm(tuple((None if k is None else sub(k), sub(v)) for k, v in term.entries)),
    Sequence: lambda term, sub: Sequence(term.kind, tuple(map(sub, term.items))),
    Comprehension: lambda term, sub: Comprehension(sub(term.element), -1),
    Template: lambda term, sub: Template(tuple(map(sub, term.parts))),
    Op: lambda term, sub: _JOINED.get(term.kind, partial(Op, term.kind))(tuple(map(sub, term.operands))),
    Unknown: lambda term, _: Unknown(term.reason, -1),
}


def rebuilt(term: Term, part: _Sub) -> Term:
    """The term with each of its parts replaced; a call stays the call that it is."""
    maker = _REBUILT.get(type(term))
    if maker is None or isinstance(term, Unknown):
        return term
    new = maker(term, part)
    match new, term:
        case Invoke(func, args, kwargs), Invoke(site=site):
            return Invoke(func, args, kwargs, site)
        case Element(source, _), Element(_, loop):
            return Element(source, loop)
        case Comprehension(element, _), Comprehension(_, loop):
            return Comprehension(element, loop)
    return new


def exchanged(term: Term, old: Term, new: Term) -> Term:
    """The term with another one in the place of one of its parts."""
    return new if term == old else rebuilt(term, lambda part: exchanged(part, old, new))


class _Substitution:
    """One set of values for parameters. Terms share their parts, so what a part became is kept."""

    __slots__ = ("_captured", "_done", "values")

    def __init__(self, values: Mapping[str, Term]) -> None:
        self.values = values
        self._captured = {name: value for name, value in values.items() if "." in name}  # variables of the function around
        self._done: dict[int, tuple[Term, Term]] = {}  # the term is kept so that its id stays its own

    def of(self, term: Term, depth: int = 0) -> Term:
        """The term with parameters replaced."""
        if depth > _MAX_DEPTH:
            return Unknown("deep", -1)
        if isinstance(term, Param):
            return self.values.get(term.name, _UNBOUND)
        rebuilt = _REBUILT.get(type(term))
        if rebuilt is None:
            return self._named(term) if isinstance(term, Ref) and self._captured else term
        _, height, flags = traits(term)
        if depth + height > _MAX_DEPTH:
            return rebuilt(term, lambda inner: self.of(inner, depth + 1))
        return self._whole(term) if flags & OPEN or self._captured else term

    def _named(self, term: Ref) -> Term:
        """A variable of the function around, or a part of one that is spelled as one name: `user.accounts`."""
        parts: list[str] = []
        name = term.name
        while name and name not in self._captured:
            name, _, part = name.rpartition(".")
            parts.append(part)
        whole = self._captured.get(name, term)
        for part in reversed(parts if name else []):
            whole = Attr(whole, part)
        return whole

    def _whole(self, term: Term) -> Term:
        """The same for a term that is not too deep in any of its parts."""
        kind = type(term)
        if kind is Param:
            return self.values.get(term.name, _UNBOUND)  # type: ignore[union-attr]
        rebuilt = _REBUILT.get(kind)
        if rebuilt is None:
            return self._named(term) if isinstance(term, Ref) and self._captured else term
        if not (self._captured or traits(term)[2] & OPEN):
            return term
        done = self._done.get(id(term))
        if done is None:
            done = self._done[id(term)] = (term, rebuilt(term, self._whole))
        return done[1]


_UNBOUND = Unknown("unbound", -1)
_recent: dict[int, _Substitution] = {}


def substitute(term: Term, values: Mapping[str, Term]) -> Term:
    """The term with parameters replaced. Loops, call sites and unknown values of the callee lose their numbers."""
    known = _recent.get(id(values))
    if known is None:
        if len(_recent) >= _MAX_RECENT:
            _recent.clear()
        known = _recent[id(values)] = _Substitution(values)
    return known.of(term)


def handed(parts: Iterable[Term]) -> Term:
    """What a parameter gets that `*args` or `**kwargs` may give: the first of the parts that is there; the last is its default.

    While the collection is not known the parts stay together, for a caller that knows it.
    """
    left = list(parts)
    found = next((part for part in left[:-1] if not isinstance(part, Item)), None)  # what `**kwargs` holds under the name: then
    return found if found is not None else _first(left)  # `*args` gives nothing


def _first(left: list[Term]) -> Term:
    while len(left) > 1:
        part = left[0]
        base = strip(part.base) if isinstance(part, Item) else None
        match base, part:
            case Sequence(_, items), Item(_, Const(int(number))):
                if number < len(items):
                    return items[number]
            case MappingTerm(entries), Item(_, key) if all(isinstance(known, Const) for known, _ in entries):
                found = next((value for known, value in entries if known == key), None)
                if found is not None:
                    return found
            case Unknown(), _:
                return Unknown("spread", -1)
            case Op(kind, (star, Const(int(taken)))), Item(_, Const(int(number))) if kind == REST:
                left[0] = Item(star, Const(taken + number))
                continue
            case _:
                return Op(HANDED, tuple(left))
        del left[0]
    return left[0]


def rest_of(star: Term, taken: int) -> Term:
    """`*args` without the first of them."""
    match strip(star):
        case Sequence(kind, items):
            return Sequence(kind, items[taken:])
        case Op(kind, (inner, Const(int(before)))) if kind == REST:
            return rest_of(inner, before + taken)
    return Op(REST, (star, Const(taken))) if taken else star


def _rest(operands: tuple[Term, ...]) -> Term:
    star, taken = operands
    return rest_of(star, taken.value) if isinstance(taken, Const) and isinstance(taken.value, int) else Op(REST, operands)


def _made(operands: tuple[Term, ...]) -> Term:
    """An object of a callee: which one, its callers do not know."""
    return Op(MADE, (operands[0], Unknown("object", -1)))


def _without(operands: tuple[Term, ...]) -> Term:
    """A mapping without some of its keys."""
    whole, *keys = operands
    inner = strip(whole)
    if not isinstance(inner, MappingTerm):
        return Op(WITHOUT, operands)
    left = tuple((key, value) for key, value in inner.entries if key not in keys)
    spread = any(not isinstance(key, Const) for key, _ in left)
    return Op(WITHOUT, (MappingTerm(left), *keys)) if spread else MappingTerm(left)


def behind_partial(term: Term) -> tuple[Term, tuple[Term, ...], dict[str, Term]]:
    """The function behind `partial(f, x, key=y)`, and what it was given."""
    inner = strip(term)
    if not isinstance(inner, Invoke) or not inner.args or (dotted(inner.func) or "").rpartition(".")[2] not in _PARTIAL:
        return inner, (), {}
    function, args, kwargs = behind_partial(inner.args[0])
    return function, (*args, *inner.args[1:]), {**kwargs, **dict(inner.kwargs)}


def _preset(operands: tuple[Term, ...]) -> Term:
    """What a function got by `partial`: known to whoever has made it so."""
    made, key = operands
    _, args, kwargs = behind_partial(made)
    match key:
        case Const(int(number)) if number < len(args):
            return args[number]
        case Const(str(name)) if name in kwargs:
            return kwargs[name]
    return Unknown("preset", -1) if isinstance(made, Unknown) else Op(PRESET, operands)


_PARTIAL = {"partial", "partialmethod"}
_JOINED: dict[str, Callable[[tuple[Term, ...]], Term]] = {
    HANDED: handed,
    REST: _rest,
    MADE: _made,
    WITHOUT: _without,
    PRESET: _preset,
}


def _given(base: Term) -> Term:
    return base if isinstance(base, (Given, Unknown)) else Given(base)


def attribute(base: Term, name: str) -> Term:
    """`base.name`; of a bound method that was handed in, the object it is bound to."""
    inner = strip(base)
    methods = inner.source.items if isinstance(inner, Element) and isinstance(inner.source, Sequence) else (inner,)
    owners = {strip(method.base) if isinstance(method, Attr) else None for method in map(strip, methods)} if name == BOUND_TO else set()
    owner = owners.pop() if len(owners) == 1 else None
    return Attr(base, name) if owner is None else owner


def _phi(options: tuple[Term, ...], on: Term | None) -> Term:
    distinct = tuple(dict.fromkeys(options))
    return distinct[0] if len(distinct) == 1 else Phi(distinct, on)

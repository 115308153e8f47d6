"""Values across frames: what is known stands in the place of where it was kept.

`ctx.phone` of an object that was built here, or filled by a callee, is what was put there; `same(x)` of a function that returns its
parameter is `x`; an item of a display is that item. What is not known stays as it is written.
"""

from __future__ import annotations

from collections.abc import Callable

from session_lint.analysis.program.folding import folded
from session_lint.analysis.program.keys import ANEW, name_of, small, unknown
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.substitution import rebuilt
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Given, Invoke, Item, Mapping, Op, Param, Phi, Ref, Term, children, strip, walk
from session_lint.facts.traits import CALLS, PARTS, traits

_STEPS = 6  # a value that was kept in a value that was kept ...
_PLAIN = frozenset({Param, Ref, Const})  # nothing stands in their place
_CONVERTING = {"str", "int", "float", "bool", "tuple", "list", "set", "dict"}

Result = Callable[[Invoke], Term | None]  # what a project function hands on, in terms of its caller


def simplified(term: Term, presence: Presence, result: Result) -> Term:
    """The term with every value in it that is known written out. One `presence` goes with one `result`."""
    return term if type(term) in _PLAIN else _Writing(presence, result).of(term, _STEPS)


class _Writing:
    """One term being written out. Terms share their parts, so what a part became is kept."""

    __slots__ = ("_asked", "_done", "_presence", "_result")

    def __init__(self, presence: Presence, result: Result) -> None:
        self._presence = presence
        self._result = result
        self._asked = CALLS | PARTS if presence.keeps else CALLS
        self._done = presence.written()  # by identity and depth; the term is kept so that its id stays its own

    def of(self, term: Term, depth: int) -> Term:
        """The term written out, as long as what stands in the place of something was not looked up too often on the way."""
        if type(term) in _PLAIN:
            return term
        inner = strip(term)
        if depth == 0 or not traits(inner)[2] & self._asked:
            return term
        done = self._done.get((id(term), depth))
        if done is None:
            done = self._done[id(term), depth] = term, self._written(term, inner, depth)
        return done[1]

    def _written(self, term: Term, inner: Term, depth: int) -> Term:
        whole = exchanged_parts(inner, lambda part: self.of(part, depth))
        if isinstance(whole, Op) and whole.kind == ANEW and isinstance(made := strip(whole.operands[0]), Op) and made.kind == ANEW:
            return made  # it was written out before
        known = self._known(whole)
        if isinstance(known, Op) and known.kind == ANEW:
            return known
        if known is None or unknown(known):
            return term if whole is inner else whole if term is inner else Given(whole)
        return self.of(known, depth - 1) if small(known) else term

    def _known(self, whole: Term) -> Term | None:
        """What stands in the place of a term, as a whole."""
        match whole:
            case Attr() | Item():
                return self._presence.value(whole) or _item(whole) or self._presence.of_one_object(whole)
            case Invoke():
                return self._result(whole)
        return None


def exchanged_parts(term: Term, of: Callable[[Term], Term]) -> Term:
    """The term with what each of its parts is `of` it; the term itself where that changes none of them."""
    changed: dict[int, Term] = {}
    for part in children(term) if term.__class__ is not Phi else _parts(term):
        if type(part) not in _PLAIN:
            new = of(part)
            if new is not part:
                changed[id(part)] = new
    return rebuilt(term, lambda part: changed.get(id(part), part)) if changed else term


def _parts(term: Term) -> tuple[Term, ...]:
    """The parts of a term, and what decides which of several it is."""
    return (*term.options, term.on) if isinstance(term, Phi) and term.on is not None else children(term)


def _item(term: Attr | Item) -> Term | None:
    found = folded(term) if isinstance(term, Item) else term
    return None if found is term or found == term else found


def filled(call: Invoke, presence: Presence) -> Invoke:
    """The call with what was put into the dicts that it is handed: `row = made(); row["day"] = day; insert(row)`."""
    if not presence.keeps:
        return call
    args = tuple(with_items(arg, presence) for arg in call.args)
    func = call.func
    if isinstance(func, Attr) and isinstance(base := strip(func.base), Invoke):  # `table.insert(row).execute()`
        func = Attr(filled(base, presence), func.name)
    return call if args == call.args and func is call.func else Invoke(func, args, call.kwargs, call.site)


def with_items(arg: Term, presence: Presence) -> Term:
    """What a call has given, with what was put into it since."""
    if not presence.keeps:
        return arg
    inner = strip(arg)
    items = presence.filled(inner) if isinstance(inner, Invoke) and inner.site >= 0 else ()
    return Mapping(((None, inner), *items)) if items else arg


@by_identity
def hands_on(result: Term) -> bool:
    """Whether what a function returns is made of what it was given: it calls nothing that could give something else each time."""
    return all(_converts(part) for part in walk(result) if isinstance(part, Invoke))


def _converts(call: Invoke) -> bool:
    return isinstance(call.func, Ref) and call.func.name.startswith("builtins.") and name_of(call.func) in _CONVERTING

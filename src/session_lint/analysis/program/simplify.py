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
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Ref, Term, children, strip, walk
from session_lint.facts.traits import CALLS, PARTS, traits

_STEPS = 6  # a value that was kept in a value that was kept ...
_PLAIN = frozenset({Param, Ref, Const})  # nothing stands in their place
_CONVERTING = {"str", "int", "float", "bool", "tuple", "list", "set", "dict"}

Result = Callable[[Invoke], Term | None]  # what a project function hands on, in terms of its caller


def simplified(term: Term, presence: Presence, result: Result, depth: int = _STEPS) -> Term:
    """The term with every value in it that is known written out."""
    if type(term) in _PLAIN:
        return term
    inner = strip(term)
    if depth == 0 or not traits(inner)[2] & (CALLS | PARTS if presence.keeps else CALLS):
        return term
    parts = (part for part in children(inner) if type(part) not in _PLAIN)
    changed = {id(part): new for part in parts if (new := simplified(part, presence, result, depth)) is not part}
    whole = rebuilt(inner, lambda part: changed.get(id(part), part)) if changed else inner
    match whole:
        case Attr() | Item():
            known = presence.value(whole) or _item(whole) or presence.of_one_object(whole)
        case Invoke():
            known = result(whole)
        case _:
            known = None
    if isinstance(known, Op) and known.kind == ANEW:
        return known
    if known is None or unknown(known):
        return whole if changed else term
    return simplified(known, presence, result, depth - 1) if small(known) else term


def _item(term: Attr | Item) -> Term | None:
    found = folded(term) if isinstance(term, Item) else term
    return None if found is term or found == term else found


def filled(call: Invoke, presence: Presence) -> Invoke:
    """The call with what was put into the dicts that it is handed: `row = made(); row["day"] = day; insert(row)`."""
    if not presence.keeps:
        return call
    args = tuple(_with_items(arg, presence) for arg in call.args)
    func = call.func
    if isinstance(func, Attr) and isinstance(base := strip(func.base), Invoke):  # `table.insert(row).execute()`
        func = Attr(filled(base, presence), func.name)
    return call if args == call.args and func is call.func else Invoke(func, args, call.kwargs, call.site)


def _with_items(arg: Term, presence: Presence) -> Term:
    inner = strip(arg)
    items = presence.filled(inner) if isinstance(inner, Invoke) and inner.site >= 0 else ()
    return Mapping(((None, inner), *items)) if items else arg


def hands_on(result: Term) -> bool:
    """Whether what a function returns is made of what it was given: it calls nothing that could give something else each time."""
    return all(_converts(part) for part in walk(result) if isinstance(part, Invoke))


def _converts(call: Invoke) -> bool:
    return isinstance(call.func, Ref) and call.func.name.startswith("builtins.") and name_of(call.func) in _CONVERTING

"""Attribute and item paths: what they start from, and which of them are one place."""

from __future__ import annotations

from session_lint.analysis.program.keys import IDENTITY
from session_lint.facts.terms import Attr, Const, Invoke, Item, Term, strip


def is_call(term: Term, call: Invoke) -> bool:
    """Whether a term is that call, also where more is known of its arguments by now."""
    return term == call or (isinstance(term, Invoke) and term.site == call.site >= 0)


def is_record(term: Attr | Item) -> bool:
    """Whether the part is the record itself or its identity: `pair[0]`, `response.data[0]`, `session["id"]`, `session.id`."""
    match term:
        case Attr(_, name):
            return name in IDENTITY or name in {"data", "result"}
        case Item(_, Const(key)):
            return key in IDENTITY or (isinstance(key, int) and key != 1)
    return False


def normalise_path(term: Term) -> Term:
    """Attribute and item paths without `Given`, as one shape to compare."""
    match strip(term):
        case Attr(base, name):
            return Attr(normalise_path(base), name)
        case Item(base, key):
            return Item(normalise_path(base), strip(key))
        case other:
            return other


def same_place(left: Term, right: Term) -> bool:
    """Whether two attribute or item paths are one: by what they start from too, which is one call also where more is known of its
    arguments by now. What two calls of a class make are two objects."""
    while True:
        left, right = strip(left), strip(right)
        match left, right:
            case Attr(base, name), Attr(other, same) if name == same:
                left, right = base, other
            case Item(base, key), Item(other, same_key) if strip(key) == strip(same_key):
                left, right = base, other
            case Invoke(site=one), Invoke(site=two) if one >= 0 and two >= 0:
                return one == two
            case _:
                return left == right


def made_by(path: Term) -> Invoke | None:
    """The call whose result an attribute or item path starts from."""
    path = strip(path)
    while isinstance(path, (Attr, Item)):
        path = strip(path.base)
    return path if isinstance(path, Invoke) else None


def last_part(path: Term) -> Term | str:
    """The last part of an attribute or item path: cheaply compared."""
    path = strip(path)
    if isinstance(path, Attr):
        return path.name
    return strip(path.key) if isinstance(path, Item) else ""

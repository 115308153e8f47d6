"""Views of one collection are that collection: `sorted(xs)`, `list(set(xs))`, `enumerate(xs)`, `d.items()`, `xs[i]` for each index."""

from __future__ import annotations

from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Item, Mapping, Phi, Ref, Sequence, Term, strip, walk

_VIEWS = {"list", "set", "tuple", "sorted", "reversed", "frozenset", "iter"}


def viewed(source: Term) -> Term:
    """The collection behind views of it that leave nothing out."""
    inner = strip(source)
    while isinstance(inner, Invoke):
        if isinstance(inner.func, Attr) and inner.func.name in ("keys", "copy") and not inner.args:
            inner = strip(inner.func.base)
        elif _called(inner) in _VIEWS and len(inner.args) == 1:
            inner = strip(inner.args[0])
        else:
            break
    return inner


def viewed_item(base: Term, key: Term) -> Term | None:
    """What a part of an element is an element of; None when it is no view."""
    if isinstance(key, Element):
        return Element(base, key.loop) if _indexes(key, base) else None
    if isinstance(base, Phi):
        return _in_each(base, key)
    call = strip(base.source) if isinstance(base, Element) else None
    if isinstance(call, Comprehension):
        return _in_every_row(call, key)
    if not isinstance(call, Invoke) or not isinstance(base, Element) or not isinstance(key, Const):
        return None
    name, number = _called(call), key.value
    if name == "enumerate" and number == 1 and call.args:
        return Element(call.args[0], base.loop)
    if name == "zip" and isinstance(number, int) and number < len(call.args):
        return Element(call.args[number], base.loop)
    if isinstance(call.func, Attr) and call.func.name == "items" and number == 0 and not call.args:
        return Element(call.func.base, base.loop)
    return None


def _in_every_row(rows: Comprehension, key: Term) -> Term | None:
    """What each row of `[(owner, name) for name in names]` has in a place: the owner, not the name, which differs from row to row."""
    found: Term | None = None
    match strip(rows.element), key:
        case Sequence(_, items), Const(int(number)) if -len(items) <= number < len(items):
            found = items[number]
        case Mapping(entries), Const():
            found = next((value for known, value in entries if known == key), None)
    return None if found is None or any(isinstance(part, Element) for part in walk(found)) else found


def _in_each(choice: Phi, key: Term) -> Term | None:
    """What one of several displays has in a place: of `(a, b) if both else (a,)` the second is b, where there is one."""
    if not isinstance(key, Const) or not isinstance(key.value, int):
        return None
    displays = [display for option in choice.options if isinstance(display := strip(option), Sequence)]
    if len(displays) < len(choice.options):
        return None
    found = tuple(dict.fromkeys(one.items[key.value] for one in displays if -len(one.items) <= key.value < len(one.items)))
    return None if not found else found[0] if len(found) == 1 else Phi(found, choice.on)


def each_value_of(term: Term | None) -> Term | None:
    """The mapping whose values a loop variable runs over: `for name, value in m.items()`, `for value in m.values()`."""
    inner = strip(term) if term is not None else None
    if isinstance(inner, Item) and inner.key == Const(1):
        inner, method = strip(inner.base), "items"
    else:
        method = "values"
    call = strip(inner.source) if isinstance(inner, Element) else None
    found = isinstance(call, Invoke) and isinstance(call.func, Attr) and call.func.name == method and not call.args
    return strip(call.func.base) if found else None  # type: ignore[union-attr]


def _indexes(key: Element, base: Term) -> bool:
    """Whether a loop variable runs over all indexes of a collection: `for i in range(len(xs))`."""
    ran = strip(key.source)
    length = strip(ran.args[-1]) if isinstance(ran, Invoke) and _called(ran) == "range" and ran.args else None
    return isinstance(length, Invoke) and _called(length) == "len" and len(length.args) == 1 and strip(length.args[0]) == base


def _called(call: Invoke) -> str:
    func = strip(call.func)
    return func.name.rpartition(".")[2] if isinstance(func, Ref) else ""

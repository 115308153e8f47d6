"""Displays and texts written out: an item of a dict as that item, an f-string of constants as the text, `f(**{"a": x})` as `f(a=x)`."""

from __future__ import annotations

from session_lint.facts.terms import Const, Invoke, Item, Mapping, Op, Param, Phi, Sequence, Template, Term, strip, walk


def written_out(call: Invoke) -> Invoke:
    """`f(**{"a": x}, *[y])` as `f(y, a=x)`."""
    args: list[Term] = []
    for arg in call.args:
        inner = strip(arg)
        held = strip(inner.operands[0]) if isinstance(inner, Op) and inner.kind == "starred" else None
        args.extend(held.items if isinstance(held, Sequence) else (folded(arg),))
    kwargs: list[tuple[str, Term]] = []
    for name, value in call.kwargs:
        held = strip(value)
        if not name and isinstance(held, Mapping) and all(isinstance(key, Const) for key, _ in held.entries):
            kwargs.extend((str(key.value), inner) for key, inner in held.entries if isinstance(key, Const))
        else:
            kwargs.append((name, value))
    return Invoke(call.func, tuple(args), tuple(kwargs), call.site)


def folded(term: Term) -> Term:
    """An f-string of constants as the text it is; an item of a display as that item."""
    match strip(term):
        case Template(parts):
            whole = tuple(folded(part) for part in parts)
            if all(isinstance(part, Const) for part in whole):
                return Const("".join(str(part.value) for part in whole if isinstance(part, Const)))
            return Template(whole)
        case Item(Mapping(entries), Const() as key):
            return next((value for known, value in entries if known == key), term)
        case Item(Mapping(entries), key) if entries and not any(isinstance(part, Param) for part in walk(key)):
            return Phi(  # a statement chosen by a name: each is possible
                tuple(dict.fromkeys(value for _, value in entries)), key
            )
        case Item(Sequence(_, items), Const(int(number))) if -len(items) <= number < len(items):
            return items[number]
        case Op("+", (left, right)):
            first, second = folded(left), folded(right)
            if isinstance(first, Const) and isinstance(second, Const) and isinstance(first.value, str) and isinstance(second.value, str):
                return Const(first.value + second.value)
    return term

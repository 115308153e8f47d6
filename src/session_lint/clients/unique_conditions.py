"""The conditions of partial unique sets, as columns with the constants that they must have."""

from __future__ import annotations

import re

from session_lint.facts.effects import PRESENT
from session_lint.facts.terms import Attr, Const, Invoke, Op, Ref, Sequence, Term, show, strip

Pairs = tuple[tuple[str, Term], ...]

_TERM = re.compile(
    r"""\(*\s*(?P<not>NOT\s+)?["`]?(?:\w+\.)?["`]?(?P<column>[A-Za-z_]\w*)["`]?\s*
    (?:(?:=|\bIS\b)\s*(?P<negated>NOT\s+)?(?P<value>'[^']*'(?:::\w+)?|TRUE|FALSE|NULL|-?\d+))?\s*\)*""",
    re.IGNORECASE | re.VERBOSE,
)
_CONSTANTS = {"true": True, "false": False, "null": None}


def of_text(text: str) -> Pairs:
    """Of the text of a WHERE clause; nothing when any part of it is not understood."""
    found = [_part(part) for part in re.split(r"\bAND\b", _inside(text), flags=re.IGNORECASE)]
    return () if None in found else tuple(one for one in found if one is not None)


def _inside(text: str) -> str:
    """A condition without the brackets around the whole of it."""
    inner = text.strip()
    while inner[:1] == "(" and inner[-1:] == ")" and all(_depth(inner[:end]) for end in range(1, len(inner))):
        inner = inner[1:-1].strip()
    return inner


def _depth(text: str) -> int:
    return text.count("(") - text.count(")")


def _part(text: str) -> tuple[str, Term] | None:
    match = _TERM.fullmatch(text.strip())
    if match is None:
        return None
    column, value = match["column"], match["value"]
    if value is None:
        return column, Const(not match["not"])
    if match["negated"]:
        return (column, PRESENT) if value.lower() == "null" else None
    if match["not"]:
        return None
    return column, _constant(value)


def _constant(text: str) -> Const:
    low = text.lower()
    if low in _CONSTANTS:
        return Const(_CONSTANTS[low])
    if text[0] == "'":
        return Const(text[1 : text.rindex("'")])
    return Const(int(text))


def of_term(term: Term) -> Pairs:
    """Of `Q(active=True) & Q(ended__isnull=True)`, `text("active")`, `Model.active.is_(True)`, `Model.ended == None`; nothing as above."""
    term = strip(term)
    match term:
        case Const(str(text)):
            return of_text(text)
        case Op("&" | "and", parts):
            found = [of_term(part) for part in parts]
            return () if not all(found) else tuple(pair for one in found for pair in one)
        case Op("==" | "is", (left, right)):
            return _compared(left, right)
        case Op("not" | "~", (inner,)):
            pairs = of_term(inner)
            return tuple((name, Const(not value.value)) for name, value in pairs if isinstance(value, Const)) if _is_flag(pairs) else ()
        case Invoke():
            return _called(term)
        case Attr(_, name):
            return ((name, Const(True)),)  # noqa: FBT003 - the value of the column
    return ()


def _is_flag(pairs: Pairs) -> bool:
    return len(pairs) == 1 and isinstance(pairs[0][1], Const) and isinstance(pairs[0][1].value, bool)


def _compared(left: Term, right: Term) -> Pairs:
    name, value = column_of(left), strip(right)
    return ((name, value),) if name and isinstance(value, (Const, Attr)) else ()


def _called(call: Invoke) -> Pairs:
    name = last(call.func)
    if name in ("text", "and_", "DDL", "literal_column", "SQL"):
        found = [of_term(arg) for arg in call.args]
        return tuple(pair for one in found for pair in one) if found and all(found) else ()
    if name == "Q":
        return _q(call)
    if isinstance(call.func, Attr) and name in ("is_", "is_not", "isnot") and call.args:
        column, value = column_of(call.func.base), strip(call.args[0])
        if name != "is_":
            return ((column, PRESENT),) if column and value == Const(None) else ()
        return ((column, value),) if column and isinstance(value, Const) else ()
    return ()


def _q(call: Invoke) -> Pairs:
    if call.args and not all(of_term(arg) for arg in call.args):
        return ()
    found = [pair for arg in call.args for pair in of_term(arg)]
    for name, value in call.kwargs:
        column, _, lookup = name.partition("__")
        if not lookup or lookup == "exact":
            found.append((column, strip(value)))
        elif lookup == "isnull" and isinstance(value, Const):
            found.append((column, Const(None) if value.value else PRESENT))
        else:
            return ()
    return tuple(found)


def column_of(term: Term) -> str:
    """The column that a term names: `"active"`, `Model.active`, `table.c.active`; "" for none."""
    match strip(term):
        case Const(str(name)) | Attr(_, name):
            return name
        case Ref(name):
            return name.rpartition(".")[2]
        case Invoke(func, args, _) if last(func) in ("text", "Lower", "lower", "Upper", "upper", "F", "asc", "desc") and args:
            return column_of(args[0])
        case Invoke(Attr(base, _), _, _):  # Model.name.desc()
            return column_of(base)
    return ""


def columns_of(terms: tuple[Term, ...]) -> tuple[str, ...] | None:
    """The columns that terms name, one by one or in lists; None when one of them is not understood."""
    found: list[str] = []
    for term in map(strip, terms):
        if isinstance(term, Sequence):
            inner = columns_of(term.items)
            if inner is None:
                return None
            found += inner
        elif name := column_of(term):
            found.append(name)
        else:
            return None
    return tuple(found)


def last(term: Term) -> str:
    """The last part of a dotted name."""
    term = strip(term)
    return term.name if isinstance(term, Attr) else term.name.rpartition(".")[2] if isinstance(term, Ref) else ""


def shown(term: Term) -> str:
    """A condition as it is written, shortened."""
    match strip(term):
        case Const(str(text)):
            return text
        case Invoke(func, (Const(str(text)),), ()) if last(func) == "text":
            return text
        case other:
            return show(other, 80) or "a condition"


def is_true(term: Term | None) -> bool:
    """Whether a term is the constant True."""
    return isinstance(term, Const) and term.value is True


def is_false(term: Term | None) -> bool:
    """Whether a term is the constant False."""
    return isinstance(term, Const) and term.value is False

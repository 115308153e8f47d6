"""Keys: whether two of them pick the same record."""

from __future__ import annotations

from enum import IntEnum

from session_lint.analysis.program.views import viewed, viewed_item
from session_lint.facts.effects import SPREAD
from session_lint.facts.noted import remembered
from session_lint.facts.terms import (
    Attr,
    Const,
    Element,
    Invoke,
    Item,
    Op,
    Param,
    Phi,
    Ref,
    Template,
    Term,
    Unknown,
    dotted,
    root,
    strip,
    walk,
)
from session_lint.facts.traits import ANONYMOUS, UNKNOWN, traits

# Conversions that keep the identity of a key: UUID(user_id) picks the same row as user_id.
_CONVERSIONS = {
    "str", "int", "UUID", "ObjectId", "PydanticObjectId", "cast", "escape", "quote", "lower", "strip", "encode", "decode", "hex",
}  # fmt: skip
_VOLATILE = {
    "uuid1", "uuid4", "uuid7", "now", "utcnow", "time", "time_ns", "monotonic", "random", "randint", "choice", "token_hex",
    "token_urlsafe", "next", "pop", "popleft", "get_nowait", "recv", "locals", "globals", "vars", "readline", "read", "input",
    "urandom",
}  # fmt: skip
ANEW = "anew"  # the kind of an Op: what a call makes, or changes and returns, is another value each time
IDENTITY = {"id", "pk", "_id", "uuid", "uid"}
_MAX_NODES = 151


class Match(IntEnum):
    """How sure it is that two keys are the same."""

    DIFFERENT = 0
    UNKNOWN = 1
    SAME = 2


def small(term: Term) -> bool:
    """Whether a term is small enough to be carried up a call chain."""
    return traits(term)[0] <= _MAX_NODES


def unconverted(term: Term) -> Term:
    """The term without `Given` and conversions; an id that a call asks for as that part: `row.get("id")`, `getattr(row, "id", None)`."""
    term = strip(term)
    while True:
        match term:
            case Invoke(func, (first, *_), _) if name_of(func) in _CONVERSIONS and _is_plain(func):
                term = strip(first)
            case Invoke(Attr(base, name), (), _) if name in _CONVERSIONS:
                term = strip(base)
            case Invoke(Attr(base, "get"), (Const(str(name)) as key, *_), _) if name in IDENTITY:
                return Item(base, key)
            case Invoke(Ref("builtins.getattr"), (base, Const(str(name)), *_), _) if name in IDENTITY:
                return Attr(base, name)
            case _:
                return term


def _is_plain(func: Term) -> bool:
    """Whether a name is called and no method: `str`, `uuid.UUID`."""
    return not isinstance(func, Attr) or (isinstance(func.base, Ref) and func.name[:1].isupper())


@remembered("_normal")
def normalise(term: Term) -> Term:
    """The term without `Given`, conversions, and a trailing `.id` of a record."""
    while True:
        term = unconverted(term)
        match term:
            case Attr(base, name) if name in IDENTITY and not isinstance(strip(base), Unknown):
                term = strip(base)
            case Item(base, Const(str(name))) if name in IDENTITY:
                term = strip(base)
            case Phi(options, on):
                distinct = tuple(dict.fromkeys(normalise(o) for o in options))
                return distinct[0] if len(distinct) == 1 else Phi(distinct, None if on is None else normalise(on))
            case Op("handed", (given, Op("missing", ()))):  # a parameter without a default gets it, or the call fails
                term = strip(given)
            case _:
                return _alias(term)


def _alias(term: Term) -> Term:
    """The term with its parts normalised, under the name it is known by elsewhere."""
    match term:
        case Attr(base, name):
            return _attribute(base, name)
        case Item(base, key):
            seen = viewed_item(strip(base), strip(key))
            return Item(normalise(base), strip(key)) if seen is None else normalise(seen)
        case Element(source, _):
            return _element(viewed(source), term.loop)
        case Invoke(func, args, kwargs):
            new = func if not isinstance(func, Attr) else Attr(normalise(func.base), func.name)
            return Invoke(new, tuple(normalise(a) for a in args), tuple((k, normalise(v)) for k, v in kwargs), term.site)
        case Op(kind, operands):
            return Op(kind, tuple(normalise(o) for o in operands))
        case Template(parts):
            return Template(tuple(normalise(p) for p in parts))
    return term


def _element(source: Term, loop: int) -> Term:
    if isinstance(source, Phi):  # one of several collections
        return normalise(Phi(tuple(Element(option, loop) for option in source.options), source.on))
    return Element(normalise(source), loop)


def _attribute(base: Term, name: str) -> Term:
    """`self.request` in a view is the request that is handed on as a parameter; `user.user_id` is `user`."""
    if base == Param("self") and name == "request":
        return Param("request")
    inner = normalise(base)
    owner = name_of(inner)
    if name.endswith("_id") and owner is not None and owner.removeprefix("_") in {name[:-3], f"db_{name[:-3]}", f"{name[:-3]}_obj"}:
        return inner
    return Attr(inner, name)


def name_of(term: Term) -> str | None:
    """The last component of a name or attribute, else None."""
    term = strip(term)
    if isinstance(term, (Attr, Param)):
        return term.name
    return term.name.rpartition(".")[2] if isinstance(term, Ref) else None


def volatile(term: Term) -> bool:
    """Whether the term contains something that differs from one evaluation to the next."""
    return any((isinstance(t, Invoke) and name_of(t.func) in _VOLATILE) or (isinstance(t, Op) and t.kind == ANEW) for t in walk(term))


def anew(term: Term) -> bool:
    """Whether the term contains what a function of the project makes, or changes and returns."""
    return any(isinstance(t, Op) and t.kind == ANEW for t in walk(term))


def unknown(term: Term) -> bool:
    """Whether the term contains a value nothing is known of."""
    return bool(traits(term)[2] & UNKNOWN)


def compare(left: Term, right: Term) -> Match:
    """Whether two key expressions, in terms of one function, have the same value."""
    a, b = normalise(left), normalise(right)
    if isinstance(a, Const) and isinstance(b, Const):
        return Match.SAME if a == b or str(a.value) == str(b.value) else Match.DIFFERENT
    if isinstance(a, Phi) or isinstance(b, Phi):
        return _compare_phi(a, b)
    if _same_shape(a, b):
        return Match.UNKNOWN if volatile(a) or _anonymous(a) else Match.SAME
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Match.UNKNOWN if _anonymous(a) or _anonymous(b) else Match.DIFFERENT
    return _compare_different(a, b)


def _anonymous(term: Term) -> bool:
    """Contains an unknown value of another function: it may be anything."""
    return bool(traits(term)[2] & ANONYMOUS)


def _same_shape(a: Term, b: Term) -> bool:
    if a == b:
        return True
    match a, b:
        case Element(source, _), Element(other, _):  # two loops over one collection
            return _same_shape(source, other)
        case Attr(base, name), Attr(other, same):
            return name == same and _same_shape(base, other)
        case Item(base, key), Item(other, same_key):
            return key == same_key and _same_shape(base, other)
    return False


def _compare_phi(a: Term, b: Term) -> Match:
    left = a.options if isinstance(a, Phi) else (a,)
    right = b.options if isinstance(b, Phi) else (b,)
    if isinstance(a, Phi) and isinstance(b, Phi) and a != b:  # two values with one default: what tells is the values
        left, right = _without_defaults(left), _without_defaults(right)
    best = max((compare(x, y) for x in left for y in right), default=Match.DIFFERENT)
    if best is Match.DIFFERENT:
        return best
    return Match.SAME if a == b and not _anonymous(a) and not volatile(a) else Match.UNKNOWN


def _without_defaults(options: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(option for option in options if not isinstance(strip(option), (Const, Ref))) or options


def _compare_different(a: Term, b: Term) -> Match:
    """Two unlike terms: unknown only when both are paths from one root that end alike (`update.x`, `update.m.x`)."""
    if isinstance(a, (Const, Ref)) or isinstance(b, (Const, Ref)):
        return Match.DIFFERENT
    origin = root(a)
    if isinstance(origin, Param) and origin == root(b) and origin.name not in {"self", "cls"}:
        last = name_of(a)
        if last is not None and last == name_of(b) and dotted(a) and dotted(b):
            return Match.UNKNOWN
    return Match.DIFFERENT


def compare_keys(left: tuple[tuple[str, Term], ...], right: tuple[tuple[str, Term], ...]) -> Match:
    """Two keys column by column: different when one column differs or is only on one side."""
    a, b = _by_column(left), _by_column(right)
    if a.keys() != b.keys():
        return Match.DIFFERENT
    return min((compare(v, b[c]) for c, v in a.items()), default=Match.SAME)


def _by_column(columns: tuple[tuple[str, Term], ...]) -> dict[str, Term]:
    """The values by column; of several conditions that cannot be told apart, all of them."""
    found: dict[str, Term] = {}
    for name, value in columns:
        known = found.get(column(name)) if name == SPREAD else None
        found[column(name)] = value if known is None else Op("and", (known, value))
    return found


def column(name: str) -> str:
    """A column name without the suffix of a foreign key: `user_id` and `user` are one column; "id" stays."""
    return name[:-3] if name.endswith("_id") and name != "_id" else name

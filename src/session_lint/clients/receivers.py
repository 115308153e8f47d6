"""What the receiver of a call is, by its value: made by a package, something else, or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from session_lint.clients.call_shapes import is_record_class, options
from session_lint.clients.library_model import FileContext
from session_lint.facts.terms import Attr, Element, Invoke, Item, Op, Param, Ref, Term, Unknown, dotted, root, strip, walk

_DEPTH = 12  # steps back: attributes, helpers, base classes
_ANSWERS = 8
_ITSELF = frozenset({"self", "cls"})


class Origin(Enum):
    """Where a value comes from."""

    OWN = "own"  # made by something of the package, or annotated as such
    OPEN = "open"  # the file does not say
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Made:
    """A value as the chain of calls that makes it. `near`: all parameters in it are those of the function, not of another one."""

    origin: Origin
    term: Term
    near: bool = True
    by_role: bool = False  # the program says what it is, not the term


def made(term: Term, context: FileContext, packages: tuple[str, ...]) -> Iterator[Made]:
    """What a value may be, once for each of its alternatives."""
    yield from islice(_made(term, context, packages, _DEPTH), _ANSWERS)


def is_own(term: Term, context: FileContext, packages: tuple[str, ...]) -> bool:
    """Whether a value is made by something of the packages, on some way."""
    return any(one.origin is Origin.OWN for one in made(term, context, packages))


def _made(term: Term, context: FileContext, packages: tuple[str, ...], depth: int) -> Iterator[Made]:
    for option in options(term):
        if isinstance(option, Op) and option.kind in ("or", "and"):
            for operand in option.operands:
                yield from _made(operand, context, packages, depth - 1) if depth > 0 else ()
        else:
            yield from _one(option, context, packages, depth)


def _one(term: Term, context: FileContext, packages: tuple[str, ...], depth: int) -> Iterator[Made]:
    name = dotted(term) if isinstance(root(term), Ref) else None
    if name is not None and inside(name, packages):
        yield Made(Origin.OWN, term)
        return
    found = context.origins(term) if depth > 0 else ()
    if found:
        for origin in found:
            for one in _made(origin, context, packages, depth - 1):
                yield Made(one.origin, one.term, one.near and closed(origin))
        return
    base = _base(term)
    if base is None or depth <= 0 or base in (Param("self"), Param("cls")):
        yield Made(Origin.OPEN if isinstance(term, (Param, Ref, Attr, Unknown)) and not _is_known(term) else Origin.OTHER, term)
        return
    for one in _made(base, context, packages, depth - 1):
        built = isinstance(term, Invoke) and isinstance(root(one.term), Ref) and is_record_class(one.term)
        alien = built and one.origin is Origin.OPEN  # an instance of a class of something else
        yield Made(Origin.OTHER if alien else one.origin, _on(term, one.term), one.near)


def _base(term: Term) -> Term | None:
    match term:
        case Attr(base, _) | Item(base, _):
            return strip(base)
        case Invoke(func, _, _):
            return strip(func)
        case Element(source, _):
            return strip(source)
        case _:
            return None


def _on(term: Term, base: Term) -> Term:
    """The same step on what its base is."""
    match term:
        case Attr(_, name):
            return Attr(base, name)
        case Item(_, key):
            return Item(base, key)
        case Invoke(_, args, kwargs):
            return Invoke(base, args, kwargs, term.site)
        case Element(_, loop):
            return Element(base, loop)
        case _:
            return term


def _is_known(term: Term) -> bool:
    """`self` is an object of the class itself, a builtin no client."""
    return (isinstance(term, Param) and term.name in _ITSELF) or (isinstance(term, Ref) and term.name.startswith("builtins."))


def closed(term: Term) -> bool:
    """Whether a value means the same in every function of the file."""
    return not any(isinstance(part, (Param, Element, Unknown)) for part in walk(term))


def inside(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages or something in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def knows_django(context: FileContext) -> bool:
    """Whether a file imports Django, or models that may be its."""
    if context.imports_any("django", "rest_framework"):
        return True
    models = any(part in ("models", "model") for name in context.imports for part in name.split("."))
    return models and not context.imports_any("sqlalchemy", "beanie", "odmantic")

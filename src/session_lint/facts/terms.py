"""Symbolic values: what an expression stands for, in terms of parameters, names and constants.

Two expressions with equal terms have the same value in one execution of the function, as far as the analysis can know: local variables
are already replaced by what was assigned to them, and a name assigned in several branches is a `Phi`. Call sites and loops are named by
their number in the function, so a term is only meaningful together with the function it was extracted from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from session_lint.facts.noted import Noted


@dataclass(frozen=True, slots=True)
class Const(Noted):
    """A literal: None, bool, int, float, str; bytes and other literals are kept as their source text."""

    value: str | int | float | bool | None

    def __hash__(self) -> int:  # True == 1 would make Const(True) equal Const(1); type keeps them apart
        return hash((type(self.value).__name__, self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and type(self.value) is type(other.value) and self.value == other.value


@dataclass(frozen=True, slots=True)
class Ref(Noted):
    """A global name as an absolute dotted path (`pkg.mod.name`), imports already followed one step.

    A nested function is `pkg.mod.outer.inner`. Builtins are `builtins.len`.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Param(Noted):
    """A parameter of the function the term belongs to (`self` and `cls` included)."""

    name: str


@dataclass(frozen=True, slots=True)
class Attr(Noted):
    """`base.name`."""

    base: Term
    name: str


@dataclass(frozen=True, slots=True)
class Item(Noted):
    """`base[key]`. Unpacking uses constant integer keys: `a, b = f()` gives Item(f(), Const(0)) and Const(1)."""

    base: Term
    key: Term


@dataclass(frozen=True, slots=True)
class Invoke(Noted):
    """The value of a call (`await` is not shown). `site` is the index in FunctionFacts.calls; not part of equality."""

    func: Term
    args: tuple[Term, ...] = ()
    kwargs: tuple[tuple[str, Term], ...] = ()
    site: int = field(default=-1, compare=False)

    def kwarg(self, name: str) -> Term | None:
        """The keyword argument of that name, or None."""
        for key, value in self.kwargs:
            if key == name:
                return value
        return None

    def arg(self, position: int, name: str = "") -> Term | None:
        """The positional argument, or the keyword argument of that name, or None."""
        if 0 <= position < len(self.args):
            return self.args[position]
        return self.kwarg(name) if name else None


@dataclass(frozen=True, slots=True)
class Element(Noted):
    """One element of an iterable: a loop or comprehension variable. Differs from one iteration to the next."""

    source: Term
    loop: int


@dataclass(frozen=True, slots=True)
class Phi(Noted):
    """One of several values, after branches that assign the same name. `on` is what decides; None: the values do (`a or b`)."""

    options: tuple[Term, ...]
    on: Term | None = None


@dataclass(frozen=True, slots=True)
class Given(Noted):
    """`base`, known not to be None or empty at this point (after `if base:`)."""

    base: Term


@dataclass(frozen=True, slots=True)
class Mapping(Noted):
    """A dict display, or `dict(a=1)`. A None key is a `**spread`."""

    entries: tuple[tuple[Term | None, Term], ...]


@dataclass(frozen=True, slots=True)
class Sequence(Noted):
    """A list, tuple or set display. `kind` is "list", "tuple" or "set"."""

    kind: str
    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Comprehension(Noted):
    """A list, set or dict comprehension or a generator: many values of the shape `element`."""

    element: Term
    loop: int


@dataclass(frozen=True, slots=True)
class Template(Noted):
    """Text put together from pieces: f-strings, `+` and `%` on strings, `.format`, implicit concatenation."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Op(Noted):
    """Any other operation: `kind` is the operator ("==", "-", "in", "not", "and", "lambda", "starred", ...)."""

    kind: str
    operands: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Unknown(Noted):
    """A value nothing is known of. `id` makes two of them different; `loop` is the innermost loop it was made in."""

    reason: str
    id: int
    loop: int = -1


Term: TypeAlias = (
    Const | Ref | Param | Attr | Item | Invoke | Element | Phi | Given | Mapping | Sequence | Comprehension | Template | Op | Unknown
)


# one entry for each kind of term that holds others
_PARTS: dict[type[object], Callable[[Any], tuple[Term, ...]]] = {
    Attr: lambda term: (term.base,),
    Given: lambda term: (term.base,),
    Item: lambda term: (term.base, term.key),
    Invoke: lambda term: (term.func, *term.args, *(value for _, value in term.kwargs)),
    Element: lambda term: (term.source,),
    Phi: lambda term: term.options,
    Mapping: lambda term: tuple(part for pair in term.entries for part in pair if part is not None),
    Sequence: lambda term: term.items,
    Comprehension: lambda term: (term.element,),
    Template: lambda term: term.parts,
    Op: lambda term: term.operands,
}


def children(term: Term) -> tuple[Term, ...]:
    """The terms directly inside a term."""
    parts = _PARTS.get(type(term))
    return parts(term) if parts is not None else ()


def walk(term: Term) -> Iterator[Term]:
    """The term and every term inside it, outermost first."""
    stack = [term]
    while stack:
        current = stack.pop()
        yield current
        parts = _PARTS.get(type(current))
        if parts is not None:
            stack.extend(parts(current))


def strip(term: Term) -> Term:
    """The term without `Given` around it."""
    while term.__class__ is Given:
        term = term.base
    return term


def root(term: Term) -> Term:
    """The innermost base of a chain of attributes, items, calls and elements: `a` of `a.b[0].c(x)`."""
    while True:
        match term:
            case Attr(base, _) | Given(base) | Item(base, _):
                term = base
            case Invoke(func, _, _):
                term = func
            case Element(source, _):
                term = source
            case _:
                return term


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a fluent chain: `.name(args)` when `call` is set, `.name` when it is None."""

    name: str
    call: Invoke | None


def chain(term: Term) -> tuple[Term, tuple[Link, ...]]:
    """A fluent chain as its root and its steps in source order: `a.b.c(x).d()` is (a, [b, c(x), d()]).

    A call of the root itself, `f(x).g()`, is the root: (Invoke f(x), [g()]).
    """
    links: list[Link] = []
    term = strip(term)
    while True:
        if isinstance(term, Invoke) and isinstance(term.func, Attr):
            links.append(Link(term.func.name, term))
            term = strip(term.func.base)
        elif isinstance(term, Attr):
            links.append(Link(term.name, None))
            term = strip(term.base)
        else:
            return term, tuple(reversed(links))


def dotted(term: Term) -> str | None:
    """`a.b.c` of attributes over a Ref or Param, else None."""
    names: list[str] = []
    term = strip(term)
    while isinstance(term, Attr):
        names.append(term.name)
        term = strip(term.base)
    if isinstance(term, (Ref, Param)):
        names.append(term.name)
        return ".".join(reversed(names))
    return None


def show(term: Term, limit: int = 60) -> str:
    """The term as a person would write it, for messages; shortened to `limit` characters."""
    text = _show(term)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(term: Term) -> str:
    shown = _SHOWN.get(type(term))
    return shown(term) if shown is not None else "…"


def _joined(terms: tuple[Term, ...], between: str = ", ") -> str:
    return between.join(_show(term) for term in terms)


def _show_call(term: Invoke) -> str:
    inside = [_show(value) for value in term.args] + [f"{name}={_show(value)}" for name, value in term.kwargs]
    return f"{_show(term.func)}({', '.join(inside)})"


def _show_template(term: Template) -> str:
    texts = (part.value if isinstance(part, Const) and isinstance(part.value, str) else f"{{{_show(part)}}}" for part in term.parts)
    return "".join(texts)


def _show_mapping(term: Mapping) -> str:
    entries = (f"{_show(key)}: {_show(value)}" if key is not None else f"**{_show(value)}" for key, value in term.entries)
    return "{" + ", ".join(entries) + "}"


_SHOWN_PARTS = {"made": 1, "without": 1, "handed": 1, "preset": 1}  # the call that makes an object; what is a part of something
_SHOWN: dict[type[object], Callable[[Any], str]] = {
    Const: lambda term: repr(term.value),
    Ref: lambda term: str(term.name).rsplit(".", 1)[-1],
    Param: lambda term: str(term.name),
    Attr: lambda term: f"{_show(term.base)}.{term.name}",
    Item: lambda term: f"{_show(term.base)}[{_show(term.key)}]",
    Invoke: _show_call,
    Given: lambda term: _show(term.base),
    Element: lambda term: "each of them" if re.search(r"^[\[{(]|each of|.{40}", text := _show(term.source)) else f"each of {text}",
    Phi: lambda term: _joined(term.options, " or "),
    Template: _show_template,
    Sequence: lambda term: f"[{_joined(term.items)}]",
    Mapping: _show_mapping,
    Op: lambda term: _joined(term.operands[: _SHOWN_PARTS.get(term.kind)], f" {term.kind} ") if term.operands else term.kind,
}

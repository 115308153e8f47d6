"""What library models share: fluent chains, alternatives, names."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from session_lint.facts.telling_names import names_class
from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Item, Param, Phi, Ref, Term, Unknown, dotted, root, strip

Columns = tuple[tuple[str, Term], ...]

MAX_VARIANTS = 8  # a name assigned in many branches: more alternatives than this add nothing

NOTHING = Const(None)
TRUE = Const(value=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a fluent chain: `base.name` or, when `call` is set, `base.name(...)`."""

    name: str
    base: Term
    call: Invoke | None

    @property
    def args(self) -> tuple[Term, ...]:
        """The positional arguments; none for a plain attribute."""
        return self.call.args if self.call is not None else ()

    @property
    def kwargs(self) -> Columns:
        """The keyword arguments; none for a plain attribute."""
        return self.call.kwargs if self.call is not None else ()

    def arg(self, position: int, name: str = "") -> Term | None:
        """The argument at a position or of a name, or None."""
        return self.call.arg(position, name) if self.call is not None else None

    def is_set(self, name: str) -> bool:
        """Whether the keyword argument is the constant True."""
        return self.arg(-1, name) == TRUE


@dataclass(frozen=True, slots=True)
class Chain:
    """`root.step.step(...)`. A call of a plain name, `f(x).g()`, is the root: Invoke f."""

    root: Term
    steps: tuple[Step, ...]

    def position(self, *names: str) -> int:
        """The place of the first step with one of the names, or -1."""
        return next((i for i, step in enumerate(self.steps) if step.name in names), -1)

    def find(self, *names: str) -> Step | None:
        """The first step with one of the names, or None."""
        position = self.position(*names)
        return self.steps[position] if position >= 0 else None

    def after(self, position: int) -> Chain:
        """The chain that starts behind a step."""
        return Chain(self.root, self.steps[position + 1 :])


def options(term: Term | None) -> Iterator[Term]:
    """The alternatives of a value: the options of a Phi, nested ones too, or the term itself."""
    if term is None:
        return
    term = strip(term)
    if isinstance(term, Phi):
        yield from islice((inner for option in term.options for inner in options(option)), MAX_VARIANTS)
    else:
        yield term


def chains(term: Term | None) -> Iterator[Chain]:
    """The fluent chain a value is the end of, once for every alternative value of the name it starts from."""
    if term is not None:
        yield from islice(_chains(term), MAX_VARIANTS)


def _chains(term: Term) -> Iterator[Chain]:
    steps: list[Step] = []
    term = strip(term)
    while True:
        if isinstance(term, Invoke) and isinstance(term.func, Attr):
            steps.append(Step(term.func.name, strip(term.func.base), term))
        elif isinstance(term, Attr):
            steps.append(Step(term.name, strip(term.base), None))
        else:
            break
        term = steps[-1].base
    behind = tuple(reversed(steps))
    if isinstance(term, Phi):
        for option in term.options:
            for chain in _chains(option):
                yield Chain(chain.root, chain.steps + _on(strip(option), behind))
    else:
        yield Chain(term, behind)


def _on(base: Term, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same steps on one of the alternatives."""
    found: list[Step] = []
    for step in steps:
        func = Attr(base, step.name)
        call = Invoke(func, step.call.args, step.call.kwargs, step.call.site) if step.call is not None else None
        found.append(Step(step.name, base, call))
        base = call if call is not None else func
    return tuple(found)


def on_class(chain: Chain, makers: frozenset[str]) -> Chain:
    """`QuerySet(Model).filter(...)` as `Model.filter(...)`; `makers` are the full names of such classes. Other chains as they are."""
    made = chain.root
    if not isinstance(made, Invoke) or dotted(made.func) not in makers or not chain.steps:
        return chain
    model = made.arg(0, "model")
    return chain if model is None else Chain(strip(model), _on(strip(model), chain.steps))


def origin(term: Term) -> Term:
    """The query a record came from: loop variables, items and unpacked results taken back to their source."""
    while True:
        match strip(term):
            case Element(source, _) | Item(source, Const(_)):
                term = source
            case Comprehension(element, _):
                term = element
            case Invoke(Ref("builtins.list" | "builtins.tuple"), (inner,), _):
                term = inner
            case other:
                return other


def last_name(term: Term) -> str:
    """The last written name of a value: `conn` for `self.conn`, `get_db` for `get_db()`."""
    match strip(term):
        case Attr(_, name) | Param(name):
            return name
        case Ref(name):
            return name.rsplit(".", 1)[-1]
        case Invoke(func, _, _):
            return last_name(func)
        case Item(base, _):
            return last_name(base)
        case Phi(alternatives):
            return next((name for name in map(last_name, alternatives) if name), "")
        case _:
            return ""


_CLASS_NAME = re.compile(r"_*[A-Z]\w*[a-z]\w*$|[A-Z]$|[A-Z]{2,4}$")


def is_record_class(term: Term) -> bool:
    """Whether a value looks like a mapped class: `Model`, `models.Model`, `self.model`, `cls`."""
    term = strip(term)
    if not isinstance(term, (Ref, Attr, Param)):
        return False
    name = last_name(term)
    return _CLASS_NAME.match(name) is not None or names_class(name)


def is_text(term: Term | None) -> bool:
    """Whether a value is a text constant."""
    return isinstance(term, Const) and isinstance(term.value, str)


def whole_name(term: Term | None) -> Term | None:
    """One spelling for a global: `models.User` is the same class as an imported `User`."""
    name = dotted(term) if isinstance(term, Attr) and isinstance(root(term), Ref) else None
    return Ref(name) if name is not None else term


def unseen(text: str) -> Term:
    """A value that cannot be seen; the same text gives the same value."""
    return Unknown("unseen", zlib.crc32(text.encode()))


def named(term: Term | None) -> Term | None:
    """A table or collection given by name: text is lower-cased, any other value is kept."""
    if isinstance(term, Const) and isinstance(term.value, str):
        return Const(term.value.lower())
    return strip(term) if term is not None else None

"""The contract of a framework: a file that says what one framework runs by itself, and in which order."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from session_lint.facts.terms import Invoke, Term


@dataclass(frozen=True, slots=True)
class Told:
    """A call in which a framework may be told what to run: `app.before_request(load)`, `path("cart", show)`.

    Names are absolute, as in Ref. `decorated` is the full name of the function or class below it, where the call is a decorator; one
    without parentheses is a call without arguments. `module` is where it stands.
    """

    module: str
    call: Invoke
    decorated: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a framework does by itself, as the Python text of one function that calls things by their absolute names; what it runs
    in a transaction stands under `with transaction:`.

    `home` is the function or class of the project that it is about, or a variable whose method it is (`name=".send"`). `handed` are
    parameters, each with the full name of its function, that are given this function: `call_next` of a middleware.
    """

    home: str
    text: str
    handed: tuple[tuple[str, str], ...] = ()
    name: str = ""  # where a home has several: what tells them apart; of a variable, a dot and the name of the method


class Wiring(Protocol):
    """What a framework may ask of the project."""

    def told(self, *names: str) -> Iterator[Told]:
        """The calls and decorators by the last of their names, in files that import the framework, in the order of files and lines."""

    def decorated(self, *names: str) -> Iterator[Told]:
        """The decorators by the last of their names, in the order of files; no file is read for them."""

    def find(self, full: str) -> str:
        """The full name under which something is defined that is imported or re-exported by another; "" for what is not of the project."""

    def inside(self, full: str) -> tuple[str, ...]:
        """The full names of the functions directly inside a function, or a class, of the project."""

    def parameters(self, full: str) -> tuple[str, ...]:
        """The names of the parameters of a function of the project, without `*args` and `**kwargs`."""

    def annotation(self, full: str, parameter: str) -> str:
        """The absolute dotted name that a parameter is annotated with; "" for none."""

    def default(self, full: str, parameter: str) -> Term | None:
        """The default of a parameter."""

    def value(self, full: str) -> Term | None:
        """What is assigned to a variable of a module."""

    def variables(self, name: str) -> Iterator[Term]:
        """What is assigned to the variables of a name, in any module."""

    def is_function(self, full: str) -> bool:
        """Whether a full name is a function of the project."""

    def classes(self) -> Iterable[str]:
        """The full names of the classes of the project."""

    def is_class(self, full: str) -> bool:
        """Whether a full name is a class of the project."""

    def method(self, cls: str, name: str) -> str:
        """The full name of a method that a class of the project has, its own or from a class of the project above it; "" for none."""

    def attribute(self, cls: str, name: str) -> Term | None:
        """What the body of a class of the project, or of one above it, assigns to an attribute."""

    def is_below(self, cls: str, *names: str) -> bool:
        """Whether a class of the project has a base outside of it by one of these last names."""


class Framework(ABC):
    """A framework. Its file is named like the package that a project imports; `title` is what people call it.

    `classes`: Python text of its classes, as far as methods of them call other methods on `self`; a class of the project that derives
    from one by its name has these methods too. One request begins with `respond()`. `self.handler(...)` stands for each of the methods
    in `handlers`, of which one request runs one; so does a method under one of the `handlers` that are decorators (`@action`).
    `self.clean_EACH(...)` is called for each method of the class with such a name, with the rest of it in the place of `EACH`.
    `self.Meta.model` is the class of the project that the class `Meta` inside of the class of the project names.
    `changing`: names that stand for something else in each request (`flask.g`). `handed`: methods that are handed an object for a new
    record, each with the attribute that holds the class of it, and the classes of the framework whose methods they are.
    """

    title: ClassVar[str]
    classes: ClassVar[str] = ""
    handlers: ClassVar[frozenset[str]] = frozenset()
    changing: ClassVar[frozenset[str]] = frozenset()
    handed: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def runs(self, wiring: Wiring) -> Iterable[Run]:  # noqa: ARG002 - one that is told of no function
        """What it runs of the functions that it is told of."""
        return ()

"""What a term can stand for in the program: functions, classes, instances, modules, containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from session_lint.facts.terms import Term

QUEUING = frozenset({"delay", "apply_async", "s", "si", "remote", "send", "kiq"})  # methods of a task that hand it to a queue


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function of the project. `receiver` is the object a method is bound to; `preset` are arguments of a partial.

    `through` is the class on which a method was found, which may be below the one that defines it.
    """

    full: str
    receiver: Term | None = None
    preset_args: tuple[Term, ...] = ()
    preset_kwargs: tuple[tuple[str, Term], ...] = ()
    through: ClassValue | None = None


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the project. `own`: the `cls` of a method, which may be a subclass; `after` is set for `super()`."""

    full: str
    own: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceValue:
    """An instance of a class of the project. `after` is set for `super()`: members are looked up behind that class.

    `own`: the `self` of a method, which may be an instance of a subclass.
    """

    full: str
    own: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the project."""

    full: str


@dataclass(frozen=True, slots=True)
class OutsideValue:
    """Something of a library or of Python itself, by dotted name. `final`: a call that made it asks that statements are final at once."""

    full: str
    final: bool = False

    @property
    def is_opened(self) -> bool:
        """Whether it is a connection that was opened by hand: how, no annotation can say."""
        return self.final or self.full.endswith(".connect()")


@dataclass(frozen=True, slots=True)
class ContainerValue:
    """A dict, list or tuple display with the scope its terms belong to; `scope` is a function or module name."""

    term: Term
    scope: str


@dataclass(frozen=True, slots=True)
class ElementsValue:
    """A container known only by what it holds (`list[Service]`)."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TupleValue:
    """What each position of a tuple can hold (`tuple[Service, Store]`)."""

    parts: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class RowsValue:
    """Rows of a mapped class: a manager, a query set, a query, a statement. `method` is one of it that is not called yet.

    `by`: they are those of one record, by this foreign key: `cart.lines`.
    """

    full: str
    method: str = ""
    by: str = ""


Value: TypeAlias = (
    FunctionValue | ClassValue | InstanceValue | ModuleValue | OutsideValue | ContainerValue | ElementsValue | TupleValue | RowsValue
)

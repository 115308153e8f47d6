"""What select chooses from: one function, or one name."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.module_index import FunctionIndex
from session_lint.facts.terms import Const, Invoke, Term, dotted


@dataclass(slots=True, eq=False)
class Node:
    """One function, one file's module-level code, or one name that stands for others (an alias, a class)."""

    number: int
    file: int
    qualname: str
    names: tuple[str, ...]  # what a mention must say to mean it; "Class.__init__" is said only by the class itself
    mentions: frozenset[str]  # bare names; of a function those that are meant whatever the receiver
    refs: tuple[str, ...] = ()  # full dotted names
    said: tuple[str, ...] = ()  # FunctionIndex.said, sorted
    calls: frozenset[str] = frozenset()  # the names of `said` that are called or handed on, not only read
    owner: str = ""  # qualname of the class that a method or attribute belongs to
    around: str = ""  # of a function nested in a method: the class
    repeated: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    function: FunctionIndex | None = None
    real: bool = True  # False: only passes on what it stands for
    declared: int = 0  # bit set of files with a base class that has this method: a call through the base may mean it
    holds: tuple[str, ...] = ()  # full names of which it has an object: it may run methods such as `__call__`, but makes none
    held: bool = False  # stands for an object of a class, as `holds` means it
    registry: bool = False  # a list that functions are put into from elsewhere: who reads it may run them
    top_level: bool = False  # a module-level function or class: a mention needs an import of the name or its module


def decorator_name(decorator: Term) -> str:
    """The last name of a decorator, called or not."""
    return (dotted(decorator.func if isinstance(decorator, Invoke) else decorator) or "").rpartition(".")[2]


def is_abstract(node: Node) -> bool:
    """Whether a subclass is to say what a method does."""
    function = node.function
    if function is None:
        return False
    return function.stub or any((dotted(decorator) or "").endswith("abstractmethod") for decorator in function.decorators)


def may_be_left_out(node: Node) -> list[str]:
    """The parameters that are None when they are not given."""
    return [p.name for p in node.function.parameters if p.default == Const(None)] if node.function is not None else []

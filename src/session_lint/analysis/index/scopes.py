"""Scopes and records that the walk over the statements of one file fills."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum

from session_lint.analysis.index.expressions import builtin_or, to_term
from session_lint.facts.terms import Param, Ref, Term, Unknown

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(Enum):
    """What opens a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"


@dataclass(slots=True, eq=False)
class Scope:
    """What one module, class or function binds, and where its own text lies (lines, 1-based, inclusive)."""

    kind: Kind
    module: str
    qualname: str = ""
    parent: Scope | None = None
    parameters: frozenset[str] = frozenset()
    imports: dict[str, str] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    bound: dict[str, ast.expr | None] = field(default_factory=dict)  # None: bound more than once, or not by `name = value`
    outer_names: set[str] = field(default_factory=set)  # declared global or nonlocal
    method_of: ClassRecord | None = None
    self_name: str = ""
    holes: list[tuple[int, int]] = field(default_factory=list)
    loops: list[tuple[int, int]] = field(default_factory=list)
    statements: list[tuple[int, int]] = field(default_factory=list)
    guards: set[str] = field(default_factory=set)  # names in the heads of handlers and `with` blocks
    loop_depth: int = 0
    _looking_up: set[str] = field(default_factory=set)

    @property
    def prefix(self) -> str:
        """The full dotted name of the scope with a dot behind it."""
        return "".join(part + "." for part in (self.module, self.qualname) if part)

    @property
    def captured(self) -> frozenset[str]:
        """The names that the functions around bind: a function nested in them sees their values."""
        found: set[str] = set()
        outer = self.parent
        while outer is not None and outer.parent is not None:
            if outer.kind is Kind.FUNCTION:
                found |= outer.parameters
                found.update(outer.bound)
            outer = outer.parent
        return frozenset(found)

    def child_name(self, name: str) -> str:
        """The qualname of something defined here."""
        return f"{self.qualname}.{name}" if self.qualname else name

    def text(self) -> Scope:
        """The scope whose text the statements of this one belong to: a class body runs as part of what is around it."""
        scope = self
        while scope.kind is Kind.CLASS and scope.parent is not None:
            scope = scope.parent
        return scope

    def bind(self, name: str, value: ast.expr | None) -> None:
        """Note that `name` is assigned here."""
        self.bound[name] = None if name in self.bound else value

    def lookup(self, name: str) -> Term:
        """What a name read in this scope stands for."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind is not Kind.CLASS or scope is self:
                found = scope.own(name, scope is self)
                if found is not None:
                    return found
            if scope.parent is None:
                break
            scope = scope.parent
        return builtin_or(name, self.module)

    def from_around(self, name: str) -> Term:
        """What a name read in this function stands for; a variable of a function around it by its full name, as in the facts."""
        if name not in self.parameters and name not in self.bound and name in self.captured:
            outer = self.parent
            while outer is not None and (outer.kind is not Kind.FUNCTION or (name not in outer.bound and name not in outer.parameters)):
                outer = outer.parent
            return Ref(outer.prefix + name) if outer is not None else self.lookup(name)
        return self.lookup(name)

    def in_method(self, name: str) -> Term:
        """What a name read here stands for in the method that this function is inside of: what it takes from there is a parameter of it."""
        found, method = self.lookup(name), self
        while isinstance(found, Unknown) and method.parent is not None and method.parent.kind is Kind.FUNCTION:
            if name in method.bound or name in method.parameters:
                return found
            method = method.parent
        return found if method is self else method.lookup(name)

    def own(self, name: str, inside: bool) -> Term | None:  # noqa: FBT001
        """What the scope itself binds the name to, seen from inside it or from a function nested in it."""
        if name in self.imports:
            return Ref(self.imports[name])
        if name in self.defined:
            return Ref(self.prefix + name)
        if self.kind is not Kind.FUNCTION:
            return Ref(self.prefix + name) if name in self.bound else None
        if name in self.parameters:
            if inside and name not in self.bound:
                return Param(name)
            return Unknown("parameter", 0)
        return self._local(name) if name in self.bound else None

    def _local(self, name: str) -> Term:
        """A local assigned once is its value."""
        value = self.bound[name]
        if value is None or name in self._looking_up:
            return Unknown("local", 0)
        self._looking_up.add(name)
        try:
            return to_term(value, self.lookup)
        finally:
            self._looking_up.discard(name)


@dataclass(slots=True, eq=False)
class FunctionRecord:
    """A function as met; its terms are made when the whole file is known."""

    node: FunctionNode
    scope: Scope  # its own scope
    owner: str | None
    first_line: int


@dataclass(slots=True, eq=False)
class ClassRecord:
    """A class as met."""

    node: ast.ClassDef
    scope: Scope
    methods: list[str] = field(default_factory=list)
    attributes: list[tuple[str, ast.expr | None, ast.expr | None]] = field(default_factory=list)  # name, value, annotation
    # attribute, method, scope of the method, value, annotation
    instance: list[tuple[str, str, Scope, ast.expr | None, ast.expr | None]] = field(default_factory=list)

"""The state of one function while it is evaluated: its flow so far, its calls, and the environment."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import libcst as cst

from session_lint.analysis.cst.names import below
from session_lint.analysis.cst.spans import Spans
from session_lint.analysis.extract.constants import Constants
from session_lint.analysis.extract.effects import Effects, take_over
from session_lint.analysis.extract.environment import Env
from session_lint.analysis.extract.guard import fits
from session_lint.analysis.extract.written import lines_of
from session_lint.facts.location import Span
from session_lint.facts.module_facts import Block, CallSite, Choice, Do, Loop, Step, Store
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Ref, Sequence, Term, Unknown, strip

_BUILTINS = frozenset(dir(builtins))
_SHARE = 6  # arguments that together still fit
_NOWHERE = Span(1, 1, 1, 1)
MODULE = "<module>"

_Node = TypeVar("_Node", bound=cst.CSTNode)
# Keyed by node class; each handler takes its own node class, which a dict cannot say.
EXPRESSIONS: dict[type[cst.CSTNode], Callable[[State, Any], Term]] = {}
STATEMENTS: dict[type[cst.CSTNode], Callable[[State, Any], None]] = {}


def expression(*kinds: type[cst.CSTNode]) -> Callable[[Callable[[State, _Node], Term]], Callable[[State, _Node], Term]]:
    """Register the evaluation of expressions of these classes."""

    def register(handler: Callable[[State, _Node], Term]) -> Callable[[State, _Node], Term]:
        EXPRESSIONS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def statement(*kinds: type[cst.CSTNode]) -> Callable[[Callable[[State, _Node], None]], Callable[[State, _Node], None]]:
    """Register the evaluation of statements of these classes."""

    def register(handler: Callable[[State, _Node], None]) -> Callable[[State, _Node], None]:
        STATEMENTS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What a file does not say of the names in it.

    `transparent` are full names of wrappers whose result stands for the callable they are given. `properties` are attributes whose
    reading may be a call.
    """

    transparent: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()


class ModuleScope:
    """What all functions of one file share: its names, positions and library models."""

    __slots__ = ("constants", "effects", "imports", "index", "lines", "names", "properties", "spans", "transparent", "walrus")

    def __init__(self, index: ModuleIndex, text: str, spans: Spans, effects: Effects, read: ReadAs) -> None:
        self.walrus = ":=" in text
        self.constants = Constants(index, text)
        self.index = index
        self.lines = lines_of(text)
        self.spans = spans
        self.effects = effects
        self.transparent = read.transparent
        self.properties = read.properties
        self.imports = dict(index.imports)
        own = (*(f.qualname for f in index.functions), *(c.qualname for c in index.classes), *(name for name, _ in index.variables))
        self.names = frozenset(name for name in own if "." not in name)

    def absolute(self, name: str) -> str:
        """The full dotted name of something this module defines."""
        return f"{self.index.module}.{name}" if self.index.module else name

    def lookup(self, name: str) -> Term:
        """What a name that no function binds stands for."""
        target = self.imports.get(name)
        if target is not None:
            return Ref(target)
        if name not in self.names and name in _BUILTINS:
            return Ref(f"builtins.{name}")
        return self.constants.statement(name) or Ref(self.absolute(name))

    def spelled(self, term: Term) -> Term:
        """A term inside text: of a module-level constant its text."""
        if not isinstance(term, Ref):
            return term
        owner, _, name = term.name.rpartition(".")
        return (self.constants.text(name) if owner == self.index.module else None) or term


# of each function around: its qualname, its names, what those are that it imports
Enclosing: TypeAlias = tuple[tuple[str, frozenset[str], dict[str, Term]], ...]


@dataclass(slots=True)
class LoopFrame:
    """The ways out of a loop body, as states to be joined."""

    breaks: list[Env] = field(default_factory=list)
    continues: list[Env] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pending:
    """A lambda met on the way, to be extracted as a function of its own."""

    qualname: str
    node: cst.Lambda
    enclosing: Enclosing


@dataclass(slots=True)
class State:
    """One function under evaluation. `enclosing`: innermost first."""

    module: ModuleScope
    qualname: str
    enclosing: Enclosing = ()
    env: Env = field(default_factory=lambda: Env({}, {}))
    block: list[Step] = field(default_factory=list)
    calls: list[CallSite] = field(default_factory=list)
    returns: list[Term] = field(default_factory=list)
    hints: list[tuple[Term, Term]] = field(default_factory=list)  # a term and the type it is said to have
    loops: tuple[int, ...] = ()
    frames: list[LoopFrame] = field(default_factory=list)
    lambdas: list[Pending] = field(default_factory=list)
    moments: list[tuple[int, tuple[tuple[str, Term], ...]]] = field(default_factory=list)  # FunctionFacts.moments
    awaited: set[int] = field(default_factory=set)  # ids of call nodes under an await
    joined: set[int] = field(default_factory=set)  # FunctionFacts.joined
    started: dict[str, str] = field(default_factory=dict)  # FunctionFacts.started
    targets: dict[int, str] = field(default_factory=dict)  # id of a call node -> text it is bound to
    outside: dict[str, Ref] = field(default_factory=dict)  # names declared global or nonlocal
    born: dict[str, tuple[int, ...]] = field(default_factory=dict)  # loops around the last assignment of a name
    prefix: str = ""  # the classes around, inside the function: "Class."
    loop_count: int = 0
    nested: int = 0  # ternaries around this point
    unknown_count: int = 0

    def evaluate(self, node: cst.CSTNode) -> Term:
        """The term of an expression; its calls are added to the flow."""
        handler = EXPRESSIONS.get(type(node))
        if handler is not None:
            return handler(self, node)
        for inner in below(node):
            self.evaluate(inner)
        return self.unknown(type(node).__name__.lower())

    def execute(self, body: cst.BaseSuite) -> None:
        """Run the statements of a suite."""
        for node in body.body:
            self.run(node)

    def run(self, node: cst.CSTNode) -> None:
        """Run one statement."""
        handler = STATEMENTS.get(type(node))
        if handler is not None:
            handler(self, node)

    def unknown(self, reason: str) -> Unknown:
        """A fresh value that nothing is known of."""
        self.unknown_count += 1
        return Unknown(reason, self.unknown_count, self.loops[-1] if self.loops else -1)

    def made(self, term: Term) -> Term:
        """The term; when it has grown too large, the call without its large arguments, or Unknown."""
        if fits(term):
            return term
        slim = self._slim(term) if isinstance(term, Invoke) else term
        return slim if fits(slim) else self.unknown("large")

    def _slim(self, call: Invoke) -> Invoke:
        """The call with what is large in its arguments left out: a long payload must not hide what is called."""
        func = call.func
        if isinstance(func, Attr) and isinstance(func.base, Invoke):
            func = Attr(self._slim(func.base), func.name)
        return Invoke(func, tuple(map(self._modest, call.args)), tuple((k, self._modest(v)) for k, v in call.kwargs), call.site)

    def _modest(self, term: Term) -> Term:
        return term if fits(Sequence("list", (term,) * _SHARE)) else self.unknown("large")

    def lookup(self, name: str) -> Term:
        """What a name stands for here, without what is known of the value."""
        outside = self.outside.get(name)
        local = self.env.names.get(name) if outside is None else outside
        if local is not None:
            return local
        for qualname, names, imported in self.enclosing:
            if name in names:
                return imported.get(name) or Ref(self.module.absolute(f"{qualname}.{name}"))
        return self.module.lookup(name)

    def attribute(self, base: Term, name: str) -> Term:
        """`base.name`, or what was stored there."""
        return self.env.read(self.made(Attr(strip(base), name)))

    def emit(self, step: Step) -> None:
        """Append a step to the flow."""
        self.block.append(step)

    def store(self, place: Term, value: Term) -> None:
        """A value is kept beyond the local scope."""
        self.emit(Store(place, value))
        self.env.store(place, value)

    @contextmanager
    def capture(self) -> Iterator[list[Step]]:
        """Collect the steps of a nested block apart."""
        outer, self.block = self.block, []
        try:
            yield self.block
        finally:
            self.block = outer

    def choose(self, choice: Choice) -> None:
        """Append a choice, unless nothing happens in any of its arms."""
        if any(arm.body for arm in choice.arms):
            self.emit(choice)

    def looped(self, number: int, kind: str, body: Block, orelse: Block = (), source: Term | None = None) -> None:
        """Append a loop, unless nothing happens in it."""
        if body or orelse:
            self.emit(Loop(number, kind, body, orelse, source))

    def next_loop(self) -> int:
        """A fresh loop number, from 0."""
        self.loop_count += 1
        return self.loop_count - 1

    @contextmanager
    def inside(self, number: int) -> Iterator[None]:
        """Be inside a loop."""
        outer, self.loops = self.loops, (*self.loops, number)
        try:
            yield
        finally:
            self.loops = outer

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands."""
        return self.module.spans.of(node) or _NOWHERE

    def name_span(self, node: cst.CSTNode) -> Span:
        """Where the last name of a callee stands."""
        while True:
            if isinstance(node, cst.Attribute):
                return self.module.spans.last_name(node) or _NOWHERE
            if isinstance(node, cst.Call):
                node = node.func
            elif isinstance(node, cst.Subscript):
                node = node.value
            elif isinstance(node, cst.Await):
                node = node.expression
            else:
                return self.module.spans.of(node) or _NOWHERE

    def call(self, site: CallSite) -> Term:
        """Record a call and its effects; its value."""
        index = len(self.calls)
        invoke = Invoke(site.func, site.args, site.kwargs, index)
        effects = self.module.effects.of(invoke, qualname=self.qualname)
        if effects:
            take_over(self.calls, site.func, effects)
        said = (site.func, site.args, site.kwargs, site.spread, site.span, site.name_span, site.awaited, site.concurrent, site.target)
        self.calls.append(CallSite(index, *said, site.indirect, effects, self.loops, site.text, site.injected))
        self.emit(Do(index))
        inner = self.module.absolute(self.qualname + ".")
        if any(isinstance(one, Ref) and one.name.startswith(inner) for one in (site.func, *site.args)):
            self.moments.append((index, tuple(self.env.names.items())))
        return self.made(invoke)

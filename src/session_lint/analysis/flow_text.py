"""From the Python text in which a framework's own calls are written down to the index and the facts of a flow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from session_lint.facts.effects import Scope, ScopeKind
from session_lint.facts.location import Span
from session_lint.facts.module_facts import Arm, Block, CallSite, Choice, Condition, Do, Exit, FunctionFacts, Step, Store, Within
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Term, dotted

EACH = "EACH"
_PREFIX = re.compile(rf"\bself\.(\w*){EACH}\(")
ROWS = ".objects"  # the rows of a class: what is called on these is a call of a client
_MODEL = "self.Meta.model"
HANDLER = "handler"  # `self.handler(...)`: each of the methods of which one request runs one
_NOWHERE = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says: its parameters, its facts, the names that it calls as in FunctionIndex, and the full names that it calls."""

    parameters: tuple[Parameter, ...]
    facts: FunctionFacts
    said: tuple[str, ...]
    runs: tuple[str, ...]


@lru_cache(maxsize=64)
def classes(text: str) -> Mapping[str, tuple[tuple[str, ...], Mapping[str, ast.FunctionDef]]]:
    """The classes of a text by name: their bases, and their methods."""
    found: dict[str, tuple[tuple[str, ...], Mapping[str, ast.FunctionDef]]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
            found[node.name] = (bases, {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)})
    return found


def function(text: str) -> ast.FunctionDef | None:
    """The one function of a text; None where it calls something by a name that no Python can say: two applications that have modules
    of one name go by their directories, and one of these may be called `django-axes-5.13`."""
    try:
        node = ast.parse(text).body[0]
    except SyntaxError:
        return None
    assert isinstance(node, ast.FunctionDef)
    return node


def for_each(node: ast.FunctionDef, names: Iterable[str]) -> ast.FunctionDef:
    """A method as one class has it: it calls `self.clean_EACH(...)` for each method of these names, `EACH` being the rest of the name."""
    if not any(isinstance(part, ast.Attribute) and part.attr.endswith(EACH) for part in ast.walk(node)):
        return node
    body: list[ast.stmt] = []
    for statement in node.body:
        text = ast.unparse(statement)
        start = next(iter(_PREFIX.findall(text)), None)
        rests = [name.removeprefix(start) for name in names if name.startswith(start)] if start is not None else [EACH]
        body += [inner for rest in rests for inner in ast.parse(text.replace(EACH, rest)).body]
    return ast.FunctionDef(node.name, node.args, body or [ast.Pass()], [], lineno=node.lineno, col_offset=node.col_offset)


def of_model(node: ast.FunctionDef, model: str) -> ast.FunctionDef | None:
    """A method as a class has it of which `Meta.model` is known; None where it is not, and the method needs it."""
    text = ast.unparse(node)
    if _MODEL not in text:
        return node
    return function(text.replace(_MODEL, model)) if model else None


def read(node: ast.FunctionDef, qualname: str, row: int, handlers: tuple[str, ...] = ()) -> Written:
    """What a function of a text says, as one that stands in a row of a file."""
    written = _read(node, handlers)
    return replace(written, facts=replace(written.facts, qualname=qualname, name_span=Span(row, 1, row, 1)))


@lru_cache(maxsize=512)
def _read(node: ast.FunctionDef, handlers: tuple[str, ...]) -> Written:
    """The same wherever it stands: many classes have one method of a framework."""
    parameters = _parameters(node.args)
    reader = _Reader(frozenset(one.name for one in parameters), handlers)
    body = reader.block(node.body)
    facts = FunctionFacts("", tuple(reader.calls), body, tuple(reader.returns), (), _NOWHERE)
    return Written(parameters, facts, tuple(sorted(reader.said)), tuple(reader.runs))


def _parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    found = [Parameter(one.arg) for one in arguments.args]
    missing = len(found) - len(arguments.defaults)
    found = [one if number < missing else Parameter(one.name, default=Const(None)) for number, one in enumerate(found)]
    if arguments.vararg is not None:
        found.append(Parameter(arguments.vararg.arg, "args"))
    if arguments.kwarg is not None:
        found.append(Parameter(arguments.kwarg.arg, "kwargs"))
    return tuple(found)


@dataclass(slots=True)
class _Reader:
    parameters: frozenset[str]
    handlers: Sequence[str]
    calls: list[CallSite] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    runs: dict[str, None] = field(default_factory=dict)
    local: dict[str, Term] = field(default_factory=dict)
    returns: list[Term] = field(default_factory=list)

    def block(self, body: Sequence[ast.stmt]) -> Block:
        return tuple(step for node in body for step in self.steps(node))

    def steps(self, node: ast.stmt) -> list[Step]:
        match node:
            case ast.Expr(value):
                return self.done(value)[0]
            case ast.Assign([ast.Name(name)], value):
                found, self.local[name] = self.done(value)
                return found
            case ast.Assign([ast.Attribute() | ast.Subscript() as target], value):
                found, term = self.done(value)
                return [*found, Store(self.term(target, []), term)]
            case ast.Return(value) if value is not None:
                found, term = self.done(value)
                self.returns.append(term)
                return [*found, Exit("return", term)]
            case ast.With([ast.withitem(ast.Name("transaction"))], body):  # one that holds whatever runs inside
                return [Within(Scope(ScopeKind.TRANSACTION), self.block(body))]
            case ast.If(test, body, orelse):
                found, term = self.done(test)
                tests = [(Condition(term, holds=holds),) if isinstance(term, Attr) else () for holds in (True, False)]
                return [*found, Choice((Arm(tests[0], self.block(body)), Arm(tests[1], self.block(orelse))))]
            case _:
                return []

    def done(self, node: ast.expr) -> tuple[list[Step], Term]:
        """The calls of an expression in their order, and its value."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == HANDLER:
            arms: list[Arm] = []
            for name in self.handlers:
                found: list[Step] = []
                self.term(ast.Call(ast.Attribute(node.func.value, name), node.args, node.keywords), found)
                arms.append(Arm((), tuple(found)))
            return [Choice(tuple(arms))] if arms else [], Const(None)
        steps: list[Step] = []
        term = self.term(node, steps)
        return steps, term

    def term(self, node: ast.expr, steps: list[Step]) -> Term:
        match node:
            case ast.Name(name):
                return self.local.get(name) or (Param(name) if name in self.parameters else Ref(name))
            case ast.Attribute(base, name):
                whole = Attr(self.term(base, steps), name)
                full = dotted(whole)
                return Ref(full) if isinstance(_start(whole), Ref) and full is not None and ROWS not in full else whole
            case ast.Constant(value):
                return Const(value if isinstance(value, (str, int, bool)) or value is None else repr(value))
            case ast.Subscript(base, key):
                return Item(self.term(base, steps), self.term(key, steps))
            case ast.Starred(value):
                return Op("starred", (self.term(value, steps),))
            case ast.Call():
                return self.call(node, steps)
            case _:
                return Const("...")

    def call(self, node: ast.Call, steps: list[Step]) -> Term:
        func = self.term(node.func, steps)
        args = tuple(self.term(one, steps) for one in node.args)
        kwargs = tuple((one.arg or "", self.term(one.value, steps)) for one in node.keywords)
        self.name(func)
        spread = any(isinstance(one, Op) and one.kind == "starred" for one in args) or any(not name for name, _ in kwargs)
        index = len(self.calls)
        self.calls.append(
            CallSite(index, func, args, kwargs, spread, _NOWHERE, _NOWHERE, awaited=True, concurrent="", target="", indirect=False,
                     effects=(), loops=())
        )  # fmt: skip
        steps.append(Do(index))
        return Invoke(func, args, kwargs, index)

    def name(self, func: Term) -> None:
        """Notes what a call names."""
        match func:
            case Ref(full):
                self.runs[full] = None
            case Attr(Invoke(Ref(full)), name):  # `Class().method()`
                self.runs[f"{full}.{name}"] = None
            case Invoke(Ref(full)):
                self.runs[f"{full}.__call__"] = None
            case Attr(Param("self"), name):
                self.said.add(f"self.{name}(")
            case Attr(Attr(Ref(full), name), verb) if name == ROWS[1:]:
                self.said |= {f"{full.rpartition('.')[2]}{ROWS}", f"{ROWS}.{verb}("}
            case Attr(_, name):
                self.said.add(f".{name}(")
            case Param(name):
                self.said.add(f"{name}(")


def _start(term: Term) -> Term:
    while isinstance(term, Attr):
        term = term.base
    return term

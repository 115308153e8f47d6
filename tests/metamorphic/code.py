"""Reading and building Python with libcst, as the transformations need it."""

from __future__ import annotations

import builtins
import dataclasses
import functools
import re
import symtable
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_NOTHING = cst.Module([])
_OWN_FRAME = frozenset({"super", "locals", "vars", "globals", "__class__"})  # what means another thing in another function
BUILTINS = frozenset(vars(builtins))
_LAYOUT = re.compile(r"whitespace|lines|par$|bracket|brace|comma|semicolon|dot|colon|header|footer|encoding|indent|newline|equal$")
_SCOPES = (
    cst.Lambda,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.GeneratorExp,
    cst.FunctionDef,
    cst.ClassDef,
    cst.FormattedStringExpression,
)
_HOLDS_STATEMENTS = frozenset({
    *(cst.Module, cst.IndentedBlock, cst.FunctionDef, cst.ClassDef, cst.If, cst.Else, cst.For, cst.While, cst.With),
    *(cst.Match, cst.MatchCase, cst.Try, cst.TryStar, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally),
})  # fmt: skip


def code(node: cst.CSTNode) -> str:
    """The text of a node."""
    return _NOTHING.code_for_node(node)


def expression(text: str) -> cst.BaseExpression:
    """An expression from its text."""
    return cst.parse_expression(text)


def statements(text: str) -> list[Statement]:
    """Statements from their text."""
    return list(cst.parse_module(text).body)


def statement(text: str) -> Statement:
    """One statement from its text."""
    (found,) = statements(text)
    return found


def found(node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> list[cst.CSTNode]:
    """The nodes of these kinds in a node, itself included."""
    inside = [one for child in parts(node) for one in found(child, *kinds)]
    return [node, *inside] if isinstance(node, kinds) else inside


def parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly in a node, without blanks, comments and brackets: faster than `children`."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, list | tuple):
            yield from (one for one in value if isinstance(one, cst.CSTNode))


@functools.cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if not _LAYOUT.search(field.name))


def holds_statements(node: cst.CSTNode) -> bool:
    """Whether statements may be in a node: who looks for these need not look into the others, where most nodes are."""
    return type(node) in _HOLDS_STATEMENTS


def outside_scopes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and what is in it, without the inside of lambdas, comprehensions, f-strings, nested functions and classes."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in parts(node):
            yield from outside_scopes(child)


def free_names(value: cst.BaseExpression) -> tuple[str, ...]:
    """The names an expression takes from around it, builtins among them, in the order in which they appear."""
    return _free_names(code(value))


@functools.lru_cache(maxsize=8192)
def _free_names(text: str) -> tuple[str, ...]:
    table = symtable.symtable(f"async def _():\n return (\n{text}\n )", "<expression>", "exec").get_children()[0]
    names = {symbol.get_name() for one in _tables(table) for symbol in one.get_symbols() if symbol.is_global()}
    order = [name.value for name in found(expression(f"({text})"), cst.Name) if isinstance(name, cst.Name)]
    return tuple(dict.fromkeys(name for name in order if name in names))


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def local_names(function: cst.FunctionDef) -> frozenset[str]:
    """Parameters and names that are bound in the body of a function."""
    return _bound(function)[0]


def rebound_names(function: cst.FunctionDef) -> frozenset[str]:
    """Names that are bound in the body of a function: a parameter among them does not keep its value."""
    return _bound(function)[1]


@functools.lru_cache(maxsize=4096)
def _bound(function: cst.FunctionDef) -> tuple[frozenset[str], frozenset[str]]:
    tables = symtable.symtable(code(function).strip("\n"), "<function>", "exec").get_children()
    table = next(one for one in tables if one.get_type() == "function" and one.get_name() not in {"lambda", "genexpr", "listcomp"})
    symbols = table.get_symbols()
    inner = frozenset(symbol.get_name() for symbol in symbols if symbol.is_local())
    bound = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    bound |= {symbol.get_name() for one in _tables(table) for symbol in one.get_symbols() if symbol.is_nonlocal()}
    return inner, frozenset(bound)


def parameters(function: cst.FunctionDef) -> list[cst.Param]:
    """All parameters, `*args` and `**kwargs` among them."""
    params = function.params
    stars = [star for star in (params.star_arg, params.star_kwarg) if isinstance(star, cst.Param)]
    return [*params.posonly_params, *params.params, *params.kwonly_params, *stars]


def plain_parameters(function: cst.FunctionDef) -> bool:
    """Whether the function has only parameters that can be given by position or by name."""
    params = function.params
    return not (params.posonly_params or params.kwonly_params or params.star_kwarg or isinstance(params.star_arg, cst.Param))


def arguments_on(function: cst.FunctionDef, *, skip: int = 0) -> str:
    """The text of arguments that hand on what the function was given."""
    params = function.params
    positional = [param.name.value for param in (*params.posonly_params, *params.params)][skip:]
    star = [f"*{params.star_arg.name.value}"] if isinstance(params.star_arg, cst.Param) else []
    named = [f"{param.name.value}={param.name.value}" for param in params.kwonly_params]
    double = [f"**{params.star_kwarg.name.value}"] if params.star_kwarg else []
    return ", ".join([*positional, *star, *named, *double])


def is_async(function: cst.FunctionDef) -> bool:
    """Whether it is declared with `async def`."""
    return function.asynchronous is not None


def is_generator(function: cst.FunctionDef) -> bool:
    """Whether the body yields."""
    return any(isinstance(node, cst.Yield) for inner in function.body.body for node in outside_scopes(inner))


def beside_others(arg: cst.Arg) -> cst.Arg:
    """The argument as it is written when it is not the only one: a generator in brackets."""
    value = arg.value
    bare = isinstance(value, cst.GeneratorExp) and not value.lpar
    return arg.with_changes(value=value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])) if bare else arg


def calls_of_project(value: cst.CSTNode) -> bool:
    """Whether something is called that is no builtin: what may matter to a verdict."""
    calls = [node for node in found(value, cst.Call) if isinstance(node, cst.Call)]
    return any(not (isinstance(call.func, cst.Name) and call.func.value in BUILTINS) for call in calls)


def may_move(value: cst.CSTNode) -> bool:
    """Whether it means the same inside another function."""
    names = {name.value for name in found(value, cst.Name) if isinstance(name, cst.Name)}
    return not found(value, cst.Yield, cst.NamedExpr) and not names & _OWN_FRAME


def awaits(value: cst.CSTNode) -> bool:
    """Whether it can only stand in an async function."""
    if any(isinstance(node, cst.Await) for node in outside_scopes(value)):
        return True
    comprehensions = [node for node in found(value, cst.CompFor) if isinstance(node, cst.CompFor)]
    return any(one.asynchronous is not None for one in comprehensions) or bool(found(value, cst.Await))


class Names(cst.CSTTransformer):
    """Replaces names where they are read or bound, and not where a word only looks like one: attributes, keywords of calls."""

    def __init__(self, change: Callable[[cst.Name], cst.BaseExpression]) -> None:
        super().__init__()
        self.change = change
        self.kept: set[int] = set()

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.kept.add(id(node.attr))

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword is not None:
            self.kept.add(id(node.keyword))

    def visit_MatchKeywordElement(self, node: cst.MatchKeywordElement) -> None:
        self.kept.add(id(node.key))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return updated_node if id(original_node) in self.kept else self.change(updated_node)


def renamed(node: Node, names: dict[str, str]) -> Node:
    """The node with names that are read or bound in it renamed."""
    changed = node.visit(Names(lambda name: name.with_changes(value=names.get(name.value, name.value))))
    assert isinstance(changed, type(node))
    return changed


@dataclass(frozen=True, slots=True)
class Where:
    """The function that a statement stands in. `owner` is its class, None for a function of the module."""

    path: str
    function: cst.FunctionDef
    owner: cst.ClassDef | None

    @property
    def locals(self) -> frozenset[str]:
        """Parameters and names bound in the function."""
        return local_names(self.function)

    @property
    def me(self) -> str:
        """What the method calls its object: `self`, `cls`; "" in a function and a static method."""
        if self.owner is None or any(code(one.decorator) == "staticmethod" for one in self.function.decorators):
            return ""
        params = [*self.function.params.posonly_params, *self.function.params.params]
        return params[0].name.value if params else ""


class _Swap(cst.CSTTransformer):
    def __init__(self, new: dict[int, cst.BaseExpression]) -> None:
        super().__init__()
        self.new = new

    def on_visit(self, node: cst.CSTNode) -> bool:
        return id(node) not in self.new

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        return self.new.get(id(original_node), updated_node)


def swapped(value: cst.BaseExpression, pairs: Iterable[tuple[cst.BaseExpression, cst.BaseExpression]]) -> cst.BaseExpression:
    """The expression with some of its parts replaced, all at once: a change makes every node above and beside it a new one."""
    made = value.visit(_Swap({id(old): new for old, new in pairs}))
    assert isinstance(made, cst.BaseExpression)
    return made


Rewrite = Callable[[Where, cst.SimpleStatementLine], Sequence[Statement] | None]


class Lines(cst.CSTTransformer):
    """Hands every simple statement of a function or method to `rewrite`, which gives what stands in its place or None.

    The inside of nested functions is left alone, and so is a docstring.
    """

    def __init__(self, path: str, rewrite: Rewrite) -> None:
        super().__init__()
        self.path = path
        self.rewrite = rewrite
        self.functions: list[cst.FunctionDef] = []
        self.owners: list[cst.ClassDef] = []
        self.docstrings: set[int] = set()
        self.changed = False

    def on_visit(self, node: cst.CSTNode) -> bool:
        return super().on_visit(node) and holds_statements(node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        if self.functions:
            return False
        self.functions.append(node)
        first = node.body.body[0] if node.body.body else None
        if first is not None and node.get_docstring() is not None:
            self.docstrings.add(id(first))
        return True

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if self.functions and self.functions[-1] is original_node:
            self.functions.pop()
        return updated_node

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        if self.functions:
            return False
        self.owners.append(node)
        return True

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        if not self.functions:
            self.owners.pop()
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[Statement]:
        if not self.functions or id(original_node) in self.docstrings:
            return updated_node
        where = Where(self.path, self.functions[-1], self.owners[-1] if self.owners else None)
        given = self.rewrite(where, updated_node)
        self.changed |= given is not None
        return updated_node if given is None else cst.FlattenSentinel(given)


def in_functions(path: str, module: Node, rewrite: Rewrite) -> Node:
    """The module, or a top-level statement of it, with the simple statements of its functions rewritten."""
    lines = Lines(path, rewrite)
    changed = module.visit(lines)
    assert isinstance(changed, type(module))
    return changed if lines.changed else module


def by_top_level(module: cst.Module, change: Callable[[Statement], Sequence[Statement]]) -> cst.Module:
    """The module with each of its own statements replaced by what `change` gives."""
    done = [(top, change(top)) for top in module.body]
    same = all(len(new) == 1 and new[0] is top for top, new in done)
    return module if same else module.with_changes(body=[one for _, new in done for one in new])


def with_imports(module: cst.Module, lines: Iterable[str]) -> cst.Module:
    """The module with import lines after its own imports, each once."""
    new = [statement(line) for line in dict.fromkeys(lines)]
    place = 0
    for position, top in enumerate(module.body):
        if isinstance(top, cst.SimpleStatementLine) and isinstance(top.body[0], cst.Import | cst.ImportFrom):
            place = position + 1
    if not place and module.get_docstring() is not None:
        place = 1
    return module.with_changes(body=[*module.body[:place], *new, *module.body[place:]]) if new else module


def sole(line: cst.SimpleStatementLine) -> cst.BaseSmallStatement | None:
    """The statement of a line that holds one."""
    return line.body[0] if len(line.body) == 1 else None


def value_of(small: cst.BaseSmallStatement | None) -> cst.BaseExpression | None:
    """The expression that a statement evaluates, assigns or returns."""
    if isinstance(small, cst.Expr | cst.Assign | cst.AnnAssign | cst.Return | cst.AugAssign):
        return small.value
    return None


def with_value(line: cst.SimpleStatementLine, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    """The line with another expression in the place of the one it evaluates."""
    return line.with_changes(body=[line.body[0].with_changes(value=value)])


class Numbers:
    """New names for one program: `base_1`, `base_2`..., none of which it has already."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts)
        self.last: dict[str, int] = {}

    def next(self, base: str) -> str:
        """The next free name."""
        while True:
            self.last[base] = self.last.get(base, 0) + 1
            name = f"{base}_{self.last[base]}"
            if name not in self.text:
                return name

"""The calls in which a framework may be told what to run, read from the text of the files that make them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from session_lint.analysis.index.expressions import builtin_or, to_term
from session_lint.analysis.index.imports import absolute, bound_by_from, bound_by_import
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Invoke, Ref, Term
from session_lint.project.module_names import meant

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class Found:
    """What one file says: the calls by some names, in order, and what local variables of its functions are assigned, by full name."""

    calls: list[Invoke] = field(default_factory=list)
    assigned: dict[str, Term] = field(default_factory=dict)


def told(index: ModuleIndex, data: bytes, names: Collection[str]) -> Found:
    """What a file says by these names. A file that does not parse says nothing: it has no index either."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # newer than this Python: read by names alone
        return Found()
    reader = _Reader(index, names)
    reader.block(tree.body, index.module, {})
    return reader.found


class _Reader:
    def __init__(self, index: ModuleIndex, names: Collection[str]) -> None:
        self._index = index
        self._names = names
        self.found = Found()

    def block(self, body: list[ast.stmt], full: str, around: dict[str, str]) -> None:
        """The statements of a module, a class or a function; `around` are the names that are known in it."""
        nodes = list(_inside(body))
        known = {**around, **self._bound(nodes, full)}
        for node in nodes:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.block(node.body, f"{full}.{node.name}", {**known, **_taken(node, full)})
                case ast.ClassDef():
                    self.block(node.body, f"{full}.{node.name}", known)
                case ast.Call():
                    self._call(node, known)
                case ast.Assign([ast.Name(name)], ast.Call() as value):
                    self.found.assigned[f"{full}.{name}"] = self._term(value, known)

    def _bound(self, nodes: list[ast.AST], full: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.Import):
                found.update([(name, meant(target, self._index.renamed)) for name, target in bound_by_import(node)])
            elif isinstance(node, ast.ImportFrom):
                source = absolute(self._index.module, node.level, node.module, is_package=self._index.is_package)
                found.update(bound_by_from(node, source if node.level else meant(source, self._index.renamed))[0])
            elif isinstance(node, _Scope):
                found[node.name] = f"{full}.{node.name}"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.setdefault(node.id, f"{full}.{node.id}")
        return found

    def _call(self, node: ast.Call, known: dict[str, str]) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        if name in self._names:
            node.args = [_number(one) for one in node.args]
            for keyword in node.keywords:
                keyword.value = _number(keyword.value)
            term = self._term(node, known)
            if isinstance(term, Invoke):
                self.found.calls.append(term)

    def _term(self, node: ast.expr, known: dict[str, str]) -> Term:
        return to_term(node, lambda name: Ref(known[name]) if name in known else builtin_or(name, self._index.module))


def _number(node: ast.expr) -> ast.expr:
    """`-1` as the number that it is."""
    match node:
        case ast.UnaryOp(ast.USub(), ast.Constant(int(value))):
            return ast.Constant(-value)
        case _:
            return node


def _taken(node: _Function, full: str) -> dict[str, str]:
    """The parameters of a function, as names of its own."""
    arguments = node.args
    return {one.arg: f"{full}.{node.name}.{one.arg}" for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements in their order, without what is inside functions and classes that they define."""
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _Scope):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))

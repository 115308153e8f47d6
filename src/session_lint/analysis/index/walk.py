"""The walk over the statements of one file. Expressions are not entered: their names are read from the text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from session_lint.analysis.index.imports import absolute, bound_by_from, bound_by_import
from session_lint.analysis.index.scopes import ClassRecord, FunctionNode, FunctionRecord, Kind, Scope
from session_lint.facts.module_index import ABOVE
from session_lint.project.module_names import Renamed, meant


class Walk:
    """Collects what a file defines. Read the lists when `run` has returned."""

    def __init__(self, module: str, lines: Sequence[str], *, is_package: bool, renamed: Renamed = ()) -> None:
        """`renamed`: what first names of imports mean here."""
        self.module = module
        self.renamed = renamed
        self.lines = lines
        self.is_package = is_package
        self.top = Scope(Kind.MODULE, module)
        self.functions: list[FunctionRecord] = []
        self.classes: list[ClassRecord] = []
        self.imports: dict[str, str] = {}
        self.alternatives: list[tuple[str, str]] = []
        self.star_imports: dict[str, None] = {}
        self.inner_imports: dict[str, None] = {}
        # name, key of an item assignment or None, value, annotation, scope the value is read in
        self.variables: list[tuple[str, ast.expr | None, ast.expr | None, ast.expr | None, Scope]] = []

        self.stores: list[tuple[ast.Name, str, ast.expr, Scope]] = []  # `Class.name = value`: the class, the name, the value

    def run(self, tree: ast.Module) -> None:
        """Walk the module."""
        if ast.get_docstring(tree, clean=False) is not None:
            self._hole(tree.body[0], self.top)
        self._body(tree.body, self.top)

    def forget(self) -> None:
        """Let go of the tree: a class and its scope know each other, and nobody collects cycles while files are indexed."""
        for record in self.classes:
            record.scope.method_of = None
            record.instance.clear()

    def _body(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        ranges = scope.text().statements
        for node in statements:
            handler = _HANDLERS.get(node.__class__)
            if handler is None:
                ranges.append((node.lineno, node.end_lineno or node.lineno))
            else:
                handler(self, node, scope)

    def _hole(self, node: ast.stmt, text: Scope) -> None:
        """Leave a statement out of the text, if it has its lines to itself."""
        last = node.end_lineno or node.lineno
        if ";" not in self.lines[last - 1] and not self.lines[node.lineno - 1][: node.col_offset].strip():
            text.holes.append((node.lineno, last))

    # Definitions

    def _function(self, node: FunctionNode, scope: Scope) -> None:
        first = min([d.lineno for d in node.decorator_list], default=node.lineno)
        owner = self.classes_by_scope(scope)
        arguments = node.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        names += [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
        inner = Scope(Kind.FUNCTION, self.module, scope.child_name(node.name), scope, frozenset(names))
        if owner is not None:
            owner.methods.append(node.name)
            scope.defined.add(node.name)
            inner.method_of = owner
            inner.self_name = names[0] if names else ""
            if node.name == "__init__":
                owner.instance += [(ABOVE, node.name, inner, call, None) for call in _calls_above(node.body)]
        else:
            self._define(node, scope)
            # a function nested in a method sees the method's self
            inner.method_of, inner.self_name = scope.method_of, scope.self_name if scope.self_name not in names else ""
        scope.text().holes.append((first, node.end_lineno or node.lineno))
        self.functions.append(FunctionRecord(node, inner, owner.scope.qualname if owner else None, first))
        self._body(node.body, inner)

    def _define(self, node: FunctionNode | ast.ClassDef, scope: Scope) -> None:
        scope.defined.add(node.name)
        if scope is self.top and node.col_offset == 0:  # it replaces what an import before it has bound
            self.imports.pop(node.name, None)
            self.top.imports.pop(node.name, None)

    def classes_by_scope(self, scope: Scope) -> ClassRecord | None:
        """The class that a class scope belongs to."""
        return scope.method_of if scope.kind is Kind.CLASS else None

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._define(node, scope)
        inner = Scope(Kind.CLASS, self.module, scope.child_name(node.name), scope)
        record = ClassRecord(node, inner)
        inner.method_of = record
        self.classes.append(record)
        text = scope.text()
        if ast.get_docstring(node, clean=False) is not None:
            self._hole(node.body[0], text)
        self._header(node, scope)
        self._body(node.body, inner)

    # Imports

    def _import(self, node: ast.Import, scope: Scope) -> None:
        self._imported([(name, meant(target, self.renamed)) for name, target in bound_by_import(node)], node, scope)

    def _from(self, node: ast.ImportFrom, scope: Scope) -> None:
        source = absolute(self.module, node.level, node.module, is_package=self.is_package)
        source = source if node.level else meant(source, self.renamed)
        bound, star = bound_by_from(node, source)
        if star:
            (self.star_imports if scope.kind is Kind.MODULE else self.inner_imports)[source] = None
        self._imported(bound, node, scope)

    def _imported(self, bound: list[tuple[str, str]], node: ast.stmt, scope: Scope) -> None:
        self._hole(node, scope.text())
        for name, target in bound:
            if scope.kind is Kind.MODULE or name in scope.outer_names:
                # `try: import fast as x; except ImportError: import slow as x`: the first is what is meant
                first = self.imports.setdefault(name, target)
                self.top.imports.setdefault(name, target)
                if first != target:
                    self.alternatives.append((first, target))
            else:
                self.inner_imports[target] = None
                scope.imports.setdefault(name, target)

    # Assignments

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        scope.text().statements.append((node.lineno, node.end_lineno or node.lineno))
        for target in node.targets:
            self._store(target, node.value, None, scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        scope.text().statements.append((node.lineno, node.end_lineno or node.lineno))
        self._store(node.target, node.value, node.annotation, scope)

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        scope.text().statements.append((node.lineno, node.end_lineno or node.lineno))
        if isinstance(node.target, ast.Name) and scope.kind is Kind.FUNCTION:
            scope.bound[node.target.id] = None

    def _store(self, target: ast.expr, value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            self._store_name(target.id, value, annotation, scope)
        elif isinstance(target, ast.Attribute):
            self._store_attribute(target, value, annotation, scope)
        elif isinstance(target, ast.Subscript):
            self._store_item(target, value, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else ()
            for i, part in enumerate(target.elts):
                self._store(part, values[i] if values else None, None, scope)
        elif isinstance(target, ast.Starred):
            self._store(target.value, None, None, scope)

    def _store_item(self, target: ast.Subscript, value: ast.expr | None, scope: Scope) -> None:
        while isinstance(target.value, ast.Subscript):  # `TABLE["a"]["b"] = value`: into "a" goes a table with "b"
            value = ast.Dict([target.slice], [value if value is not None else ast.Constant(None)])
            target = target.value
        if isinstance(target.value, ast.Name) and (scope.kind is Kind.MODULE or target.value.id not in scope.bound):
            self.variables.append((target.value.id, target.slice, value, None, scope))

    def _store_attribute(self, target: ast.Attribute, value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> None:
        owner = scope.method_of
        if owner and scope.kind is Kind.FUNCTION and isinstance(target.value, ast.Name) and target.value.id == scope.self_name:
            method = scope.qualname[len(owner.scope.qualname) + 1 :].partition(".")[0]
            owner.instance.append((target.attr, method, scope, value, annotation))
        elif isinstance(target.value, ast.Name) and isinstance(value, (ast.Call, ast.Name)) and target.value.id.lstrip("_")[:1].isupper():
            self.stores.append((target.value, target.attr, value, scope))

    def _store_name(self, name: str, value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> None:
        if scope.kind is Kind.MODULE or name in scope.outer_names:
            self.top.bind(name, value)
            self.variables.append((name, None, value, annotation, scope))
        elif scope.method_of is not None and scope.kind is Kind.CLASS:
            scope.bind(name, value)
            scope.method_of.attributes.append((name, value, annotation))
        else:
            scope.bind(name, value)

    def _global(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        if isinstance(node, ast.Global):
            scope.outer_names.update(node.names)

    # Statements with statements inside

    def _header(self, node: ast.stmt, scope: Scope) -> None:
        """The lines of a compound statement before its body."""
        body: list[ast.stmt] = getattr(node, "body", [])
        last = max(node.lineno, body[0].lineno - 1) if body else node.lineno
        scope.text().statements.append((node.lineno, last))

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self._bind_target(node.target, scope)
        self._header(node, scope)
        self._loop(node.body, node.orelse, node.body[0].lineno, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._loop(node.body, node.orelse, node.lineno, scope)

    def _loop(self, body: list[ast.stmt], orelse: list[ast.stmt], first: int, scope: Scope) -> None:
        text = scope.text()
        if text.loop_depth == 0:
            text.loops.append((first, body[-1].end_lineno or first))
        text.loop_depth += 1
        self._body(body, scope)
        text.loop_depth -= 1
        self._body(orelse, scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        # a loop for `elif`: a long chain of them would be as many calls deep
        self._header(node, scope)
        self._body(node.body, scope)
        rest = node.orelse
        while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
            self._header(branch, scope)
            self._body(branch.body, scope)
            rest = branch.orelse
        self._body(rest, scope)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        self._body(node.body, scope)
        for handler in node.handlers:
            self._guard(handler.type, scope)
            self._body(handler.body, scope)
        self._body(node.orelse, scope)
        self._body(node.finalbody, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            self._guard(item.context_expr, scope)
            if item.optional_vars is not None:
                self._bind_target(item.optional_vars, scope)
        self._header(node, scope)
        self._body(node.body, scope)

    def _guard(self, node: ast.expr | None, scope: Scope) -> None:
        """Notes the names in the head of a handler or of a `with` block."""
        for part in ast.walk(node) if node is not None else ():
            if isinstance(part, (ast.Name, ast.Attribute)):
                scope.text().guards.add(part.id if isinstance(part, ast.Name) else part.attr)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        self._header(node, scope)
        for case in node.cases:
            self._body(case.body, scope)

    def _bind_target(self, target: ast.expr, scope: Scope) -> None:
        if scope.kind is Kind.FUNCTION:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    scope.bound[name.id] = None


def _calls_above(body: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    """The calls `super().__init__(...)` of a constructor."""
    for one in body:
        match one:
            case ast.Expr(ast.Call(ast.Attribute(ast.Call(ast.Name("super")), "__init__")) as call) if call.args or call.keywords:
                yield call


# Keyed by node class; each handler takes its own node class, which a dict cannot say.
_HANDLERS: dict[type, Callable[..., None]] = {
    ast.FunctionDef: Walk._function,
    ast.AsyncFunctionDef: Walk._function,
    ast.ClassDef: Walk._class,
    ast.Import: Walk._import,
    ast.ImportFrom: Walk._from,
    ast.Assign: Walk._assign,
    ast.AnnAssign: Walk._annotated,
    ast.AugAssign: Walk._augmented,
    ast.Global: Walk._global,
    ast.Nonlocal: Walk._global,
    ast.For: Walk._for,
    ast.AsyncFor: Walk._for,
    ast.While: Walk._while,
    ast.If: Walk._if,
    ast.Try: Walk._try,
    ast.TryStar: Walk._try,
    ast.With: Walk._with,
    ast.AsyncWith: Walk._with,
    ast.Match: Walk._match,
}

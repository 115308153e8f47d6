"""A getter call of a callee, as a function further up would write it itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.records import records
from session_lint.repair.rewrite.signatures import signatures
from session_lint.repair.rewrite.statements import flow, imports, layout
from session_lint.repair.rewrite.statements.statements import Statement, before

_EFFECTS = cst.Call | cst.Await | cst.Yield | cst.NamedExpr | cst.BaseComp | cst.Lambda
_OPAQUE = cst.Await | cst.Yield | cst.NamedExpr | cst.BaseComp | cst.Lambda
_ATOMS = (
    cst.Name
    | cst.Attribute
    | cst.Subscript
    | cst.Call
    | cst.SimpleString
    | cst.FormattedString
    | cst.BaseNumber
    | cst.BaseList
    | cst.BaseDict
)


@dataclass(slots=True)
class _Words:
    """Turns expressions of the last function of a chain into expressions of the first, and notes the imports that takes."""

    chain: Sequence[Step]
    edits: list[Edit] = field(default_factory=list)

    def of(self, level: int, node: cst.BaseExpression) -> str:
        """An expression of the function at `level` in the words of the first function. Raises CannotRepair when it has none."""
        step = self.chain[level]
        if level == 0:
            return _joined(step.source.code(node))
        span, parts, row, column = step.source.span(node), [], *_start(step.source, node)
        for name in sorted(names.reads(node), key=lambda one: _start(step.source, one)):
            at = step.source.span(name)
            parts += [step.source.slice(Span(row, column, at.row, at.column)), self._name(level, name)]
            row, column = at.end_row, at.end_column
        return _joined("".join([*parts, step.source.slice(Span(row, column, span.end_row, span.end_column))]))

    def _name(self, level: int, name: cst.Name) -> str:
        step = self.chain[level]
        function = step.function
        assert function is not None
        bindings = names.bindings(step.source, function, name.value)
        if signatures.parameter(function, name.value) is not None:
            if bindings:
                raise CannotRepair(f"`{name.value}` is bound anew in `{step.name}()`")
            return self._given(level, name.value)
        if bindings and not any(isinstance(above, cst.ImportFrom) for above in step.source.parents(bindings[0])):
            return self._local(level, bindings)
        local, edits = _global(self.chain, level, name.value)
        self.edits += edits
        return local

    def _given(self, level: int, parameter: str) -> str:
        """What the caller gives for a parameter."""
        caller, step = self.chain[level - 1], self.chain[level]
        assert step.function is not None
        value = signatures.bind(caller.source, caller.call, step.function).get(parameter)
        if value is None:
            raise CannotRepair(f"the call of `{step.name}()` leaves `{parameter}` to its default")
        if any(isinstance(part, _EFFECTS) for part in _nodes(value)):
            raise CannotRepair(f"`{caller.source.code(value)}` would be worked out twice")
        text = self.of(level - 1, value)
        return text if isinstance(value, _ATOMS) else f"({text})"

    def _local(self, level: int, bindings: Sequence[cst.Name]) -> str:
        """What a variable was set to, once and plainly."""
        step = self.chain[level]
        target = step.source.parent(bindings[0])
        assign = step.source.parent(target) if isinstance(target, cst.AssignTarget) else None
        if len(bindings) > 1 or not isinstance(assign, cst.Assign) or any(isinstance(part, _EFFECTS) for part in _nodes(assign.value)):
            raise CannotRepair(f"the key is worked out in `{step.name}()`")
        text = self.of(level, assign.value)
        return text if isinstance(assign.value, _ATOMS) else f"({text})"


@dataclass(frozen=True, slots=True)
class Obtaining:
    """A getter call in the words of the first function of a chain: what is called, with what; `edits` are the imports it needs."""

    func: str
    given: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def call(self) -> str:
        """The call in one line, with its `await`."""
        return f"{self.func}({', '.join(self.given)})"


def in_terms_of_caller(chain: Sequence[Step]) -> Obtaining:
    """The getter call at the end of a chain, over what the function at its start has.

    Raises CannotRepair where an argument is made on the way, or where the getter cannot be reached from there.
    """
    outer, inner, last = chain[0], chain[-1], len(chain) - 1
    if outer.function is None or inner.function is None:
        raise CannotRepair("the calls are made by code outside functions")
    if any(arg.star for arg in inner.call.args):
        raise CannotRepair(f"the call at {inner.source.path}:{inner.source.span(inner.call).row} spreads its arguments")
    if any(isinstance(part, _OPAQUE) for part in _nodes(inner.call)):
        raise CannotRepair(f"the key is worked out in `{inner.name}()`")
    awaited = isinstance(inner.source.parent(inner.call), cst.Await)
    if awaited and outer.function.asynchronous is None:
        raise CannotRepair(f"`{outer.name}()` is not async, and the getter is")
    words = _Words(chain)
    func = words.of(last, inner.call.func)
    given = [f"{arg.keyword.value}={words.of(last, arg.value)}" if arg.keyword else words.of(last, arg.value) for arg in inner.call.args]
    return Obtaining(f"{'await ' if awaited else ''}{func}", tuple(given), tuple(dict.fromkeys(words.edits)))


def obtained_before(chain: Sequence[Step], statement: Statement, own: str = "") -> tuple[str, str, tuple[Edit, ...]]:
    """The getter call at the end of a chain, made by the function at its start before one of its statements.

    Gives the variable that holds the record, the index that takes it out of a pair, and the edits. `own` is the call as that
    function writes it already, if it does. Raises CannotRepair where the call needs what is only known on the way, or would
    not have been made on every way.
    """
    source = chain[0].source
    for step in chain[1:]:
        if step.function is None or not flow.always_runs(step.source, step.call, step.function):
            raise CannotRepair(f"`{step.name}()` obtains it on some ways only")
    name, pick = variable(chain)
    if own:
        return name, pick, (before(source, statement, [f"{name}{', _' if pick else ''} = {own}"]),)
    found = in_terms_of_caller(chain)
    if found.edits and not _loaded(chain[0], chain[-1]):
        raise CannotRepair(f"importing the getter in {source.path} may close a circle of imports")
    line = before(source, statement, _fitted(source, statement, f"{name}{', _' if pick else ''} = {found.func}(", found.given))
    return name, pick, (*found.edits, line)


def _fitted(source: Source, statement: Statement, start: str, given: Sequence[str]) -> list[str]:
    line = f"{start}{', '.join(given)})"
    if source.span(statement).column - 1 + len(line) <= source.usual or not given:
        return [line]
    return [start, *(f"{layout.unit(source)}{one}," for one in given), ")"]


def variable(chain: Sequence[Step]) -> tuple[str, str]:
    """A name for the record in the first function of a chain, and the index that takes it out of a pair."""
    outer, inner = chain[0], chain[-1]
    holding = records.held(inner.source, inner.call)
    name = holding.name if holding.local and not holding.form else records.noun(inner.source, inner.call)
    assert outer.function is not None
    if name in names.bound(outer.function) | names.free(outer.function):
        raise CannotRepair(f"`{name}` already means something else in `{outer.name}()`")
    return name, holding.pick


def _global(chain: Sequence[Step], level: int, root: str) -> tuple[str, tuple[Edit, ...]]:
    """A module-level name of one function's file as the first function can write it, with the import that this takes."""
    outer, inner = chain[0], chain[level]
    assert inner.function is not None
    assert outer.function is not None
    if root in names.bound(outer.function) and root not in _local_imports(outer.function):
        raise CannotRepair(f"`{root}` means something else in `{outer.name}()`")
    module = _imported(inner.source, inner.function, root)
    if module == "builtins" or (inner.source is outer.source and (module == "" or root in names.of_module(outer.source.module))):
        return root, ()
    if not module:
        module = _own_module(outer, chain[1]) if level == 1 else ""
    if not module:
        raise CannotRepair(f"`{root}` cannot be reached from `{outer.name}()`")
    return imports.ensure(outer.source, module, root)


def _loaded(outer: Step, inner: Step) -> bool:
    """Whether the file of the first function loads what the other one's file does, so that one import more changes nothing."""
    func = outer.call.func
    while isinstance(func, cst.Attribute):
        func = func.value
    if not isinstance(func, cst.Name) or outer.source is inner.source:
        return outer.source is inner.source
    return any(_alias(small, func.value) is not None for small in _small(outer.source.module.body))


def _local_imports(function: cst.FunctionDef) -> frozenset[str]:
    found: set[str] = set()
    for small in _small(function.body.body):
        if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
            found.update(_local_name(alias) for alias in small.names)
    return frozenset(found)


def _imported(source: Source, function: cst.FunctionDef, root: str) -> str:
    """The module that a name comes from; "" when it is the file's own. Raises CannotRepair for other ways to have it."""
    for small in (*_small(source.module.body), *_small(function.body.body)):
        found = _alias(small, root)
        if found is not None and isinstance(small, cst.ImportFrom):
            if small.relative or found.asname:
                raise CannotRepair(f"`{root}` is imported in a way of its own in {source.path}")
            return dotted_name(small.module)
        if found is not None:
            raise CannotRepair(f"`{root}` is a module that {source.path} imports")
    if root in names.of_module(source.module):
        return ""
    if names.builtin(root):
        return "builtins"
    raise CannotRepair(f"`{root}` is known only in `{function.name.value}()`")


def _alias(small: cst.BaseSmallStatement, root: str) -> cst.ImportAlias | None:
    """The part of an import statement that binds a name."""
    if not isinstance(small, cst.Import | cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
        return None
    return next((alias for alias in small.names if _local_name(alias).split(".")[0] == root), None)


def _own_module(outer: Step, callee: Step) -> str:
    """The module of the callee, by the import that the caller has of it."""
    assert outer.function is not None
    if isinstance(outer.call.func, cst.Name):
        module = _imported(outer.source, outer.function, outer.call.func.value)
        if module:
            return module
    raise CannotRepair(f"the getter of `{callee.name}()` cannot be reached from `{outer.name}()`")


def _local_name(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.asname.name if alias.asname else alias.name)


def _small(body: Sequence[cst.CSTNode]) -> list[cst.BaseSmallStatement]:
    return [small for statement in body if isinstance(statement, cst.SimpleStatementLine) for small in statement.body]


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _start(source: Source, node: cst.CSTNode) -> tuple[int, int]:
    span = source.span(node)
    return span.row, span.column


def _joined(text: str) -> str:
    """An expression over several lines in one."""
    if "\n" not in text:
        return text
    if "#" in text or '"""' in text or "'''" in text:
        raise CannotRepair("the getter's arguments stand on several lines, with comments or strings")
    text = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r",? ([)\]}])", r"\1", re.sub(r"([(\[{]) ", r"\1", text))

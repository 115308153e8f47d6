"""Whether what one statement has put into a variable is still there at another place of the same function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.cst.names import below, dotted_name, stored
from session_lint.repair.rewrite.file.naming import names_in
from session_lint.repair.rewrite.file.source import CannotRepair, Source

Point = tuple[int, int]
Scope = cst.FunctionDef | cst.Lambda | cst.ClassDef
Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp
Loop = cst.For | cst.While
_CAUGHT = "an exception is caught"
_EXITS = (cst.Return, cst.Raise, cst.Continue, cst.Break)
_HARMLESS = frozenset({"print", "len", "str", "int", "isinstance", "repr", "bool", "log", "logger", "logging", "LOG", "LOGGER", "_logger"})


@dataclass(frozen=True, slots=True)
class Region:
    """What may run after `start` and before `end`, two points of one function: the text between, and the loops around `end` only."""

    source: Source
    scope: cst.CSTNode
    start: Point
    end: Point
    loops: tuple[cst.CSTNode, ...]

    @classmethod
    def between(cls, source: Source, first: cst.CSTNode, second: cst.CSTNode) -> Region:
        """From behind one node to before another one."""
        around_first = set(source.parents(first))
        loops = tuple(one for one in loops_around(source, second) if isinstance(one, Loop) and one not in around_first)
        before, after = source.span(first), source.span(second)
        return cls(source, scope_of(source, second), (before.end_row, before.end_column), (after.row, after.column), loops)

    def stores(self, dotted: str, *, besides: cst.CSTNode | None = None) -> Iterator[cst.CSTNode]:
        """Where a name, or `self.name`, is bound anew. `besides` is a statement that does not count."""
        root = dotted.partition(".")[0]
        for node in self._nodes():
            if node is besides:
                continue
            for target in stored(node):
                if dotted_name(target) in {root, dotted} and not self._within(target, besides):
                    yield target

    def changes(self, names: frozenset[str]) -> Iterator[cst.CSTNode]:
        """Calls that are given one of the names, or are made on it, and stores into what it stands for.

        What is bound to a value with one of the names in it is one of them too.
        """
        names = self._derived(names)
        for node in self._nodes():
            if isinstance(node, cst.Call) and _first_name(node.func) not in _HARMLESS and names_in(node) & names:
                yield node
            for target in stored(node):
                if not isinstance(target, cst.Name) and names_in(target) & names:
                    yield target

    def _derived(self, names: frozenset[str]) -> frozenset[str]:
        assigns = [node for node in self._nodes() if isinstance(node, cst.Assign | cst.AnnAssign | cst.NamedExpr)]
        while True:
            found = {
                target.value
                for node in assigns
                if node.value is not None and names_in(node.value) & names
                for part in (node.targets if isinstance(node, cst.Assign) else (node,))
                for target in stored(part)
                if isinstance(target, cst.Name)
            }
            if found <= names:
                return names
            names |= found

    def _nodes(self) -> Iterator[cst.CSTNode]:
        for node in walk(self.scope):
            if node is not self.scope and self._in(node):
                yield node

    def _in(self, node: cst.CSTNode) -> bool:
        """Nodes that touch the region; what they bind is asked for each target."""
        if not isinstance(
            node, cst.BaseExpression | cst.BaseSmallStatement | cst.BaseCompoundStatement | cst.AssignTarget | cst.ExceptHandler
        ):
            return False
        if any(loop in self.source.parents(node) for loop in self.loops):
            return True
        span = self.source.span(node)
        return self.start <= (span.row, span.column) < self.end

    def _within(self, target: cst.CSTNode, statement: cst.CSTNode | None) -> bool:
        return statement is not None and statement in self.source.parents(target)


def walk(root: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and every node inside it, without white space."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(below(node))


def loops_around(source: Source, node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """The loops and comprehensions that run a node once a turn, innermost first, up to the function."""
    found: list[cst.CSTNode] = []
    child = node
    for above in source.parents(node):
        if isinstance(above, Scope):
            break
        if _runs_each_turn(source, above, child, node):
            found.append(above)
        child = above
    return tuple(found)


def _runs_each_turn(source: Source, above: cst.CSTNode, child: cst.CSTNode, node: cst.CSTNode) -> bool:
    """Whether `child` of a node, in which the call is, runs once a turn. The first iterable of a comprehension is asked for once."""
    if isinstance(above, Comprehension):
        return child is not above.for_in or not (node is above.for_in.iter or above.for_in.iter in source.parents(node))
    return isinstance(above, Loop) and (child is above.body or (isinstance(above, cst.While) and child is above.test))


def scope_of(source: Source, node: cst.CSTNode) -> cst.CSTNode:
    """The function, class body or module that the code of a node belongs to."""
    return source.around(node, Scope) or source.module


def shared_scope(source: Source, first: cst.CSTNode, second: cst.CSTNode) -> cst.CSTNode:
    """The function both nodes run in, at once. Raises CannotRepair for code that runs later, or has names of its own."""
    scope = scope_of(source, second)
    if scope is not scope_of(source, first) or isinstance(scope, cst.Lambda):
        raise CannotRepair("the two calls are in different functions of the file")
    for node in (first, second):
        if isinstance(source.around(node, Scope | Comprehension), Comprehension):
            raise CannotRepair(f"the call at {source.path}:{source.span(node).row} is inside a comprehension")
    return scope


def unconditional(source: Source, value: cst.BaseExpression, statement: cst.CSTNode) -> bool:
    """Whether a statement always evaluates a value in it, before anything in its block runs."""
    child: cst.CSTNode = value
    for above in source.parents(value):
        if not _always(child, above):
            return False
        if above is statement:
            return True
        child = above
    return False


def _always(child: cst.CSTNode, above: cst.CSTNode) -> bool:
    match above:
        case cst.IfExp() | cst.If():
            return child is above.test
        case cst.BooleanOperation():
            return child is above.left
        case cst.Comparison():
            return child is above.left or child is above.comparisons[0]
        case cst.For():
            return child is above.iter
        case cst.With():
            return child is not above.body
        case cst.Match():
            return child is above.subject
        case cst.Lambda() | cst.BaseComp() | cst.While() | cst.FunctionDef() | cst.ClassDef() | cst.Try() | cst.TryStar() | cst.MatchCase():
            return False
    return True


def require_reached(source: Source, statement: cst.CSTNode, second: cst.CSTNode) -> tuple[str, ...]:
    """That whenever `second` runs, `statement` ran to its end before, or `second` is inside it.

    Gives the reasons why that is so only most of the time; raises CannotRepair where it is not.
    """
    above = (second, *source.parents(second))
    doubts: list[str] = []
    anchor: cst.CSTNode | None = statement
    if statement in above:
        return ()
    while anchor is not None:
        block = source.parent(anchor)
        if not isinstance(block, cst.IndentedBlock | cst.Module):
            break
        if any(one in above for one in _later(block.body, anchor)):
            return tuple(doubts)
        anchor, doubt = _outside(source, block)
        if isinstance(anchor, cst.Try) and anchor.orelse is not None and anchor.orelse in above:
            return tuple(doubts)
        if anchor in above or doubt == _CAUGHT:
            break
        doubts += [doubt] if doubt else []
    raise CannotRepair(f"the first call, at {source.path}:{source.span(statement).row}, may not have run by then: it is in a branch")


def _later(body: object, anchor: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    statements = tuple(body) if isinstance(body, tuple | list) else ()
    return statements[statements.index(anchor) + 1 :]


def _outside(source: Source, block: cst.CSTNode) -> tuple[cst.CSTNode | None, str]:
    """The statement around a block, when whoever comes behind it has run the block; with what could make that wrong."""
    owner = source.parent(block)
    if isinstance(owner, cst.With):
        return owner, "a context manager could end its block early"
    if isinstance(owner, cst.If) and owner.orelse is not None and _leaves(owner.orelse):
        return owner, ""
    if isinstance(owner, cst.Try) and owner.body is block:
        return owner, "" if all(_leaves(handler) for handler in owner.handlers) else _CAUGHT
    around = source.parent(owner) if isinstance(owner, cst.Else) else None
    return (around, "") if isinstance(around, cst.If) and _leaves(around) else (None, "")


def _leaves(node: cst.CSTNode) -> bool:
    """Whether a branch never comes to its end."""
    body = getattr(node, "body", None)
    inner = getattr(body, "body", ())
    if not inner:
        return False
    last = inner[-1]
    if isinstance(last, cst.SimpleStatementLine):
        return isinstance(last.body[-1], _EXITS)
    return isinstance(last, _EXITS)


def _first_name(func: cst.BaseExpression) -> str:
    return dotted_name(func).partition(".")[0]


def escapes(scope: cst.CSTNode, name: str) -> bool:
    """Whether a name of a function is declared `global` or `nonlocal` in it, or in a function inside it."""
    return any(isinstance(node, cst.Global | cst.Nonlocal) and any(item.name.value == name for item in node.names) for node in walk(scope))


def mentions(source: Source, scope: cst.CSTNode, name: str) -> tuple[cst.Name, ...]:
    """Where a name stands in a function, bound or read, in order; attributes and keywords of that name are not it."""
    found = [node for node in walk(scope) if isinstance(node, cst.Name) and node.value == name and _is_variable(source, node)]
    return tuple(sorted(found, key=lambda node: (source.span(node).row, source.span(node).column)))


def _is_variable(source: Source, node: cst.Name) -> bool:
    above = source.parent(node)
    if isinstance(above, cst.Attribute):
        return above.value is node
    return not (isinstance(above, cst.Arg) and above.keyword is node)

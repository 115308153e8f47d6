"""What becomes of the result of a call: the expression that stands for it, the statement, and the variable it is bound to."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.location import Place, Span
from session_lint.repair.rewrite.file.naming import names_in
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements.statements import Statement

_IDENTITY = re.compile(r"^(?:id|pk|_id|uuid|\w+_id)$")
_UNAWAITED = frozenset(
    {"gather", "create_task", "ensure_future", "run", "run_until_complete", "wait_for", "shield", "wait", "as_completed"}
)
_DEFERRED = frozenset({*_UNAWAITED, "run_coroutine_threadsafe", "start_soon", "apply_async"})
_PAIRS = frozenset({"get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create"})
_LAZY = frozenset({"execute", "execute_async"})


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one call. `value` is the expression that is the record: the call, or the `await` around it."""

    source: Source
    call: cst.Call
    value: cst.BaseExpression
    statement: Statement

    @classmethod
    def at(cls, source: Source, span: Span, *, deferred: bool = False) -> Result:
        """The result of the call whose name stands at `span`.

        Raises CannotRepair when it cannot be put into a variable. `deferred`: it may be handed on without being awaited.
        """
        call = source.call_at(span)
        above = source.parent(call)
        value = above if isinstance(above, cst.Await) else call
        found = cls(source, call, value, source.statement(call))
        if not deferred:
            found._refuse_deferred()
        return found

    @property
    def awaited(self) -> bool:
        """Whether the call is awaited."""
        return self.value is not self.call

    @property
    def text(self) -> str:
        """The value as written, with the parentheses that it needs to stand over several lines."""
        inner = self.source.code(self.value)
        return inner if "\n" not in inner or _stands(inner) else f"({inner})"

    @property
    def span(self) -> Span:
        """Where the value stands, its parentheses included."""
        return self.source.outer(self.value)

    @property
    def start(self) -> tuple[int, int]:
        """Where the value begins."""
        return self.span.row, self.span.column

    @property
    def end(self) -> tuple[int, int]:
        """Where the value ends."""
        return self.span.end_row, self.span.end_column

    @property
    def place(self) -> Place:
        """Where the value stands, with the name of the file."""
        return self.source.place(self.value)

    @property
    def parent(self) -> cst.CSTNode | None:
        """The node around the value."""
        return self.source.parent(self.value)

    @property
    def assigned(self) -> cst.BaseExpression | None:
        """The target, when the whole value is assigned to just one: `x = value`, `x, y = value`, `x: T = value`, `(x := value)`."""
        above = self.parent
        if isinstance(above, cst.Assign) and len(above.targets) == 1:
            return above.targets[0].target
        if isinstance(above, cst.AnnAssign | cst.NamedExpr) and above.value is self.value:
            return above.target
        return None

    @property
    def alone(self) -> bool:
        """Whether the value is a statement by itself."""
        return isinstance(self.parent, cst.Expr)

    @property
    def unpacked(self) -> tuple[cst.BaseExpression, ...]:
        """The targets of `x, created = value`; none when it is not unpacked."""
        target = self.assigned
        if not isinstance(target, cst.Tuple | cst.List) or any(isinstance(one, cst.StarredElement) for one in target.elements):
            return ()
        return tuple(one.value for one in target.elements)

    @property
    def pair(self) -> bool:
        """Whether the call is known to give a record and whether it was made: what `get_or_create` does in every client."""
        return self.source.code(called_name(self.call)) in _PAIRS

    @property
    def first_item(self) -> cst.Subscript | None:
        """`value[0]`, when that is all that is taken of it."""
        above = self.parent
        if isinstance(above, cst.Subscript) and above.value is self.value and self.source.code(above).endswith("[0]"):
            return above
        return None

    @property
    def identity_only(self) -> bool:
        """Whether only the identity of the record is taken: `value.id`, `value["id"]`; or nothing at all."""
        node = self.value if self.first_item is None else self.first_item
        return self.alone or is_identity(self.source, node)

    @property
    def names(self) -> frozenset[str]:
        """The names that the call reads, those of its receiver included."""
        return names_in(self.call)

    def _refuse_deferred(self) -> None:
        """A coroutine that is not awaited here is not the record; nor is a statement that has yet to be executed."""
        above = self.parent
        if isinstance(above, cst.Attribute) and above.attr.value in _LAZY:
            raise CannotRepair(f"the call at {self.source.path}:{self.span.row} only prepares what `{above.attr.value}()` does")
        outer = self.source.parent(above) if isinstance(above, cst.Arg) else None
        if not self.awaited and isinstance(outer, cst.Call) and dotted_name(outer.func).rpartition(".")[2] in _DEFERRED:
            raise CannotRepair(f"the call at {self.source.path}:{self.span.row} is handed on without being awaited")


def is_identity(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression stands where only the identity of the record is taken of it: `node.id`, `node["id"]`."""
    above = source.parent(node)
    if isinstance(above, cst.Attribute):
        return above.value is node and bool(_IDENTITY.match(above.attr.value))
    if isinstance(above, cst.Subscript) and above.value is node:
        quoted = re.search(r"\[\s*[\"'](\w+)[\"']\s*\]$", source.code(above))
        return quoted is not None and bool(_IDENTITY.match(quoted[1]))
    return False


def target_text(source: Source, target: cst.BaseExpression) -> str:
    """A target that can be read back as written, a name or `self.name`; "" for any other."""
    return source.code(target) if dotted_name(target) else ""


def comments_in(node: cst.CSTNode) -> bool:
    """Whether there is a comment inside a node."""
    found: list[str] = []

    class Visitor(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - libcst's name
            found.append(node.value)

    node.visit(Visitor())
    return bool(found)


def _stands(text: str) -> bool:
    """Whether a text is an expression without parentheses around it."""
    try:
        ast.parse(f"async def f():\n x = {text}")
    except SyntaxError:
        return False
    return True

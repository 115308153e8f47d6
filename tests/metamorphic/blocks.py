"""Rewriting the lists of statements in functions: shared by the transformations of control flow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, code, expression, holds_statements
from metamorphic.transformation import FileByFile

_OPPOSITE = {cst.Is: cst.IsNot, cst.IsNot: cst.Is, cst.Equal: cst.NotEqual, cst.NotEqual: cst.Equal, cst.In: cst.NotIn, cst.NotIn: cst.In}


def negated(test: cst.BaseExpression) -> cst.BaseExpression:
    """The opposite of a condition, as one would write it."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        opposite = _OPPOSITE.get(type(target.operator))
        if opposite is not None:
            return test.with_changes(comparisons=[target.with_changes(operator=opposite())])
    return expression(f"not ({code(test)})") if not isinstance(test, cst.Name) else expression(f"not {test.value}")


def block(node: cst.BaseSuite) -> list[Statement] | None:
    """The statements of an indented block; None of a suite on one line."""
    return list(node.body) if isinstance(node, cst.IndentedBlock) else None


def leaves(body: Sequence[Statement]) -> bool:
    """Whether a block ends by leaving the function or the round of a loop."""
    last = body[-1] if body else None
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Return | cst.Raise | cst.Continue | cst.Break)


class _Blocks(cst.CSTTransformer):
    """Hands each block inside a function to the transformation, inner blocks first."""

    def __init__(self, transformation: Blocks, numbers: Numbers) -> None:
        super().__init__()
        self.transformation = transformation
        self.numbers = numbers
        self.functions: list[cst.FunctionDef] = []
        self.kinds: list[cst.CSTNode] = []
        self.changed = False

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            self.functions.append(node)
        if isinstance(node, cst.FunctionDef | cst.For | cst.While | cst.ClassDef | cst.If | cst.Else | cst.Try | cst.With | cst.Finally):
            self.kinds.append(node)
        return super().on_visit(node) and holds_statements(node)

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        done = super().on_leave(original_node, updated_node)
        if self.functions and self.functions[-1] is original_node:
            self.functions.pop()
        if self.kinds and self.kinds[-1] is original_node:
            self.kinds.pop()
        return done  # type: ignore[return-value]

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.IndentedBlock:
        if not self.functions or isinstance(self.kinds[-1], cst.ClassDef):
            return updated_node
        new = self.transformation.rewrite_block(list(updated_node.body), self.kinds[-1], self.functions[-1], self.numbers)
        self.changed |= new is not None
        return updated_node if new is None else updated_node.with_changes(body=list(new))


class Blocks(FileByFile):
    """A transformation that looks at the list of statements of each block in a function."""

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        blocks = _Blocks(self, numbers)
        changed = module.visit(blocks)
        assert isinstance(changed, cst.Module)
        return changed if blocks.changed else module

    @abstractmethod
    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        """What stands in the place of the block's statements; None when they stay. `around` is what the block belongs to."""


class StatementByStatement(Blocks):
    """A transformation that looks at one statement of a block at a time."""

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        done = [self.rewrite_statement(one, function, numbers) for one in body]
        if all(new is None for new in done):
            return None
        return [made for one, new in zip(body, done, strict=True) for made in ([one] if new is None else new)]

    @abstractmethod
    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        """What stands in the place of the statement; None when it stays."""

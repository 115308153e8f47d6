"""A nested if for an early return."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import Blocks, block, leaves
from metamorphic.code import Numbers, Statement


class ElseAfterReturn(Blocks):
    """What follows an `if` that leaves the function or the round of a loop is put into its `else`."""

    fits = "if statements without else that end with a return, raise, continue or break"

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        for position, one in reversed(list(enumerate(body[:-1]))):
            inside = block(one.body) if isinstance(one, cst.If) and one.orelse is None else None
            if isinstance(one, cst.If) and inside is not None and leaves(inside):
                body = [*body[:position], one.with_changes(orelse=cst.Else(cst.IndentedBlock(body[position + 1 :])))]
        return body

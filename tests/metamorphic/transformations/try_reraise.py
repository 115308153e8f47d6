"""A body in try, except and finally."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import Blocks
from metamorphic.code import Numbers, Statement, calls_of_project, statement

_TRY = """\
try:
    pass
except Exception:
    print("failed")
    raise
finally:
    print("done")
"""


class TryReraise(Blocks):
    """The body of each function stands in a `try` whose handler raises the exception again, and whose `finally` only prints."""

    fits = "functions that call something"

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        if around is not function or not any(calls_of_project(one) for one in body):
            return None
        start = 1 if function.get_docstring() is not None else 0
        return [*body[:start], statement(_TRY).with_changes(body=cst.IndentedBlock(body[start:]))]

"""A text that decides an effect, handed in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import outside_scopes
from metamorphic.handing import Handing


class TextHandedIn(Handing):
    """A statement becomes a function whose parameters are the texts in it: table names, column names, SQL."""

    fits = "statements that hand constant texts to calls"

    def parts(self, value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
        args = [node.value for node in outside_scopes(value) if isinstance(node, cst.Arg) and not node.star]
        return [one for one in args if isinstance(one, cst.SimpleString | cst.ConcatenatedString)]

"""A row or a filter document, handed in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import awaits, code, outside_scopes
from metamorphic.handing import Handing


class MappingHandedIn(Handing):
    """A statement becomes a function whose parameters are the displays in it: dictionaries, lists and tuples that are arguments."""

    fits = "statements that hand a dictionary, a list, a tuple or a comprehension to a call"

    def parts(self, value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
        args = [node.value for node in outside_scopes(value) if isinstance(node, cst.Arg) and not node.star]
        kinds = (cst.Dict, cst.List, cst.Tuple, cst.ListComp)
        return [one for one in args if isinstance(one, kinds) and "#" not in code(one) and not awaits(one)]

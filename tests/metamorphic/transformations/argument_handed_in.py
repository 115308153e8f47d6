"""A statement, a filter or an object, handed in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import awaits, code
from metamorphic.handing import Handing


class ArgumentHandedIn(Handing):
    """`conn.execute(delete(table).where(...))` becomes a function that executes what it is handed."""

    fits = "statements whose outermost calls have an argument that calls or compares something"
    least = 20

    def parts(self, value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
        found = []
        call = value.expression if isinstance(value, cst.Await) else value
        while isinstance(call, cst.Call | cst.Attribute | cst.Subscript):
            if isinstance(call, cst.Call):
                found += [arg.value for arg in call.args if not arg.star and isinstance(arg.value, cst.Call | cst.Comparison)]
            call = call.func if isinstance(call, cst.Call) else call.value
        return [one for one in found if "#" not in code(one) and not awaits(one)]

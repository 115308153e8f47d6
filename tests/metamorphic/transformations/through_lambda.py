"""A call inside a lambda that is called at once."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, code, expression, found


class ThroughLambda(OtherCalls):
    """`f(x)` becomes `(lambda: f(x))()`."""

    fits = "calls by name of functions of the project that await nothing in their arguments"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        return None if found(call, cst.Await) or "#" in code(call) else expression(f"(lambda: {code(call)})()")

"""A call through a function that calls what it is handed."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, beside_others, expression
from metamorphic.transformation import REPEAT


class FunctionHandedIn(OtherCalls):
    """`f(x)` becomes `invoke(f, x)`, a function that calls its first argument with the others."""

    fits = "calls by name of functions of the project"
    family = REPEAT
    why = "what is called is called in another function"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        if "" not in above:
            above[""] = f"def {numbers.next('invoke')}(function, *args, **kwargs):\n    return function(*args, **kwargs)\n"
        invoke = above[""].split("(")[0].removeprefix("def ")
        return call.with_changes(func=expression(invoke), args=[cst.Arg(call.func), *map(beside_others, call.args)])

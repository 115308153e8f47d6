"""A call through a function that hands on whatever it is given."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, expression
from metamorphic.transformation import REPEAT


class KwargsForwarding(OtherCalls):
    """A function of the project is called by way of another one with `*args, **kwargs`."""

    fits = "calls by name of functions of the project"
    family = REPEAT
    why = "what the forwarder calls is in another function than its caller"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        assert isinstance(call.func, cst.Name)
        name = call.func.value
        if name not in above:
            above[name] = f"def {numbers.next('forward')}(*args, **kwargs):\n    return {name}(*args, **kwargs)\n"
        return call.with_changes(func=expression(above[name].split("(")[0].removeprefix("def ")))

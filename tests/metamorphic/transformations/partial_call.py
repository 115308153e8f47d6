"""A call of a function that has its arguments already."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, beside_others, expression, with_imports


class PartialCall(OtherCalls):
    """`f(x)` becomes `partial(f, x)()`."""

    fits = "calls by name of functions of the project, with arguments"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        if not call.args:
            return None
        made = call.with_changes(func=expression("partial"), args=[cst.Arg(call.func), *map(beside_others, call.args)], lpar=[], rpar=[])
        return cst.Call(made, lpar=call.lpar, rpar=call.rpar)

    def finished(self, changed: cst.Module, module: cst.Module) -> cst.Module:
        return with_imports(changed, ["from functools import partial"]) if changed.code != module.code else module

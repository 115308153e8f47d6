"""Keyword arguments for positional ones."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, beside_others, plain_parameters


class KeywordArguments(OtherCalls):
    """A function of the project is called with the names of its parameters."""

    fits = "calls by name of functions of the project, with positional arguments"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        params = function.params.params
        if not plain_parameters(function) or any(arg.star for arg in call.args) or len(call.args) > len(params):
            return None
        if function.decorators or all(arg.keyword is not None for arg in call.args):
            return None
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        args = [
            arg if arg.keyword is not None else beside_others(arg).with_changes(keyword=param.name, equal=equal)
            for arg, param in zip(call.args, params, strict=False)
        ]
        return call.with_changes(args=args)

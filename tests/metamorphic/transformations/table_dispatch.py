"""A call of a function out of a table."""

from __future__ import annotations

import libcst as cst

from metamorphic.calls import OtherCalls
from metamorphic.code import Numbers, expression


class TableDispatch(OtherCalls):
    """`f(x)` becomes a call of `TABLE["run"]`, where the table is a dictionary of the module."""

    fits = "calls by name of functions of the project, in a file where the function is known before its caller"

    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        assert isinstance(call.func, cst.Name)
        name = call.func.value
        if name not in above:
            above[name] = f'{numbers.next("TABLE")} = {{"run": {name}}}\n'
        return call.with_changes(func=expression(f'{above[name].split(" ")[0]}["run"]'))

    def finished(self, changed: cst.Module, module: cst.Module) -> cst.Module:
        """A table can only hold what stands above it."""
        defined: set[str] = set()
        for top in changed.body:
            if isinstance(top, cst.FunctionDef):
                defined.add(top.name.value)
            table = cst.Module([top]).code
            if table.startswith("TABLE_"):
                name = table.split('"run": ')[1].split("}")[0]
                own = {one.name.value for one in module.body if isinstance(one, cst.FunctionDef)}
                if name in own and name not in defined:
                    return module
        return changed

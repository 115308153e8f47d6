"""A function of the project that runs what it is handed."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    beside_others,
    by_top_level,
    code,
    expression,
    in_functions,
    outside_scopes,
    sole,
    statement,
    swapped,
    value_of,
    with_value,
)
from metamorphic.transformation import FileByFile

_RUNS = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval", "scalars", "scalar", "add", "add_all"})


class ExecuteWrapped(FileByFile):
    """`conn.execute(statement, ...)` becomes `run(conn, statement, ...)`, a function that hands its arguments on."""

    fits = "statements that hand something to an `execute`, or to a method that runs or adds what it is given"
    least = 15

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            above: dict[str, str] = {}

            def wrap(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                value = value_of(sole(line))
                calls = [node for node in (outside_scopes(value) if value is not None else ()) if _runs(node)]
                if value is None or len(calls) != 1 or not isinstance(calls[0], cst.Call) or "#" in code(calls[0].func):
                    return None
                call = calls[0]
                assert isinstance(call.func, cst.Attribute)
                method = call.func.attr.value
                name = above.get(method) or above.setdefault(method, numbers.next("run"))
                made = call.with_changes(func=expression(name), args=[cst.Arg(call.func.value), *map(beside_others, call.args)])
                changed = swapped(value, [(call, made)])
                return [with_value(line, changed)]

            changed = in_functions(path, top, wrap)
            body = "def {}(target, given, *others):\n    return target.{}(given, *others)\n"
            made = [statement(body.format(name, method)) for method, name in above.items()]
            return [*made, changed]

        return by_top_level(module, change)


def _runs(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in _RUNS
        and bool(node.args)
        and all(arg.keyword is None and not arg.star for arg in node.args)
    )

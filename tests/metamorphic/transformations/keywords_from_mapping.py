"""Keyword arguments out of a mapping."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    code,
    in_functions,
    may_move,
    outside_scopes,
    sole,
    statement,
    swapped,
    value_of,
    with_value,
)
from metamorphic.transformation import FileByFile


class KeywordsFromMapping(FileByFile):
    """`f(a=x, b=y)` becomes `fields = {"a": x, "b": y}`, then `f(**fields)`."""

    fits = "statements with one call that has keyword arguments which call nothing"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def gather(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            value = value_of(sole(line))
            if value is None or not may_move(value):
                return None
            calls = [node for node in outside_scopes(value) if isinstance(node, cst.Call) and _keywords(node)]
            if len(calls) != 1 or "#" in code(calls[0]):
                return None
            call, name = calls[0], numbers.next("fields")
            entries = ", ".join(f'"{arg.keyword.value}": {code(arg.value)}' for arg in _keywords(call) if arg.keyword)
            args = [*(arg for arg in call.args if arg.keyword is None), cst.Arg(cst.Name(name), star="**")]
            bare = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in args]
            changed = swapped(value, [(call, call.with_changes(args=bare))])
            return [statement(f"{name} = {{{entries}}}\n"), with_value(line, changed)]

        return in_functions(path, module, gather)


def _keywords(call: cst.Call) -> list[cst.Arg]:
    """The keyword arguments, if they are all that could be moved before the statement."""
    keywords = [arg for arg in call.args if arg.keyword is not None]
    calm = not any(isinstance(node, cst.Call | cst.Await) for arg in keywords for node in outside_scopes(arg.value))
    return keywords if calm and not any(arg.star == "**" for arg in call.args) else []

"""A loop for a comprehension."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement
from metamorphic.code import Numbers, Statement, code, local_names, may_move, outside_scopes, sole, statement, swapped, value_of, with_value
from metamorphic.programs import also


class ComprehensionToLoop(StatementByStatement):
    """A list comprehension, or a generator that is unpacked into arguments, becomes a list that a loop before the statement fills."""

    fits = "statements with one comprehension that is evaluated whenever they are"

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        value = value_of(sole(one)) if isinstance(one, cst.SimpleStatementLine) else None
        if not isinstance(one, cst.SimpleStatementLine) or value is None or not may_move(value):
            return None
        found = [node for node in outside_scopes(value) if isinstance(node, cst.ListComp | cst.GeneratorExp)]
        if len(found) != 1 or "#" in code(found[0]) or not _whole(found[0], value, function):
            return None
        name = numbers.next("several")
        changed = swapped(value, [(found[0], cst.Name(name))])
        mark = also(code(one))
        body = f"{name}.append({code(found[0].elt)}){f'  {mark}' if mark else ''}"
        return [statement(f"{name} = []"), statement(_loops(found[0].for_in, body)), with_value(one, changed)]


def _whole(comprehension: cst.ListComp | cst.GeneratorExp, value: cst.BaseExpression, function: cst.FunctionDef) -> bool:
    """Whether it is a list, or unpacked at once; evaluated in any case; and its variables are free in the function."""
    inside: cst.CompFor | None = comprehension.for_in
    names: set[str] = set()
    while inside is not None:
        names |= {node.value for node in outside_scopes(inside.target) if isinstance(node, cst.Name)}
        if inside.asynchronous is not None:
            return False
        inside = inside.inner_for_in
    starred = any(isinstance(node, cst.Arg) and node.star == "*" and node.value is comprehension for node in outside_scopes(value))
    maybe = any(isinstance(node, cst.IfExp | cst.BooleanOperation) for node in outside_scopes(value))
    return (isinstance(comprehension, cst.ListComp) or starred) and not maybe and not names & local_names(function)


def _loops(inside: cst.CompFor, body: str) -> str:
    """The nested loops as text, their body as it is given."""
    lines: list[str] = []
    current: cst.CompFor | None = inside
    while current is not None:
        lines.append(f"for {code(current.target)} in {code(current.iter)}:")
        lines += [f"if {code(one.test)}:" for one in current.ifs]
        current = current.inner_for_in
    return "".join(f"{'    ' * depth}{line}\n" for depth, line in enumerate([*lines, body]))

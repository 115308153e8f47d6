"""Taking the values that a statement uses by another way: shared by the transformations that differ in the way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    by_top_level,
    calls_of_project,
    expression,
    in_functions,
    may_move,
    outside_scopes,
    sole,
    statements,
    value_of,
    with_value,
)
from metamorphic.transformation import FileByFile

_HANDED = (cst.Arg, cst.DictElement, cst.Element)


def handed_names(value: cst.BaseExpression, names: frozenset[str]) -> tuple[str, ...]:
    """The names among these that are given to a call as they are, or stand so in a display or on the right of a comparison."""
    return tuple(dict.fromkeys(name.value for name in _handed(value) if name.value in names))


def _handed(value: cst.BaseExpression) -> Iterator[cst.Name]:
    for node in outside_scopes(value):
        given = node.value if isinstance(node, _HANDED) else node.comparator if isinstance(node, cst.ComparisonTarget) else None
        if isinstance(given, cst.Name) and not (isinstance(node, cst.Arg) and node.star):
            yield given


class _Replace(cst.CSTTransformer):
    """Puts other expressions in the place of handed names, outside lambdas and comprehensions."""

    def __init__(self, instead: Callable[[str], cst.BaseExpression | None], kept: frozenset[int]) -> None:
        super().__init__()
        self.instead = instead
        self.chosen = kept

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        new = self.instead(updated_node.value) if id(original_node) in self.chosen else None
        return updated_node if new is None else new


def replaced(value: cst.BaseExpression, instead: dict[str, str]) -> cst.BaseExpression:
    """The expression with other texts in the place of the names that are handed in it."""
    chosen = frozenset(id(name) for name in _handed(value))
    made = value.visit(_Replace(lambda name: expression(instead[name]) if name in instead else None, chosen))
    assert isinstance(made, cst.BaseExpression)
    return made


class ThroughValue(FileByFile):
    """Before a statement that calls something, the local values it hands in are put somewhere, and taken from there."""

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            above: list[str] = []

            def bind(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                value = value_of(sole(line))
                if value is None or not calls_of_project(value) or not may_move(value):
                    return None
                names = handed_names(value, where.locals - {where.me})
                if not names:
                    return None
                definitions, before, instead = self.way(names, numbers)
                above.append(definitions)
                return [*statements(before), with_value(line, replaced(value, instead))]

            changed = in_functions(path, top, bind)
            return [*(made for text in above for made in statements(text)), changed]

        return self.finished(by_top_level(module, change), module)

    @abstractmethod
    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        """Definitions for the module, lines before the statement, and what is written for each name."""

    def finished(self, changed: cst.Module, module: cst.Module) -> cst.Module:
        """The changed file, with imports if the way needs some."""
        return changed

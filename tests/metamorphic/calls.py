"""Rewriting calls of functions of the project: shared by the transformations that call them in another way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, by_top_level, in_functions, statements
from metamorphic.modules import functions_in_reach
from metamorphic.programs import Program
from metamorphic.transformation import Transformation


class OtherCalls(Transformation):
    """Rewrites calls, by a bare name, of functions that the project defines."""

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        numbers, reach = Numbers(program.texts), functions_in_reach(modules)
        return {path: self._file(path, module, numbers, reach[path]) for path, module in modules.items()}

    def _file(self, path: str, module: cst.Module, numbers: Numbers, reach: dict[str, cst.FunctionDef]) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            above: dict[str, str] = {}

            def rewrite(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                known = {name: function for name, function in reach.items() if name not in where.locals}
                return [line.visit(_Calls(self, known, above, numbers))]  # type: ignore[list-item]

            changed = in_functions(path, top, rewrite)
            return [*(made for text in above.values() for made in statements(text)), changed]

        return self.finished(by_top_level(module, change), module)

    @abstractmethod
    def call(self, call: cst.Call, function: cst.FunctionDef, above: dict[str, str], numbers: Numbers) -> cst.BaseExpression | None:
        """What is written for the call; None when it stays. `above` are definitions, by what they are for, put before the caller."""

    def finished(self, changed: cst.Module, module: cst.Module) -> cst.Module:
        """The changed file, with imports if the way needs some."""
        return changed


class _Calls(cst.CSTTransformer):
    """Rewrites the calls in a statement, inner ones first."""

    def __init__(self, how: OtherCalls, known: dict[str, cst.FunctionDef], above: dict[str, str], numbers: Numbers) -> None:
        super().__init__()
        self.how, self.known, self.above, self.numbers = how, known, above, numbers

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return False  # what is written for a call may have quotes in it

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        function = self.known.get(updated_node.func.value) if isinstance(updated_node.func, cst.Name) else None
        made = self.how.call(updated_node, function, self.above, self.numbers) if function is not None else None
        return updated_node if made is None else made

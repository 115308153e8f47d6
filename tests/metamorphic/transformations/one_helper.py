"""One statement moved into a function of the same module."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, by_top_level, code, in_functions
from metamorphic.extraction import calling, extracted
from metamorphic.programs import also
from metamorphic.transformation import REPEAT, FileByFile


class OneHelper(FileByFile):
    """The marked statement of a function, or the last one that calls something, is moved into a new function of the module."""

    fits = "functions with a statement that calls something, and methods where it does not use `self`"
    family = REPEAT
    why = "a look-up that is moved into a function of its own is repeated across functions"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            wanted: dict[int, cst.SimpleStatementLine] = {}

            def note(where: Where, line: cst.SimpleStatementLine) -> None:
                helper = extracted(where, line, "step")
                place = id(where.function)
                if helper is not None and not helper.me and not (place in wanted and also(code(wanted[place]))):
                    wanted[place] = line

            in_functions(path, top, note)
            above: list[Statement] = []

            def move(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                if wanted.get(id(where.function)) is None or not line.deep_equals(wanted[id(where.function)]):
                    return None
                helper = extracted(where, line, numbers.next("step"))
                assert helper is not None
                above.append(helper.definition())
                return [calling(line, helper.call(helper.name))]

            changed = in_functions(path, top, move)
            return [*above, changed]

        return by_top_level(module, change)

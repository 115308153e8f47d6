"""A value that a nested function captures."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, in_functions, rebound_names
from metamorphic.extraction import calling, extracted
from metamorphic.transformation import REPEAT, FileByFile


class Closure(FileByFile):
    """A statement becomes a nested function without parameters that is called at once: it captures what it needs."""

    fits = "statements of functions and methods"
    family = REPEAT
    why = "the nested function is another function"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def move(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            helper = extracted(where, line, numbers.next("inner"))
            if helper is None or not set(helper.names) - rebound_names(where.function):
                return None
            helper.names = ()
            return [helper.definition(), calling(line, helper.call(helper.name))]

        return in_functions(path, module, move)

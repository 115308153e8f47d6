"""A statement moved into a function of the same module."""

from __future__ import annotations

from collections.abc import Sequence

from metamorphic.code import Statement
from metamorphic.extraction import Extraction, Helper


class HelperExtracted(Extraction):
    """Each statement that calls something is moved into a new function of the module."""

    fits = "statements of functions, and of methods where they do not use `self`"

    def callee(self, helper: Helper, home: str) -> str:
        return helper.name

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        return [*(helper.definition() for helper in helpers), changed]

"""A statement of a method moved into another method."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Statement, Where
from metamorphic.extraction import Extraction, Helper


class MethodExtracted(Extraction):
    """Each statement of a method that calls something is moved into a new method of its class."""

    fits = "statements of methods that use `self`"
    least = 15

    def accepts(self, where: Where, helper: Helper) -> bool:
        return helper.me == "self"

    def callee(self, helper: Helper, home: str) -> str:
        return f"self.{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        assert isinstance(changed, cst.ClassDef)
        methods = [helper.definition("self") for helper in helpers]
        return [changed.with_changes(body=changed.body.with_changes(body=[*changed.body.body, *methods]))]

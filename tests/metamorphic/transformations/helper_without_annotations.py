"""A statement moved into a function whose parameters say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from metamorphic.code import Statement
from metamorphic.extraction import Extraction, Helper


class HelperWithoutAnnotations(Extraction):
    """A helper is extracted and its parameters are not annotated: the caller's arguments show what they are."""

    fits = "statements of annotated functions"

    def accepts(self, where: object, helper: Helper) -> bool:
        return not helper.me and bool(set(helper.names) & helper.annotations.keys())

    def callee(self, helper: Helper, home: str) -> str:
        return helper.name

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        for helper in helpers:
            helper.annotations = {}
        return [*(helper.definition() for helper in helpers), changed]

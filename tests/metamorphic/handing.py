"""Moving a statement into a function that is handed parts of it: what decides an effect is a parameter then."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement
from metamorphic.extraction import Extraction, Hand, Helper


class Handing(Extraction):
    """Each statement is moved into a function of the module; some of its parts become arguments of the call."""

    def hand(self, numbers: Numbers) -> Hand:
        def choose(value: cst.BaseExpression) -> dict[str, cst.BaseExpression]:
            return {numbers.next("given"): part for part in self.parts(value)}

        return choose

    def parts(self, value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
        """The parts that are handed in; none of them in another."""
        raise NotImplementedError

    def callee(self, helper: Helper, home: str) -> str:
        return helper.name

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        return [*(helper.definition() for helper in helpers), changed]

"""A statement moved into a method of a mixin."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Statement, Where, code, expression
from metamorphic.extraction import Extraction, Helper, in_class
from metamorphic.hosting import can_be_hosted, hosted


class Mixin(Extraction):
    """Statements become methods of a base class: of the class they stand in, or of one that a function is turned into."""

    fits = "statements of functions, and of methods of classes"

    def accepts(self, where: Where, helper: Helper) -> bool:
        if where.owner is None:
            return can_be_hosted(where.function)
        return where.me == "self" and not where.owner.keywords and "Enum" not in code(where.owner)

    def callee(self, helper: Helper, home: str) -> str:
        return f"self.{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        mixin = in_class(f"{home}Mixin", [helper.definition("self") for helper in helpers])
        if isinstance(changed, cst.ClassDef):
            bases = [cst.Arg(expression(f"{home}Mixin")), *changed.bases]
            return [mixin, changed.with_changes(bases=bases, lpar=cst.LeftParen(), rpar=cst.RightParen())]
        assert isinstance(changed, cst.FunctionDef)
        method, function = hosted(changed, f"{home}Runner()")
        return [mixin, in_class(f"{home}Runner", [method], bases=f"{home}Mixin"), function]

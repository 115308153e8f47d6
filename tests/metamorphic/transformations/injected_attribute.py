"""A statement moved into a method of an object that another one is given."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Statement, Where
from metamorphic.extraction import Extraction, Helper, in_class
from metamorphic.hosting import can_be_hosted, hosted


class InjectedAttribute(Extraction):
    """Statements become methods of a class whose object is given to `__init__`, annotated, and kept in an attribute.

    The function makes that pair of objects and calls the method that has its body.
    """

    fits = "statements of functions"

    def accepts(self, where: Where, helper: Helper) -> bool:
        return where.owner is None and can_be_hosted(where.function)

    def callee(self, helper: Helper, home: str) -> str:
        return f"self.steps.{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        assert isinstance(changed, cst.FunctionDef)
        keeps = f"def __init__(self, steps: {home}) -> None:\n    self.steps = steps\n"
        method, function = hosted(changed, f"{home}Runner({home}())")
        steps = in_class(home, [helper.definition("self") for helper in helpers])
        return [steps, in_class(f"{home}Runner", [method], keeps), function]

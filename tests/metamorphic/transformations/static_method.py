"""A statement moved into a static method."""

from __future__ import annotations

from collections.abc import Sequence

from metamorphic.code import Statement
from metamorphic.extraction import Extraction, Helper, in_class


class StaticMethod(Extraction):
    """Statements become static methods of a new class and are called on the class."""

    fits = "statements of functions, and of methods where they do not use `self`"

    def callee(self, helper: Helper, home: str) -> str:
        return f"{home}.{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        return [in_class(home, [helper.definition(decorator="@staticmethod") for helper in helpers]), changed]

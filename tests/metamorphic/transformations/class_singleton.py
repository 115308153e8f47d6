"""A statement moved into a method of an object that its class keeps."""

from __future__ import annotations

from collections.abc import Sequence

from metamorphic.code import Statement
from metamorphic.extraction import Extraction, Helper, in_class

_INSTANCE = """\
_instance = None

@classmethod
def instance(cls):
    if cls._instance is None:
        cls._instance = cls()
    return cls._instance
"""


class ClassSingleton(Extraction):
    """Statements become methods of a new class, called on the instance that its `instance()` makes once."""

    fits = "statements of functions, and of methods where they do not use `self`"

    def callee(self, helper: Helper, home: str) -> str:
        return f"{home}.instance().{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        return [in_class(home, [helper.definition("self") for helper in helpers], _INSTANCE), changed]

"""A statement moved into a method of an object of the module."""

from __future__ import annotations

from collections.abc import Sequence

from metamorphic.code import Statement, statement
from metamorphic.extraction import Extraction, Helper, in_class


class ModuleSingleton(Extraction):
    """Statements become methods of a new class, called on its one instance, a variable of the module."""

    fits = "statements of functions, and of methods where they do not use `self`"

    def callee(self, helper: Helper, home: str) -> str:
        return f"{home.lower()}.{helper.name}"

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        methods = [helper.definition("self") for helper in helpers]
        return [in_class(home, methods), statement(f"{home.lower()} = {home}()"), changed]

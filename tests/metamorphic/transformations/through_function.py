"""A value through a function that gives it back."""

from __future__ import annotations

from metamorphic.code import Numbers
from metamorphic.values import ThroughValue


class ThroughFunction(ThroughValue):
    """Each local value that a statement hands to a call goes through a function that returns its argument."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        same = numbers.next("same")
        return f"def {same}(value):\n    return value\n", "", {name: f"{same}({name})" for name in names}

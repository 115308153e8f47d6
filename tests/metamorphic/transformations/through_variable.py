"""A value through a variable."""

from __future__ import annotations

from metamorphic.code import Numbers
from metamorphic.values import ThroughValue


class ThroughVariable(ThroughValue):
    """Each local value that a statement hands to a call gets a second name first."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        instead = {name: numbers.next("value") for name in names}
        return "", "".join(f"{new} = {name}\n" for name, new in instead.items()), instead

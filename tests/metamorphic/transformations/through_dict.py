"""A value through a dictionary."""

from __future__ import annotations

from metamorphic.code import Numbers
from metamorphic.values import ThroughValue


class ThroughDict(ThroughValue):
    """The local values that a statement hands to calls are put into a dictionary and taken out by their names."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        data = numbers.next("data")
        entries = ", ".join(f'"{name}": {name}' for name in names)
        return "", f"{data} = {{{entries}}}\n", {name: f'{data}["{name}"]' for name in names}

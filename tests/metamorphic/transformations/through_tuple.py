"""A value through a tuple that is unpacked."""

from __future__ import annotations

from metamorphic.code import Numbers
from metamorphic.values import ThroughValue


class ThroughTuple(ThroughValue):
    """The local values that a statement hands to calls are packed into a tuple and unpacked again first."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        packed = numbers.next("packed")
        instead = {name: numbers.next("value") for name in names}
        return "", f"{packed} = ({', '.join(names)},)\n{', '.join(instead.values())}, = {packed}\n", instead

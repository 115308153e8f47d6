"""A value through an object that a callee fills."""

from __future__ import annotations

from metamorphic.code import Numbers
from metamorphic.values import ThroughValue


class ThroughFilledContext(ThroughValue):
    """The local values that a statement hands to calls are attributes of an empty object that another function has filled."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        kind, fill, made = numbers.next("Context"), numbers.next("fill"), numbers.next("context")
        empty = "".join(f"        self.{name} = None\n" for name in names)
        stores = "".join(f"    {made}.{name} = {name}\n" for name in names)
        above = f"class {kind}:\n    def __init__(self):\n{empty}\ndef {fill}({made}, {', '.join(names)}):\n{stores}"
        before = f"{made} = {kind}()\n{fill}({made}, {', '.join(names)})\n"
        return above, before, {name: f"{made}.{name}" for name in names}

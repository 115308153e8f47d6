"""A value through a field of a dataclass."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import Numbers, with_imports
from metamorphic.values import ThroughValue


class ThroughDataclass(ThroughValue):
    """The local values that a statement hands to calls are fields of an object that is made just before."""

    fits = "statements that hand locals to calls"

    def way(self, names: tuple[str, ...], numbers: Numbers) -> tuple[str, str, dict[str, str]]:
        kind, made = numbers.next("Values"), numbers.next("values")
        fields = "".join(f"    {name}: object\n" for name in names)
        given = ", ".join(f"{name}={name}" for name in names)
        return f"@dataclass\nclass {kind}:\n{fields}", f"{made} = {kind}({given})\n", {name: f"{made}.{name}" for name in names}

    def finished(self, changed: cst.Module, module: cst.Module) -> cst.Module:
        return with_imports(changed, ["from dataclasses import dataclass"]) if changed.code != module.code else module

"""Flags: names that a loop only turns off, or only turns on."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import below, dotted_name, stored


def switches(body: cst.BaseSuite, name: str, *, on: bool) -> bool:
    """Whether all that the code assigns to a name is the other one of True and False."""
    stack: list[cst.CSTNode] = [body]
    wanted = "False" if on else "True"
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Assign) and len(node.targets) == 1 and dotted_name(node.targets[0].target) == name:
            if dotted_name(node.value) != wanted:
                return False
            continue
        if any(dotted_name(target) == name for target in stored(node)):
            return False
        stack.extend(below(node))
    return True

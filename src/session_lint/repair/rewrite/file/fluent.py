"""The whole of a fluent chain: `select(Cart).where(...).limit(1)`."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.rewrite.file.source import Source


def fluent(source: Source, call: cst.Call) -> cst.Call:
    """The whole fluent chain that begins with a call."""
    top = call
    for above in source.parents(call):
        if isinstance(above, cst.Attribute):
            continue
        if not isinstance(above, cst.Call) or not isinstance(above.func, cst.Attribute) or above.func.value is not top:
            break
        top = above
    return top

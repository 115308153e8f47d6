"""Functions of the project that do nothing but work out a value of what they are given."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.writes import harmless, parts

_DOES = cst.Await | cst.Yield | cst.Global | cst.Nonlocal | cst.Del | cst.With | cst.ClassDef | cst.Import | cst.ImportFrom


def calls(sources: Sources, source: Source, node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in a part of a file that enter such a function. One of several by that name, or under a decorator, is none."""
    for call in harmless.calls(node):
        if isinstance(call.func, cst.Name) and not _bound_here(source, call, call.func.value):
            function = only(sources, call.func.value)
            if function is not None and _works_out(*function):
                yield call


def _bound_here(source: Source, call: cst.Call, name: str) -> bool:
    """Whether the function around a call has a name of its own in its stead."""
    function = source.function_around(call)
    return function is not None and any(
        isinstance(node, cst.AssignTarget | cst.Param) and name in {one.value for one in parts.nodes(node) if isinstance(one, cst.Name)}
        for node in parts.nodes(function)
    )


def only(sources: Sources, name: str) -> tuple[Source, cst.FunctionDef] | None:
    """The function of a module, where nothing else of the project has its name."""
    if sources.count(rf"^[ \t]*(?:async )?(?:def|class) {name}\b|^{name}[ \t]*=|\bas {name}\b") != 1:
        return None
    for path in sources.where(rf"^def {name}\("):
        try:
            source = sources[path]
        except CannotRepair:
            return None
        found = [one for one in source.module.body if isinstance(one, cst.FunctionDef) and one.name.value == name]
        return (source, found[0]) if len(found) == 1 else None
    return None


def _works_out(source: Source, function: cst.FunctionDef) -> bool:
    if function.decorators or function.asynchronous is not None:
        return False
    for node in parts.nodes(function.body):
        if isinstance(node, _DOES) or (isinstance(node, cst.AssignTarget | cst.AugAssign) and not isinstance(node.target, cst.Name)):
            return False
    return not harmless.unknown(source, function.body)

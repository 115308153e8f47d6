"""What frameworks run, for select: flows say what they run by its full name, and what is handed one says it by a name of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from session_lint.analysis.index.node import Node
from session_lint.facts.flow import is_flow, written
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Param


def run_by_frameworks(node: Node, files: Sequence[ModuleIndex]) -> Iterator[tuple[int, str, str]]:
    """Makes the node of a flow say what it runs. Gives the names under which others say the flow, each with its file and class: the
    parameters that it is handed to, and the attributes that keep them."""
    flow = node.function.flow if node.function is not None else None
    if flow is None:
        return
    node.refs, node.top_level = flow.runs, False
    for taker, parameter in flow.handed:
        for file, index in enumerate(files):
            if taker.startswith(f"{index.module}."):
                for name, owner in _places(index, taker.removeprefix(f"{index.module}."), parameter):
                    yield file, name, owner


def run_on_variables(nodes: Sequence[Node], files: Sequence[ModuleIndex]) -> dict[str, list[Node]]:
    """The flows that stand for a method of a variable, by what the project may write: `app.paid.send`, `.paid.send` of a module."""
    flows = (node for node in nodes if node.function is not None and node.function.flow is not None and not node.owner)
    found: dict[str, list[Node]] = {}
    for node in flows:
        name = written(node.qualname)
        if not is_flow(node.names[0]):
            found.setdefault(f"{files[node.file].module}.{name}", []).append(node)
            found.setdefault(f".{name}", []).append(node)
    return found


def _places(index: ModuleIndex, taker: str, parameter: str) -> list[tuple[str, str]]:
    """The names by which a function says its parameter, each with the class whose attribute it is."""
    owner, _, method = taker.rpartition(".")
    classes = [item for item in index.classes if item.qualname == owner]
    kept = {(name, owner) for item in classes for name, setter, value in item.instance if setter == method and value == Param(parameter)}
    return sorted({*kept, (parameter, "")})

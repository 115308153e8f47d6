"""Functions that call what they are handed again and again: `run_each(put, items)`, `Batch(put).run(items)`."""

from __future__ import annotations

from collections.abc import Iterable

from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.terms import Param


class Repeating:
    """Tells of the nodes that a function mentions whether one of them may call what it is handed in a loop."""

    def __init__(self, project: ProjectIndex) -> None:
        self._project = project
        self._known: dict[int, bool] = {}

    def among(self, mentioned: Iterable[Iterable[Node]]) -> bool:
        """Whether one of the nodes does, or is a class with such a method."""
        return any(self._is(node) for nodes in mentioned for node in nodes)

    def _is(self, node: Node) -> bool:
        found = self._known.get(node.number)
        if found is None:
            found = self._known[node.number] = self._calls_parameter(node) or self._calls_kept(node)
        return found

    def _calls_parameter(self, node: Node) -> bool:
        parameters = node.function.parameters if node.function is not None and node.repeated else ()
        return any(one.name in node.repeated and f"{one.name}(" in node.said for one in parameters)

    def _calls_kept(self, node: Node) -> bool:
        """Whether a method calls in a loop what its object was made with."""
        called = [form[5:-1] for form in node.said if form.startswith("self.") and form[-1] == "(" and form[5:-1] in node.repeated]
        if not called or not node.owner:
            return False
        classes = (item for _, item in self._project.classes.get(node.owner.rpartition(".")[2], ()))
        return any(name in called and isinstance(value, Param) for item in classes for name, _, value in item.instance)

"""Functions that call what they are handed again and again: `run_each(put, items)`, `Batch(put).run(items)`; also by way of others."""

from __future__ import annotations

from collections.abc import Iterable

from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.terms import Param

_STEPS = 3  # functions that hand on what they are handed
_SMALL = 4  # names that such a function says


class Repeating:
    """Tells of the nodes that a function mentions whether one of them may call what it is handed in a loop."""

    def __init__(self, project: ProjectIndex, mentioned: Mentioned) -> None:
        self._project = project
        self._mentioned = mentioned
        self._known: dict[int, bool] = {}

    def among(self, mentioned: Iterable[Iterable[Node]]) -> bool:
        """Whether one of the nodes does, or is a class with such a method."""
        return any(self._is(node, _STEPS) for nodes in mentioned for node in nodes)

    def _is(self, node: Node, steps: int) -> bool:
        found = self._known.get(node.number)
        if found is None:
            self._known[node.number] = False  # met again below, it adds nothing
            found = self._known[node.number] = self._repeats_parameter(node, steps) or self._calls_kept(node)
        return found

    def _repeats_parameter(self, node: Node, steps: int) -> bool:
        """Whether a function calls a parameter in a loop; or is small, and may hand one to a function that does, or that calls it once, in
        a loop here."""
        parameters = node.function.parameters if node.function is not None else ()
        if node.repeated and any(one.name in node.repeated and f"{one.name}(" in node.said for one in parameters):
            return True
        if not parameters or steps == 0 or len(node.said) > _SMALL:
            return False
        return any(
            (name in node.repeated and self._calls(other, steps))
            or (_takes_more(other) and self._is(other, steps - 1))
            or self._calls_kept(other)
            for name, others in self._mentioned.said(node.number).items()
            for other in others
            if other is not node
        )

    def _calls(self, node: Node, steps: int) -> bool:
        """Whether a function calls a parameter, or is small and hands one to a function that does."""
        if _calls_parameter(node):
            return True
        if not steps or not _takes_more(node) or len(node.said) > _SMALL:
            return False
        return any(
            self._calls(other, steps - 1) for others in self._mentioned.said(node.number).values() for other in others if other is not node
        )

    def _calls_kept(self, node: Node) -> bool:
        """Whether a method calls in a loop what its object was made with, by itself or by another method."""
        own = _on_self(node)
        again = [name for name in own if name in node.repeated]
        if not again or not node.owner:
            return False
        called = {*again, *(name for one in again for other in self._mentioned.said(node.number).get(one, ()) for name in _on_self(other))}
        below = (
            item for name in self._project.subclasses.get(node.owner.rpartition(".")[2], ()) for item in self._project.classes.get(name, ())
        )
        classes = (item for _, item in (*self._project.classes.get(node.owner.rpartition(".")[2], ()), *below))
        return any(name in called and isinstance(value, Param) for item in classes for name, _, value in item.instance)


def _on_self(node: Node) -> list[str]:
    """What a method calls on its own object."""
    return [form[5:-1] for form in node.said if form.startswith("self.") and form[-1] == "("]


def _calls_parameter(node: Node) -> bool:
    return node.function is not None and any(f"{one.name}(" in node.said for one in node.function.parameters)


def _takes_more(node: Node) -> bool:
    """Whether a function takes something to call and something to call it with."""
    return node.function is not None and len([one for one in node.function.parameters if one.name not in ("self", "cls")]) > 1

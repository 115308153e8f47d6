"""Who mentions whom: worked out for what is asked, since most functions of a project are never asked about."""

from __future__ import annotations

from collections import defaultdict

from session_lint.index.project_index import Node, ProjectIndex
from session_lint.index.targets import Targets


class Mentioned:
    """The nodes that the mentions in a node can mean, and the nodes that may mean it."""

    def __init__(self, project: ProjectIndex) -> None:
        self._nodes = project.nodes
        self._targets = Targets(project)
        self._routes: list[dict[str, list[str]]] = [{} for _ in self._nodes]  # by name, as written
        self._sayers: dict[str, list[int]] = defaultdict(list)
        defined = self._targets.defined
        for node in self._nodes:
            routes = self._routes[node.number]
            for form in node.said:
                name = form.rpartition(".")[2].removesuffix("(")
                if name in defined:
                    routes.setdefault(name, []).append(form)
            for mark, refs in (("=", node.refs), ("@", node.holds)):
                for name, full in [(name, ref) for ref in refs for name in _names_of(ref)]:
                    routes.setdefault(name, []).append(mark + full)
            for name in node.mentions:
                routes.setdefault(name, []).append("*" + name)
            for name in routes:
                self._sayers[name].append(node.number)
        self._means: dict[tuple[int, str], tuple[Node, ...]] = {}
        self._said: dict[int, dict[str, tuple[Node, ...]]] = {}
        self._callees: dict[int, tuple[int, ...]] = {}
        self._callers: dict[int, tuple[int, ...]] = {}

    def said(self, number: int) -> dict[str, tuple[Node, ...]]:
        """The names said in a node that can mean some, and which."""
        found = self._said.get(number)
        if found is None:
            found = {name: others for name in self._routes[number] if (others := self._meant(number, name))}
            self._said[number] = found
        return found

    def callees(self, number: int) -> tuple[int, ...]:
        """The nodes that the mentions in a node can mean."""
        found = self._callees.get(number)
        if found is None:
            found = tuple(sorted({other.number for others in self.said(number).values() for other in others}))
            self._callees[number] = found
        return found

    def callers(self, number: int) -> tuple[int, ...]:
        """The nodes, other than itself, that may mean a node."""
        found = self._callers.get(number)
        if found is None:
            node = self._nodes[number]
            sayers = {sayer for name in node.names for sayer in self._sayers.get(name, ()) if node in self._meant(sayer, name)}
            found = tuple(sorted(sayers - {number}))
            self._callers[number] = found
        return found

    def _meant(self, number: int, name: str) -> tuple[Node, ...]:
        found = self._means.get((number, name))
        if found is None:
            node = self._nodes[number]
            several = [self._route(node, route) for route in self._routes[number][name]]
            found = several[0] if len(several) == 1 else tuple(dict.fromkeys([other for others in several for other in others]))
            self._means[number, name] = found
        return found

    def _route(self, node: Node, route: str) -> tuple[Node, ...]:
        if route[0] == "=":
            return self._targets.named(node, route[1:])
        if route[0] == "@":
            return self._targets.objects(node, route[1:])
        return self._targets.loosely(node.file, route[1:]) if route[0] == "*" else self._targets.of(node, route)


def _names_of(ref: str) -> tuple[str, ...]:
    """The names by which a node is known that a full name means: "pkg.Class.__init__" is named like "Class.__init__"."""
    above, _, last = ref.rpartition(".")
    inner = above.rpartition(".")[2]
    return (last, f"{inner}.{last}") if inner else (last,)

"""Who mentions whom: worked out for what is asked, since most functions of a project are never asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.analysis.index.targets import Targets
from session_lint.runtime.going_on import go_on


class Mentioned:
    """The nodes that the mentions in a node can mean, and the nodes that may mean it."""

    def __init__(self, project: ProjectIndex) -> None:
        self._nodes = project.nodes
        self._targets = Targets(project)
        self._marked: dict[str, str] = {}  # one object of equal strings
        self._sayers: dict[str, list[int | str]] = defaultdict(list)  # by name: who says it and how, in turns: there are millions
        for node in self._nodes:
            go_on()
            for name, route in self._routes(node):
                if name in self._targets.defined:
                    self._sayers[name] += (node.number, route)
        self._said: dict[int, dict[str, tuple[Node, ...]]] = {}
        self._callees: dict[int, tuple[int, ...]] = {}
        self._callers: dict[int, tuple[int, ...]] = {}
        self._meaning: dict[str, dict[int, list[list[int]]]] = {}

    def _routes(self, node: Node) -> Iterator[tuple[str, str]]:
        """The names said in a node that may be known, each with how it is said."""
        defined = self._targets.defined
        for form in node.said:
            name = form.rpartition(".")[2].removesuffix("(")
            if name in defined:
                yield name, form
        for mark, refs in (("=", node.refs), ("@", node.holds)):
            for ref in refs:
                route = self._marked.setdefault(mark + ref, mark + ref)
                for name in _names_of(ref):
                    yield name, route
        for name in sorted(node.mentions):
            yield name, "*" + name

    def said(self, number: int) -> dict[str, tuple[Node, ...]]:
        """The names said in a node that can mean some, and which."""
        found = self._said.get(number)
        if found is None:
            go_on()
            node = self._nodes[number]
            routes: dict[str, list[str]] = {}
            for name, route in self._routes(node):
                routes.setdefault(name, []).append(route)
            found = {name: others for name, ways in routes.items() if (others := self._meant(node, ways))}
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
            groups = [group for name in self._nodes[number].names for group in self._meaning_by(name).get(number, ())]
            found = tuple(sorted({sayer for group in groups for sayer in group} - {number}))
            self._callers[number] = found
        return found

    def overridden(self, number: int) -> list[Node]:
        """The methods that a method stands in for: of classes above, and of those that a class below has beside its own."""
        node = self._nodes[number]
        if node.function is None or not node.owner:
            return []
        above = self._targets.families.beside(node.owner.rpartition(".")[2])
        return [one for one in self._targets.defined.of(node.function.name).of_classes(above) if one is not node] if above else []

    def is_of_base(self, caller: int, number: int) -> bool:
        """Whether a node stands in a class above that of another one, which need not have a method of its name."""
        mine, above = self._nodes[number], self._nodes[caller]
        own, other = ((one.owner or one.around).rpartition(".")[2] for one in (mine, above))
        return bool(own) and other in self._targets.families.bases(own)

    def above(self, cls: str) -> frozenset[str]:
        """The classes above one, by bare names."""
        return self._targets.families.bases(cls)

    def named(self, node: Node, ref: str) -> tuple[Node, ...]:
        """The nodes that a full dotted name can mean where a node says it."""
        return self._targets.named(node, ref)

    def _meaning_by(self, name: str) -> dict[int, list[list[int]]]:
        """By node, the groups of nodes that may mean it when they say a name: those of a group mean the same."""
        known = self._meaning.get(name)
        if known is None:
            groups: dict[int, tuple[tuple[Node, ...], list[int]]] = {}  # by identity of what is meant, which many share
            for number, ways in self._said_by(name):
                meant = self._meant(self._nodes[number], ways)
                groups.setdefault(id(meant), (meant, []))[1].append(number)
            known = self._meaning[name] = {}
            for meant, sayers in groups.values():
                for other in meant:
                    known.setdefault(other.number, []).append(sayers)
        return known

    def _said_by(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """The nodes that say a name, each with the ways in which it does."""
        flat = self._sayers.get(name, [])
        for number, pairs in groupby(zip(flat[::2], flat[1::2], strict=True), itemgetter(0)):
            if isinstance(number, int):
                yield number, [str(route) for _, route in pairs]

    def _meant(self, node: Node, ways: Sequence[str]) -> tuple[Node, ...]:
        if len(ways) == 1:
            return self._route(node, ways[0])
        return tuple(dict.fromkeys([other for way in ways for other in self._route(node, way)]))

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

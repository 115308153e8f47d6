"""Graph algorithms over call edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def components(graph: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Strongly connected components, callees before callers (Tarjan, without recursion), each sorted."""
    search = _Search(graph)
    for start in graph:
        if start not in search.index:
            yield from search.below(start)


class _Search:
    """The state of the search. `index` is the order of first visits, `low` the lowest index that a node leads back to."""

    def __init__(self, graph: Mapping[str, tuple[str, ...]]) -> None:
        self.index: dict[str, int] = {}
        self._graph = graph
        self._low: dict[str, int] = {}
        self._on_stack: set[str] = set()
        self._stack: list[str] = []

    def below(self, start: str) -> Iterator[tuple[str, ...]]:
        """The components that are found from a node not yet visited."""
        work = [(start, self._enter(start))]
        while work:
            node, successors = work[-1]
            found = self._unvisited(node, successors)
            if found is not None:
                work.append((found, self._enter(found)))
                continue
            work.pop()
            if work:
                above = work[-1][0]
                self._low[above] = min(self._low[above], self._low[node])
            if self._low[node] == self.index[node]:
                yield self._leave(node)

    def _unvisited(self, node: str, successors: Iterator[str]) -> str | None:
        for successor in successors:
            if successor not in self.index:
                return successor
            if successor in self._on_stack:
                self._low[node] = min(self._low[node], self.index[successor])
        return None

    def _enter(self, node: str) -> Iterator[str]:
        self.index[node] = self._low[node] = len(self.index)
        self._stack.append(node)
        self._on_stack.add(node)
        return iter(self._graph[node])

    def _leave(self, node: str) -> tuple[str, ...]:
        found = []
        while True:
            member = self._stack.pop()
            self._on_stack.discard(member)
            found.append(member)
            if member == node:
                return tuple(sorted(found))

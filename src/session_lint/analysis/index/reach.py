"""Reachability in the import graph, as bit sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def reachable(graph: Sequence[Iterable[int]]) -> list[int]:
    """For each node of a graph the bit set of all it reaches, itself included."""
    reach = [1 << i for i in range(len(graph))]
    for component in _Tarjan(graph).run():
        bits = 0
        for i in component:
            bits |= 1 << i
            for j in graph[i]:
                bits |= reach[j]
        for i in component:
            reach[i] = bits
    return reach


class _Tarjan:
    """Strongly connected components, what is reached before what reaches it; without recursion."""

    def __init__(self, graph: Sequence[Iterable[int]]) -> None:
        self.graph = graph
        self.index: dict[int, int] = {}
        self.low: dict[int, int] = {}
        self.stack: list[int] = []
        self.on_stack: set[int] = set()
        self.work: list[tuple[int, Iterator[int]]] = []

    def run(self) -> Iterator[list[int]]:
        for start in range(len(self.graph)):
            if start not in self.index:
                self._enter(start)
                while self.work:
                    yield from self._step()

    def _enter(self, node: int) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.on_stack.add(node)
        self.work.append((node, iter(sorted(self.graph[node]))))

    def _step(self) -> Iterator[list[int]]:
        """Follow edges of the innermost node until one leads on; leave the node when none does."""
        node, edges = self.work[-1]
        for other in edges:
            if other not in self.index:
                self._enter(other)
                return
            if other in self.on_stack:
                self.low[node] = min(self.low[node], self.index[other])
        self.work.pop()
        if self.work:
            outer = self.work[-1][0]
            self.low[outer] = min(self.low[outer], self.low[node])
        if self.low[node] == self.index[node]:
            yield self._component(node)

    def _component(self, node: int) -> list[int]:
        at = self.stack.index(node)
        component = self.stack[at:]
        del self.stack[at:]
        self.on_stack.difference_update(component)
        return component

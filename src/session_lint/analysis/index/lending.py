"""What is spread over two functions: a query that one makes and another runs, a text that one writes and hands to another."""

from __future__ import annotations

from session_lint.analysis.index.kinds import Own
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.project_index import Node
from session_lint.analysis.index.seeds import RUNNERS, Seeded, note

_SMALL = 12  # names that a function says which only makes a query, or only runs what it is handed


class Lending:
    """Adds to what is `seeded` the effects that two functions have together. `lenders` make what another runs."""

    def __init__(self, nodes: list[Node], mentioned: Mentioned, seeded: Seeded) -> None:
        self._mentioned = mentioned
        self._seeded = seeded
        self.lenders: set[int] = set()
        self._begun: dict[tuple[int, frozenset[str]], bool] = {}
        self._giving: dict[int, bool] = {}
        for node in nodes:
            if node.real:
                self._run_here(node)
        for node in nodes:
            if node.real and (ran := self.handed(node)):
                for number in mentioned.callers(node.number):
                    if nodes[number].real:
                        self._run_there(nodes[number], node, ran)

    def _run_here(self, node: Node) -> None:
        """`items_of(x).delete()`, `execute(wiping(x))`; and `change("DELETE ...")`, whatever `change` is."""
        judge, constants = self._seeded.judge(node)
        runs, hands = judge.runs(node), judge.handed(node, constants)
        if not runs and not hands:
            return
        found: dict[str, Own] = {}
        for name, others in self._mentioned.said(node.number).items():
            for one in hands:
                note(found, name, one.bits, {f"@{one.on_text}"})
            for other in others if runs else ():
                self._together(found, runs, node, other)
        self._seeded.add(node.number, found)

    def _together(self, found: dict[str, Own], runs: frozenset[str], node: Node, other: Node) -> None:
        if not self._gives(other):
            return
        if self._begins(other, runs):
            self.lenders.add(other.number)
        judge, constants = self._seeded.judge(node)
        for one, hints in judge.together(runs, node, other, constants):
            self.lenders.add(other.number)
            for name in runs & one.methods:
                note(found, name, one.bits, hints)

    def _run_there(self, node: Node, runner: Node, ran: frozenset[str]) -> None:
        """`run(query_of(x))`, `run(Model.objects.filter(...))`: made here, or by one that is called here, and run by the other."""
        found: dict[str, Own] = {}
        names = [name for name, others in self._mentioned.said(node.number).items() if runner in others]
        givers = {other.number: other for others in self._mentioned.said(node.number).values() for other in others if self._gives(other)}
        for giver in (node, *givers.values()):
            if giver is runner:
                continue
            judge, constants = self._seeded.judge(giver)
            for one, hints in judge.says(giver, constants, ran):
                if giver is not node:
                    self.lenders.add(giver.number)
                for name in names:
                    note(found, name, one.bits, hints)
        self._seeded.add(node.number, found)

    def handed(self, node: Node) -> frozenset[str]:
        """The names by which a small function runs what it is handed: `query.delete()` on a parameter, `execute(statement)`; or what it
        captures, where it is nested in another."""
        function = node.function
        if function is None or len(node.said) > _SMALL:
            return frozenset()
        nested = function.owner is None and "." in function.qualname
        if not function.parameters and not nested:
            return frozenset()
        judge, _ = self._seeded.judge(node)
        names = {parameter.name for parameter in function.parameters}
        called = [form[:-1] for form in node.said if form[-1] == "("]
        on = {form.rpartition(".")[2] for form in called if nested or form[1:].partition(".")[0] in names}
        return frozenset((on & judge.running) | (node.calls & RUNNERS))

    def _begins(self, node: Node, runs: frozenset[str]) -> bool:
        """Whether a function by itself says something of a client that one of the names would run."""
        key = (node.number, runs)
        found = self._begun.get(key)
        if found is None:
            judge, constants = self._seeded.judge(node)
            found = self._begun[key] = any(True for _ in judge.says(node, constants, runs))
        return found

    def _gives(self, node: Node) -> bool:
        """Whether what a function returns may be the beginning of a query or statement: a small one that speaks of a client."""
        found = self._giving.get(node.number)
        if found is None:
            small = node.real and node.function is not None and node.function.returns_value and 0 < len(node.said) <= _SMALL
            said = {part for form in node.said for part in form.strip(".:(").split(".")} if small else set[str]()
            found = self._giving[node.number] = small and not self._seeded.judge(node)[0].vocabulary.isdisjoint(said)
        return found

"""What is spread over two functions: a query that one makes and another runs, a text that one writes and hands to another."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from session_lint.analysis.index.kinds import READ, Fitting, Own
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.seeds import RUNNERS, Seeded, note

_FEW = 4  # names that a function says which returns what another one gives it
_STEPS = 2  # of those, one after the other
_CLASS = re.compile(r"_*[A-Z][A-Za-z0-9]*[a-z]\w*\($")
_SMALL = 12  # names that a function says which only makes a query, or only runs what it is handed


class Lending:
    """Adds to what is `seeded` the effects that two functions have together. `lenders` make what another runs."""

    def __init__(self, nodes: list[Node], mentioned: Mentioned, seeded: Seeded, classes: Container[str]) -> None:
        """`classes`: the bare names of the project's classes."""
        self._classes = classes
        self._mentioned = mentioned
        self._seeded = seeded
        self.lenders = {node.number for node in nodes if node.real and seeded.reads_text(node)}
        self._begun: dict[tuple[int, frozenset[str]], bool] = {}
        self._giving: dict[int, Node | None] = {}
        self._spoken: dict[tuple[int, int], tuple[frozenset[str], frozenset[str]]] = {}
        self._followed: set[int] = set()
        self._made: dict[tuple[int, frozenset[str]], list[tuple[list[Node], Fitting, set[str]]]] = {}
        self._gives: dict[int, list[Node]] = {}
        self._nodes = nodes
        for node in nodes:
            if node.real:
                self._run_here(node)
        for node in nodes:
            if node.real:
                self._looked_up(node)
        self.forwarding: set[int] = set()  # small functions that hand on to one that runs it what they are handed
        done: set[tuple[int, int, frozenset[str]]] = set()  # who calls whom for what, and was looked at
        for node in nodes:
            if node.real and (ran := self.handed(node)):
                self._run_above(node, ran, done)

    def _run_above(self, node: Node, ran: frozenset[str], done: set[tuple[int, int, frozenset[str]]]) -> None:
        """What is handed to a function that runs it, by its callers or by way of small functions that hand it on."""
        front, seen = [node], {node.number}
        for _ in range(_STEPS + 1):
            above: list[Node] = []
            while front:
                runner = front.pop()
                for caller in (self._nodes[number] for number in self._mentioned.callers(runner.number)):
                    if not caller.real or (caller.number, runner.number, ran) in done:
                        continue
                    done.add((caller.number, runner.number, ran))
                    self._run_there(caller, runner, node, ran)
                    few = caller.function is not None and caller.function.parameters and len(caller.said) <= _FEW
                    if few and caller.number not in seen:
                        seen.add(caller.number)
                        self.forwarding.add(caller.number)
                        (front if caller.function is not None and caller.function.forwards else above).append(caller)
            front = above

    def _run_here(self, node: Node) -> None:
        """`items_of(x).delete()`, `execute(wiping(x))`; and `change("DELETE ...")`, whatever `change` is."""
        judge, constants = self._seeded.judge(node)
        runs, hands = judge.runs(node), judge.handed(node, constants)
        if not runs and not hands:
            return
        found: dict[str, Own] = {}
        said = self._mentioned.said(node.number)
        for name in said if hands else ():
            for one in hands:
                note(found, name, one.bits, {f"@{one.on_text}"})
        others = [other for named in said.values() for other in named] if runs else []
        givers = [(other, whole) for other in others if (whole := self._giver(other)) is not None]
        lacking = judge.lacking(runs, node, constants) if givers else []
        for other, whole in givers:
            self._together(found, runs, lacking, node, other, whole)
        self._seeded.add(node.number, found)

    def _together(self, found: dict[str, Own], runs: frozenset[str], lacking: list[Fitting], node: Node, other: Node, whole: Node) -> None:
        if self._begins(whole, runs):
            self._lent(other)
        judge, constants = self._seeded.judge(node)
        on_class = (f"{cls}{called}" for cls in self._given(whole) for called in _on_values(node))
        for one, hints in judge.together(lacking, node, replace(whole, said=(*whole.said, *on_class)), constants):
            self._lent(other)
            for name in runs & one.methods:
                note(found, name, one.bits, hints)

    def _run_there(self, node: Node, runner: Node, end: Node, ran: frozenset[str]) -> None:
        """`run(query_of(x))`, `run(Model.objects.filter(...))`: made here, or by one that is called here, and run by the other, or by the
        one to which that hands it on."""
        found: dict[str, Own] = {}
        names = [name for name, others in self._mentioned.said(node.number).items() if runner in others]
        for givers, one, hints in self._made_there(node, ran):
            others = [giver for giver in givers if giver.number != runner.number]
            for giver in others:
                if giver is not node:
                    self._lent(giver)
            for name in names if others else ():
                note(found, name, one.bits, hints)
        for one, hints in self._saved_there(node, end, ran):
            for name in names:
                note(found, name, one.bits, hints)
        self._seeded.add(node.number, found)

    def _saved_there(self, node: Node, runner: Node, ran: frozenset[str]) -> Iterator[tuple[Fitting, set[str]]]:
        """What a function, or what it calls, makes and another one saves: `keep(Row(x))`, `keep(row_of(x))`."""
        judge, constants = self._seeded.judge(node)
        lacking = judge.lacking(ran, node, constants)
        known: dict[tuple[tuple[str, ...], frozenset[str]], list[tuple[Fitting, set[str]]]] = {}  # many say the same
        for giver in (node, *(self._givers(node) if lacking else ())):
            content = (giver.said, giver.words)
            if content not in known:
                known[content] = list(judge.together(lacking, giver, runner, constants))
                yield from known[content]
            if known[content] and giver is not node:
                self._lent(self._nodes[giver.number])

    def _made_there(self, node: Node, ran: frozenset[str]) -> list[tuple[list[Node], Fitting, set[str]]]:
        """What a function, and each that it calls and that gives something, says that one of the names would run: each with who says it."""
        key = (node.number, ran)
        if key not in self._made:
            found: dict[tuple[int, frozenset[str]], tuple[list[Node], Fitting, set[str]]] = {}
            for giver in (node, *self._givers(node)):
                judge, constants = self._seeded.judge(giver)
                for one, hints in judge.says(giver, constants, ran):
                    found.setdefault((id(one), frozenset(hints)), ([], one, hints))[0].append(giver)
            self._made[key] = list(found.values())
        return self._made[key]

    def _givers(self, node: Node) -> list[Node]:
        """What a function calls that gives something of a client, each with what those say whose results it returns."""
        if node.number not in self._gives:
            others = (self._nodes[number] for number in dict.fromkeys(self._mentioned.callees(node.number)))
            self._gives[node.number] = [whole for other in others if (whole := self._giver(other)) is not None]
        return self._gives[node.number]

    def _looked_up(self, node: Node) -> None:
        """`first(Model.objects.filter(...))` of a function that ends the query it is handed: it is the caller who looks something up."""
        for name, others in self._mentioned.said(node.number).items():
            ends = [(other, asked) for other in others if (asked := self._asked(other))]
            for other, asked in ends:
                judge, constants = self._seeded.judge(node)
                found: dict[str, Own] = {}
                for hints in judge.looked_at(asked, node, other, constants):
                    note(found, name, READ, hints)
                self._seeded.add(node.number, found)

    def _asked(self, node: Node) -> frozenset[str]:
        """The names by which a small function looks up what it is handed: `rows.first()` of a parameter."""
        function = node.function
        if function is None or not function.parameters or not function.returns_value or len(node.said) > _FEW:
            return frozenset()
        judge, _ = self._seeded.judge(node)
        called = [form[1:-1].split(".") for form in node.said if form[0] == ":" and form[-1] == "("]
        names = {parameter.name for parameter in function.parameters}
        return frozenset([parts[1] for parts in called if len(parts) == 2 and parts[0] in names and parts[1] in judge.looking])

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

    def _giver(self, node: Node) -> Node | None:
        """A small function that returns something and speaks of a client, with what those say whose results it returns; else None."""
        if node.number not in self._giving:
            self._giving[node.number] = None  # met again below, it adds nothing
            said, words = self._speech(node, _STEPS)
            parts = {part for form in said for part in form.strip(".:(").split(".")}
            speaks = bool(parts) and not self._seeded.judge(node)[0].vocabulary.isdisjoint(parts)
            whole = replace(node, said=tuple(sorted(said)), words=words)
            self._giving[node.number] = whole if speaks or (parts and (self._given(whole) or self._builds(whole))) else None
        return self._giving[node.number]

    def _given(self, node: Node) -> list[str]:
        """The classes of the project that a function names and does not call: it may return them."""
        return [form for form in node.said if form in self._classes and f"{form}(" not in node.said]

    @staticmethod
    def _builds(node: Node) -> bool:
        """Whether a function makes an object of a class: it may be a row that another one saves."""
        return any(_CLASS.match(form) for form in node.said)

    def _speech(self, node: Node, steps: int) -> tuple[frozenset[str], frozenset[str]]:
        """What a function and those that give it what it returns say, and their prefilter words."""
        key = (node.number, steps)
        if key not in self._spoken:
            self._spoken[key] = frozenset(), frozenset()  # met again below, it adds nothing
            self._spoken[key] = self._told(node, steps)
        return self._spoken[key]

    def _told(self, node: Node, steps: int) -> tuple[frozenset[str], frozenset[str]]:
        if not (node.real and node.function is not None and node.function.returns_value and 0 < len(node.said) <= _SMALL):
            return frozenset(), frozenset()
        said, words = frozenset(node.said), node.words
        for number in self._mentioned.callees(node.number) if steps and len(node.said) <= _FEW else ():
            more, further = self._speech(self._nodes[number], steps - 1)
            said, words = said | more, words | further
        return said, words

    def _lent(self, node: Node) -> None:
        """A function whose result others run, and those that give it what it returns."""
        if node.number in self._followed:
            return
        self._followed.add(node.number)
        self.lenders.add(node.number)
        front, seen = [node.number], {node.number}
        for _ in range(_STEPS):
            callees = (other for one in front if len(self._nodes[one].said) <= _FEW for other in self._mentioned.callees(one))
            front = [one for one in dict.fromkeys(callees) if one not in seen and self._speech(self._nodes[one], 0)[0]]
            seen.update(front)
            self.lenders.update(front)


def _on_values(node: Node) -> list[str]:
    """What a function calls on locals and on the results of calls."""
    return [form[form.index(".") :] for form in node.said if form[-1] == "(" and form[0] in ":." and "." in form]

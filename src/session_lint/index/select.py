"""The choice of functions worth extracting: those that can take part in a finding.

1. Seeds: functions whose own text has a prefilter word and calls a method its library model looks at, or a getter by name.
2. Closure: what a seed may do, its callers may do, to a fixpoint. Callers are found by the bare name; a name said in one file
   can mean a function of another only if imports lead there (`ProjectIndex.may_mean`).
3. Meetings: functions in which two such mentions can make a defect (`kinds.meets`), or that can leave out of one call what they hold.
4. What bears on state and is reached downward from a meeting is selected; then, of what is left, functions that a selected
   one mentions and that hand it an object to work on or call what it hands them.

It errs on the side of taking too much: names are not resolved, order and branches are not looked at, and a name that occurs
twice counts as called twice. It leaves out what cannot matter: a function that only passes one effect on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Const
from session_lint.index.kinds import ANYTHING, CLEAR, INSERT, OBTAIN, READ, SCOPE_NAMES, WRITES, Seeds, meets, meets_replacing, own_bits
from session_lint.index.project_index import MODULE_LEVEL, Node, ProjectIndex


@dataclass(frozen=True, slots=True)
class Selection:
    """What to extract. `wanted` is by path; "<module>" is module-level code. `reasons` says why each was taken."""

    wanted: Mapping[str, frozenset[str]]
    reasons: Mapping[tuple[str, str], str]
    seeds: int = 0  # functions with an effect of their own
    bearing: int = 0  # functions that may lead to one


def select(indexes: Sequence[ModuleIndex], *, seeds: Seeds, muted: frozenset[str] = frozenset()) -> Selection:
    """The functions that can take part in a finding; the same for any order of `indexes`.

    In a file of `muted` no finding may start: its functions are not meetings, but can be reached from one.
    """
    return _Closure(ProjectIndex(indexes), seeds, muted).selection()


def select_all(indexes: Sequence[ModuleIndex]) -> Selection:
    """Every function and the module-level code of every file, for the graph command."""
    ordered = sorted(indexes, key=lambda index: index.path)
    wanted = {index.path: frozenset([MODULE_LEVEL, *(f.qualname for f in index.functions)]) for index in ordered}
    return Selection(wanted, {(path, name): "everything was asked for" for path in wanted for name in sorted(wanted[path])})


class _Closure:
    def __init__(self, project: ProjectIndex, seeds: Seeds, muted: frozenset[str] = frozenset()) -> None:
        self.project = project
        self.muted = muted
        self.seeds = seeds
        self.nodes = project.nodes
        self.defined: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for name in node.names:
                self.defined[name].append(node)
        self.sayers: dict[str, dict[int, list[Node]]] = {}
        for node in self.nodes:
            for name in node.mentions & self.defined.keys():
                self.sayers.setdefault(name, {}).setdefault(node.file, []).append(node)
        self.bits = [0] * len(self.nodes)
        self.own: list[dict[str, int]] = [{} for _ in self.nodes]
        # what a name said in a file may do
        self.said: dict[tuple[int, str], int] = {}
        self.reasons: dict[int, str] = {}

    def _may_start(self, node: Node) -> bool:
        return self.project.files[node.file].path not in self.muted

    def selection(self) -> Selection:
        """Run the steps in order."""
        self._seed()
        seeds = sum(1 for own in self.own if own)
        self._rise()
        bearing = sum(1 for node in self.nodes if node.real and self.bits[node.number])
        self._descend(
            [node for node in self.nodes if node.real and self._may_start(node) and (self._meets(node) or self._leaves_out(node))]
        )
        self._surround()
        self._support()
        wanted: dict[str, set[str]] = defaultdict(set)
        reasons: dict[tuple[str, str], str] = {}
        for node in self.nodes:
            if node.real and node.number in self.reasons:
                path = self.project.files[node.file].path
                wanted[path].add(node.qualname)
                reasons.setdefault((path, node.qualname), self.reasons[node.number])
        return Selection({path: frozenset(names) for path, names in sorted(wanted.items())}, reasons, seeds, bearing)

    def _seed(self) -> None:
        is_getter = self.seeds.is_getter
        every = {name for node in self.nodes if node.real for name in (*node.mentions, *node.names)}
        getters = {name: OBTAIN | INSERT | READ for name in every if is_getter(name)}
        for node in self.nodes:
            if not node.real:
                continue
            own = own_bits(self.seeds, getters, node.mentions, node.words)
            self.own[node.number] = own
            bits = 0
            for bit in own.values():
                bits |= bit
            if any(name in getters for name in node.names):
                bits |= OBTAIN
            self.bits[node.number] = _by_body(bits)

    def _rise(self) -> None:
        """What a function may do, its callers may do."""
        work = [node for node in self.nodes if self.bits[node.number]]
        while work:
            node = work.pop()
            bits = self.bits[node.number]
            for name in node.names:
                for file, sayers in self.sayers.get(name, {}).items():
                    known = self.said.get((file, name), 0)
                    if known | bits == known or not self.project.may_mean(file, name, node):
                        continue
                    self.said[file, name] = known | bits
                    for sayer in sayers:
                        grown = _by_body(self.bits[sayer.number] | bits)
                        if grown != self.bits[sayer.number] and sayer is not node:
                            self.bits[sayer.number] = grown
                            work.append(sayer)

    def _meets(self, node: Node) -> bool:
        bits = self.bits[node.number]
        if not bits & WRITES:
            return False
        own = self.own[node.number]
        slots: list[tuple[int, bool]] = []
        for name in node.mentions:
            bit = own.get(name, 0) | self.said.get((node.file, name), 0)
            if bit:
                # one statement of SQL text may hold two commands
                twice = name in node.repeated or (bit & ANYTHING == ANYTHING and name.startswith("execute"))
                slots.append((bit, twice))
        return meets(slots)

    def _leaves_out(self, node: Node) -> bool:
        """Whether one call may obtain what the function has at hand: as a parameter that the callee could be given, or as a field."""
        function = node.function
        if function is None or not self.bits[node.number] & OBTAIN:
            return False
        held = {parameter.name for parameter in function.parameters} | self.project.fields(node)
        for name in node.mentions:
            if self.said.get((node.file, name), 0) & OBTAIN:
                takers = (other for other in self.defined[name] if not held.isdisjoint(_may_be_left_out(other)))
                if any(self.project.may_mean(node.file, name, other) for other in takers):
                    return True
        return False

    def _descend(self, meetings: Iterable[Node]) -> None:
        """Select the meetings and all that bears on state below them."""
        work: list[Node] = []
        for node in meetings:
            self.reasons[node.number] = "calls that may bear on the same record meet here, or leave it out"
            work.append(node)
        while work:
            node = work.pop()
            for name in sorted(node.mentions):
                if (node.file, name) not in self.said:
                    continue
                for other in self.defined[name]:
                    if other.number in self.reasons or not self.bits[other.number]:
                        continue
                    if self.project.may_mean(node.file, name, other):
                        self.reasons[other.number] = "may be called below a function where two such calls meet"
                        work.append(other)

    def _surround(self) -> None:
        """Select the callers that decide whether a clear and its insert always run in a transaction.

        All callers count as soon as one function above opens a transaction: one that does not must be seen too.
        """
        below = self._below_scopes()
        work = [n for n in self.nodes if n.number in self.reasons and n.number in below and meets_replacing(self.bits[n.number])]
        while work:
            node = work.pop()
            for other in self._callers(node):
                if other.number not in self.reasons:
                    self.reasons[other.number] = "calls a function that clears and inserts, with or without a transaction around it"
                    if other.number in below:
                        work.append(other)

    def _below_scopes(self) -> set[int]:
        """Nodes that may run, and clear, below a function that opens a transaction."""
        below: set[int] = set()
        work = [node for node in self.nodes if node.real and self._may_start(node) and not SCOPE_NAMES.isdisjoint(node.mentions)]
        while work:
            node = work.pop()
            for name in node.mentions:
                if not self.said.get((node.file, name), 0) & CLEAR:
                    continue
                for other in self.defined[name]:
                    if other.number not in below and self.bits[other.number] & CLEAR and self.project.may_mean(node.file, name, other):
                        below.add(other.number)
                        work.append(other)
        return below

    def _callers(self, node: Node) -> Iterable[Node]:
        for name in node.names:
            for file, sayers in self.sayers.get(name, {}).items():
                if self.project.may_mean(file, name, node):
                    yield from (sayer for sayer in sayers if self._may_start(sayer))

    def _support(self) -> None:
        """Select what makes calls of the selected functions resolvable: factories, and functions that call their parameters."""
        hot = {
            node.function.owner.rsplit(".", 1)[-1]
            for node in self.nodes
            if node.number in self.reasons and node.function is not None and node.function.owner
        }
        helping = [node for node in self.nodes if node.function is not None and node.number not in self.reasons and _helps(node, hot)]
        said_by_selected: dict[str, set[int]] = defaultdict(set)
        for node in self.nodes:
            if node.number in self.reasons:
                for name in node.mentions:
                    said_by_selected[name].add(node.file)
        for node in helping:
            for name in node.names:
                if any(self.project.may_mean(file, name, node) for file in said_by_selected.get(name, ())):
                    self.reasons[node.number] = "hands a selected function what it calls, or calls what it is handed"


def _may_be_left_out(node: Node) -> list[str]:
    """The parameters that are None when they are not given."""
    return [p.name for p in node.function.parameters if p.default == Const(None)] if node.function is not None else []


def _by_body(bits: int) -> int:
    """A function that reads and inserts may be a getter, whatever its name."""
    return bits | OBTAIN if bits & READ and bits & INSERT else bits


def _helps(node: Node, hot: set[str]) -> bool:
    function = node.function
    if function is None:
        return False
    if any(parameter.name in function.calls for parameter in function.parameters):
        return True
    return not hot.isdisjoint(function.calls)

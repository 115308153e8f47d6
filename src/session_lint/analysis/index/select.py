"""The choice of functions worth extracting: those that can take part in a finding.

1. Seeds: functions whose own text has the evidence a library model asks for, or calls a getter by name.
2. Levels: what a seed may do, its callers may do, up to so many calls away (`levels.LIMITS`): a look-up 3, an insert or a clear
   4, a getter 8. A function with a look-up and an insert both at most 2 calls away, that returns something, may be a getter.
   Callees are found by name, and by the receiver the name is said on as far as names tell (`targets.Targets`).
3. Meetings: functions in which two such mentions can make a defect (`kinds.meets`), or in which a record is at hand that a
   callee would obtain.
4. What bears on state and is reached downward from a meeting is selected; then, of what is left, functions that a selected
   one mentions and that hand it an object to work on or call what it hands them.

Within these limits it errs on the side of taking too much: order and branches are not looked at, and a name that occurs
twice counts as called twice. It leaves out what cannot matter: a function that only passes one effect on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from session_lint.analysis.index.giving import Giving
from session_lint.analysis.index.keyed import keyed
from session_lint.analysis.index.kinds import CLEAR, INSERT, MEETING, OBTAIN, READ, WRITES, Own, Seeds
from session_lint.analysis.index.lending import Lending
from session_lint.analysis.index.levels import NEVER, Levels, Masks, Slot, meets, meets_looking
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node, may_be_left_out
from session_lint.analysis.index.project_index import MODULE_LEVEL, ProjectIndex
from session_lint.analysis.index.repeating import Repeating
from session_lint.analysis.index.seeds import Seeded
from session_lint.analysis.index.spotted import spotted
from session_lint.analysis.index.support import Support
from session_lint.analysis.index.surrounding import Surrounding
from session_lint.analysis.index.telling import asks, telling
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.seen import Seen
from session_lint.runtime.going_on import go_on

_FAR = {"": NEVER}
_SMALL = 4  # names that a function says which does little but call another one
_TAKEN = 3  # calls below a function to the getter that it could spare by handing on what it has


@dataclass(frozen=True, slots=True)
class Selection:
    """What to extract. `wanted` is by path; "<module>" is module-level code. `reasons` says why each was taken."""

    wanted: Mapping[str, frozenset[str]]
    reasons: Mapping[tuple[str, str], str]
    seen: Seen = field(default_factory=Seen)


def select(indexes: Sequence[ModuleIndex], *, seeds: Seeds, muted: frozenset[str] = frozenset()) -> Selection:
    """The functions that can take part in a finding; the same for any order of `indexes`.

    In a file of `muted` no finding may start: its functions are not meetings, but can be reached from one.
    """
    return _Closure(ProjectIndex(indexes), seeds, muted).selection()


def select_leading(indexes: Sequence[ModuleIndex], *, seeds: Seeds, muted: frozenset[str] = frozenset()) -> Selection:
    """The functions that may lead to a getter, however many calls away, and what tells that it is one.

    Callers in a file of `muted` do not count.
    """
    return _Closure(ProjectIndex(indexes), seeds, muted).leading()


def select_all(indexes: Sequence[ModuleIndex]) -> Selection:
    """Every function and the module-level code of every file, for the graph command."""
    ordered = sorted(indexes, key=lambda index: index.path)
    wanted = {index.path: frozenset([MODULE_LEVEL, *(f.qualname for f in index.functions)]) for index in ordered}
    return Selection(wanted, {(path, name): "everything was asked for" for path in wanted for name in sorted(wanted[path])})


class _Closure:
    def __init__(self, project: ProjectIndex, seeds: Seeds, muted: frozenset[str] = frozenset()) -> None:
        self.project = project
        self.muted = muted
        self.models = seeds.models
        self.nodes = project.nodes
        self.mentioned = Mentioned(project)
        self.seeded = Seeded(project, seeds)
        self.giving = Giving(project, self.mentioned, self.seeded, seeds.models)
        self.lending = Lending(self.nodes, self.mentioned, self.seeded, project.classes)
        self.openers = frozenset(name for model in seeds.models for name in model.openers)
        self.repeating = Repeating(project, self.mentioned)
        self.reasons: dict[int, str] = {}
        self.racing: dict[int, None] = {}  # functions that may look up and insert, or have a library do so

    @cached_property
    def support(self) -> Support:
        return Support(self.project, self.mentioned, self.lending, self.bits, self.openers, self.giving.givers)

    def _may_start(self, node: Node) -> bool:
        return self.project.files[node.file].path not in self.muted

    def _take(self, numbers: Iterable[int], reason: str) -> None:
        for number in numbers:
            if self._may_start(self.nodes[number]):
                self.reasons.setdefault(number, reason)

    def _levels(self) -> Masks:
        self.levels = Levels(self.nodes, self.mentioned, self.seeded.whole, self.seeded.named, self.seeded.trusted)
        self.bits = self.levels.bits
        return Masks(self.levels)

    def selection(self) -> Selection:
        """Run the steps in order."""
        masks = self._levels()
        meetings = self._meetings(masks)
        told = telling([number for number in meetings if asks(self.levels, number)], self.mentioned.callers)
        self._descend(meetings, masks)
        self._take(told, "says what a function that it calls clears and inserts")
        getting = list(keyed(self.nodes, self.seeded.own, self.mentioned.callers))
        self._take(getting, "gets or creates a record by a call of a library")
        self.racing.update(dict.fromkeys(getting))
        self._take(self._inserting(), "inserts rows of a table of which others look for one first")
        surrounding = Surrounding(self.project, self.mentioned, self.bits, self.support, self.muted)
        surrounding.of_keys(getting, self.reasons)
        surrounding.of_clears(self.reasons)
        surrounding.of_new(self.levels, self.reasons)
        surrounding.of_races([number for number in self.racing if number in self.reasons], self.levels, self.reasons)
        self.support.select(self.reasons)
        return self._selection()

    def leading(self) -> Selection:
        """Run the steps for what leads to a getter, in place of what meets."""
        masks = self._levels()
        self._descend({n: masks.of(hints) for n, hints in self.levels.of[OBTAIN].items() if self._may_start(self.nodes[n])}, masks)
        self._take(self.seeded.named, "has the name of a getter")
        work = list(self.reasons)
        while work:
            for number in self.mentioned.callers(work.pop()):
                if number not in self.reasons and self._may_start(self.nodes[number]):
                    self.reasons[number] = "may lead to a getter"
                    work.append(number)
        self.support.select(self.reasons)
        return self._selection()

    def _selection(self) -> Selection:
        wanted, reasons = defaultdict[str, set[str]](set), dict[tuple[str, str], str]()
        for node in self.nodes:
            if node.real and node.number in self.reasons:
                path = self.project.files[node.file].path
                wanted[path].add(node.qualname)
                reasons.setdefault((path, node.qualname), self.reasons[node.number])
        seen = spotted(self.project, self.seeded, self.levels, self.models, self.muted, frozenset(self.reasons))
        return Selection({path: frozenset(names) for path, names in sorted(wanted.items())}, reasons, seen)

    def _meeting(self, node: Node) -> set[str]:
        """The hints of the records or rows for which two mentions in the function can make a defect."""
        if not self.bits[node.number] & WRITES:
            return set()
        slots: list[Slot] = []
        own, said = self.seeded.own.get(node.number, {}), self.mentioned.said(node.number)
        again = self.repeating.among(said.values())
        for name in own.keys() | said.keys():
            slot = self._slot(own.get(name, {}), node, said.get(name, ()))
            if slot:
                # one statement of SQL text may hold two commands
                twice = again or name in node.repeated or (CLEAR in slot and INSERT in slot and name.startswith("execute"))
                slots.append((slot, twice))
        if looked_up := self.levels.by_body.get(node.number):  # a get-or-create of its own, in no function of its own
            slots.append(({OBTAIN: looked_up}, False))
        if meets_looking(slots):
            self.racing[node.number] = None
        return meets(slots)

    def _slot(self, own: Own, node: Node, others: Sequence[Node]) -> Own:
        """What the mention of one name may do: by itself, and by the nodes it can mean."""
        slot: Own = {bit: set(own[bit]) for bit in MEETING if bit in own}
        for other in [one for one in others if self.bits[one.number]]:
            for bit in (OBTAIN,) if other is node else MEETING:  # a recursion obtains at each level
                hints = self.levels.seen(other.number, bit)
                if hints:
                    slot.setdefault(bit, set()).update(hints)
        return slot

    def _holding(self, node: Node) -> set[str]:
        """The hints of records that a callee would take from a parameter, where the function has one of that name, or a field."""
        if node.function is None or not self.bits[node.number] & OBTAIN:
            return set()
        near = [other for others in self.mentioned.said(node.number).values() for other in others]
        near += [
            self.nodes[n] for one in near if not one.real and self.bits[one.number] & OBTAIN for n in self.mentioned.callees(one.number)
        ]
        below = [other for one in near if self._only_calls(one) for others in self.mentioned.said(one.number).values() for other in others]
        takers = [other for other in (*near, *below) if self._takes(other)]
        if not takers:
            return set()
        mine = {parameter.name for parameter in node.function.parameters} | self.project.fields(node)
        return {hint for other in takers if not mine.isdisjoint(may_be_left_out(other)) for hint in self.levels.seen(other.number, OBTAIN)}

    def _only_calls(self, node: Node) -> bool:
        """Whether a function is small, and leads to a getter: it may leave out what its caller has."""
        return node.real and len(node.said) <= _SMALL and bool(self.bits[node.number] & OBTAIN)

    def _takes(self, node: Node) -> bool:
        """Whether a getter is so near below the node that it could be spared."""
        return min(self.levels.of[OBTAIN].get(node.number, _FAR).values()) <= _TAKEN and bool(may_be_left_out(node))

    def _descend(self, pending: dict[int, int], masks: Masks) -> None:
        """Select the meetings and all below them that bears on what meets there. Sets of hints are masks here: they are many."""
        wanted: dict[int, int] = {}
        self.reasons = dict.fromkeys(pending, "calls that may bear on the same record meet here, or leave it out")
        while pending:
            go_on()
            number = next(iter(pending))
            fresh = pending.pop(number)
            wanted[number] = wanted.get(number, 0) | fresh
            self.reasons.setdefault(number, "may be called below a function where two such calls meet")
            whole, getters = fresh | masks.inside(number, fresh), fresh & masks.getters
            for other in self.mentioned.callees(number):
                bearing = masks.bearing(other, whole) if self.bits[other] else 0
                if getters and self._made_below(number, other):
                    bearing |= getters
                bearing &= ~wanted.get(other, 0)
                if bearing:
                    pending[other] = pending.get(other, 0) | bearing

    def _meetings(self, masks: Masks) -> dict[int, int]:
        """The functions where a finding may start, each with what may meet there."""
        found: dict[int, int] = {}
        for node in self.nodes:
            go_on()
            hints = self._meeting(node) | self._holding(node) if node.real and self._may_start(node) else set()
            if hints:
                found[node.number] = masks.of(hints)
        return found

    def _inserting(self) -> Iterator[int]:
        """The functions that insert rows of a class that one looks up and inserts: whether two of a key are wanted, they may tell."""
        racing = [number for number in self.racing if number in self.reasons]
        looked = {hint for number in racing for bit in (READ, OBTAIN) for hint in self.levels.of[bit].get(number, ())}
        made = {hint for number in racing for bit in (INSERT, OBTAIN) for hint in self.levels.of[bit].get(number, ())}
        wanted = {hint for hint in looked & made if hint[:1].isupper()}
        whole = self.seeded.whole
        yield from (node.number for node in self.nodes if node.real and not wanted.isdisjoint(whole.get(node.number, {}).get(INSERT, ())))

    def _made_below(self, number: int, other: int) -> bool:
        """Whether a callee is nearer to where something is made, which a getter known by its name has to be seen to do."""
        level = self.levels.making.level(number)
        return level < NEVER and self.levels.making.level(other) < level

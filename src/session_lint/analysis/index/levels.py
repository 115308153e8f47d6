"""How many calls below a function an effect is, up to a limit for each kind of effect, and what it is on.

What an effect is on is a *hint*: the bare name of a mapped class or relation that the function says, the name of a getter, or
ANY when it cannot be told from names. Two effects can be on the same rows only if they share a hint, or one has ANY.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from session_lint.analysis.index.kinds import ANY, CLEAR, INSERT, MAKE, OBTAIN, READ, UPSERT, Own
from session_lint.analysis.index.node import Node
from session_lint.runtime.going_on import go_on

#: An effect more calls away than this is not looked for. A look-up and an insert that make a getter of a function lie in it or
#: in a helper; both halves of a replacement lie in helpers of helpers; a getter may be far down.
LIMITS = {READ: 2, INSERT: 4, CLEAR: 4, OBTAIN: 5}
_ENDS = 4  # calls further down to a clear that ends what was obtained, though it makes no pair with an insert
_GETTER = 1  # look-up and insert of a getter that is one by its body alone

NEVER = 99
_TEXT = "@sql"  # the hint of an effect that SQL text says
_FAR = {"": NEVER}
_GIVEN = 3  # functions that each only give what the next one gives
_NO_CLASS = "@=~"  # what the hints begin with that are no class

Hints = dict[str, int]  # hint -> calls to get there


class Edges(Protocol):
    """Who may call whom, by number."""

    def callers(self, number: int, /) -> Sequence[int]:
        """The nodes that may call a node."""

    def callees(self, number: int, /) -> Sequence[int]:
        """The nodes that a node may call."""


class Making:
    """How many calls below a node something is made. Most functions of a project make something, and few are asked about: it is
    looked for from above."""

    def __init__(self, nodes: Sequence[Node], callees: Callable[[int], Sequence[int]], makers: frozenset[int]) -> None:
        self._nodes = nodes
        self._callees = callees
        self._makers = makers
        self._known: dict[int, int] = {}

    def level(self, number: int) -> int:
        """0 where the node itself makes something; NEVER when what does is too far away."""
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = 0 if number in self._makers else self._below(number)
        return found

    def _below(self, number: int) -> int:
        done, front = {number}, [number]
        for level in range(1, LIMITS[INSERT] + 2):
            front = self._next(front, done)
            if not self._makers.isdisjoint(front):
                return level
        return NEVER

    def _next(self, front: list[int], done: set[int]) -> list[int]:
        """The real nodes one call further down; one that only stands for others is passed through at no cost."""
        work = list(front)
        found: list[int] = []
        while work:
            for other in self._callees(work.pop()):
                if other not in done:
                    done.add(other)
                    (found if self._nodes[other].real else work).append(other)
        return found


class Levels:
    """For each kind of effect and each node the hints below it."""

    def __init__(
        self, nodes: Sequence[Node], edges: Edges, own: Mapping[int, Own], named: Iterable[int], trusted: Collection[int] = ()
    ) -> None:
        """`own`: what each node does by itself. `named`: the functions with the name of a getter; one that makes nothing is none,
        unless it is `trusted` to be one."""
        self._nodes = nodes
        self._callers, self._callees = edges.callers, edges.callees
        self.of: dict[int, dict[int, Hints]] = {}
        self.by_body: dict[int, set[str]] = {}  # what a node may look up and insert when it is missing, whatever it returns
        for bit in (READ, INSERT, CLEAR):
            self.of[bit] = self._rise({n: hints for n, one in own.items() if (hints := one.get(bit))}, LIMITS[bit])
        self.making = Making(nodes, edges.callees, frozenset([n for n, one in own.items() if INSERT in one or MAKE in one]))
        self.of[OBTAIN] = self._rise(self._getters(own, named, trusted), LIMITS[OBTAIN])
        self._add_ends(own)
        self.bits = [0] * len(nodes)
        for bit, levels in self.of.items():
            for n in levels:
                self.bits[n] |= bit

    def _add_ends(self, own: Mapping[int, Own]) -> None:
        """Clears that end what is obtained, from farther away than they make pairs."""
        obtained = {hint for hints in self.of[OBTAIN].values() for hint in hints} - {ANY}
        ending = {n: both for n, one in own.items() if (both := obtained.intersection(one.get(CLEAR, ())))}
        for number, hints in self._rise(ending, LIMITS[CLEAR] + _ENDS).items() if ending else ():
            known = self.of[CLEAR].setdefault(number, {})
            known.update({hint: level for hint, level in hints.items() if hint not in known})

    def _getters(self, own: Mapping[int, Own], named: Iterable[int], trusted: Collection[int]) -> dict[int, set[str]]:
        """The functions that are getters, or call one that is not of this project, with what they obtain."""
        getters: dict[int, set[str]] = {n: set(hints) for n, one in own.items() if (hints := one.get(OBTAIN))}
        read, insert = self.of[READ], self.of[INSERT]
        for n in sorted(read.keys() & insert.keys()):
            hints = shared(_within(read[n], _GETTER), _within(insert[n], _GETTER))
            called = [form for form in self._nodes[n].said if form[-1] == "("]
            twice = len(called) > 1 or bool(self._nodes[n].repeated)  # a look-up is one call, an insert another
            if hints and twice:
                self.by_body[n] = hints
            if hints and (twice or self._returns(n)):
                getters.setdefault(n, set()).update(hints)
        for n, hints in self._giving(own):
            getters.setdefault(n, set()).update(hints)
        for n in named:
            if n in trusted or self.making.level(n) < NEVER:
                getters.setdefault(n, set()).add(f"={n}")
        return getters

    def _giving(self, own: Mapping[int, Own]) -> Iterator[tuple[int, set[str]]]:
        """What the functions obtain that upsert something and return it, or build what they do not find."""
        for n, levels in self.of[READ].items():
            built = self._built(n, _within(levels, _GETTER)) if self._returns(n) else None
            if built:
                yield n, built
        yield from ((n, one[UPSERT]) for n, one in own.items() if one.get(UPSERT) and self._returns(n))

    def _built(self, number: int, hints: Iterable[str]) -> set[str]:
        """The classes that a node looks up and makes: what it does not find it may build, for others to store."""
        near = self._giving_to(number)
        said = {form for one in near for form in self._nodes[one].said}
        made = {form[:-1] for form in said if form[-1] == "(" and form[:1].isupper()}
        read = self.of[READ]
        looking = [other for one in near for other in self._callees(one) if not min(read.get(other, _FAR).values())] if made else []
        said.update([form for one in looking for form in self._nodes[one].said])
        return {name for hint in hints for name in (made.intersection(said) if hint == ANY else made & {hint})}

    def _giving_to(self, number: int) -> list[int]:
        """A node and the small functions that only give it something, or give it to one of those."""
        near = [number]
        for _ in range(_GIVEN):
            fresh = [other for one in near for other in self._callees(one) if other not in near and self._only_gives(other)]
            if not fresh:
                break
            near += dict.fromkeys(fresh)
        return near

    def _only_gives(self, number: int) -> bool:
        """Whether a function only returns something: what it builds is its caller's."""
        function = self._nodes[number].function
        return function is not None and (function.result is not None or function.forwards)

    def _returns(self, number: int) -> bool:
        function = self._nodes[number].function
        return function is not None and function.returns_value

    def seen(self, number: int, bit: int) -> list[str]:
        """The hints that a call of the node shows its caller: those not yet at their limit."""
        hints = self.of[bit].get(number)
        if not hints:
            return []
        limit = LIMITS[bit] + (1 if self._passes(number) else 0)
        return [hint for hint, level in hints.items() if level < limit]

    def _passes(self, number: int) -> bool:
        """Whether a node only stands for others, or is a function that only gives what another one gives, or one that a framework has and
        that runs others."""
        node = self._nodes[number]
        return not node.real or (node.function is not None and (node.function.forwards or node.function.flow is not None))

    def _rise(self, start: Mapping[int, Collection[str]], limit: int) -> dict[int, Hints]:
        """Breadth first; a node that only stands for others is passed through at no cost, and so is a function that only gives
        what another one gives."""
        levels: dict[int, Hints] = {n: dict.fromkeys(sorted(hints), 0) for n, hints in start.items()}
        front = {n: list(hints) for n, hints in levels.items()}
        for level in range(limit + 1):
            above: dict[int, list[str]] = {}
            while front:
                go_on()
                number, hints = front.popitem()
                here = number not in start and self._passes(number)
                if not here and level == limit:
                    continue
                for caller in self._callers(number):
                    known = levels.setdefault(caller, {})
                    fresh = [hint for hint in hints if hint not in known] if known else hints
                    if fresh:
                        known.update(dict.fromkeys(fresh, level if here else level + 1))
                        into = front if here else above
                        into[caller] = [*into[caller], *fresh] if caller in into else list(fresh)
            front = above
        return levels


def _within(hints: Hints, limit: int) -> list[str]:
    return [hint for hint, level in hints.items() if level <= limit]


def shared(left: Collection[str], right: Collection[str]) -> set[str]:
    """The hints by which two effects may be on the same rows; empty when they cannot be."""
    if not left or not right:
        return set()
    both = set(left).intersection(right)
    if _TEXT in left:  # a statement as text may be on the table of any class
        both.update([_TEXT if hint == ANY else hint for hint in right if hint[0] not in _NO_CLASS])
    if _TEXT in right:
        both.update([_TEXT if hint == ANY else hint for hint in left if hint[0] not in _NO_CLASS])
    if ANY in left:
        both.update([hint for hint in right if hint[0] != "@"])
    if ANY in right:
        both.update([hint for hint in left if hint[0] != "@"])
    return both


Slot = tuple[Mapping[int, Collection[str]], bool]


def meets(slots: Sequence[Slot]) -> set[str]:
    """The hints of what two of the mentions together can be a defect on. Each slot is (kind -> hints, whether it can happen twice).

    Two that obtain; one that clears and one that inserts; one that looks up and one that inserts.
    """
    return _pairs(slots, OBTAIN, OBTAIN) | _pairs(slots, CLEAR, INSERT) | meets_looking(slots)


def meets_looking(slots: Sequence[Slot]) -> set[str]:
    """The hints of what two of the mentions together may look up and insert."""
    return _pairs(slots, READ, INSERT)


def _pairs(slots: Sequence[Slot], left: int, right: int) -> set[str]:
    """The shared hints of two different slots, or of one that happens twice."""
    found: set[str] = set()
    lefts = [(i, slot[left], twice) for i, (slot, twice) in enumerate(slots) if left in slot]
    rights = [(i, slot[right]) for i, (slot, _) in enumerate(slots) if right in slot]
    for i, hints, twice in lefts:
        for j, others in rights:
            if (i < j if left == right else i != j) or (i == j and twice):
                found |= shared(hints, others)
    return found


class Masks:
    """Sets of hints as integers, one bit a hint: a large project has thousands of hints on each of thousands of functions."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        self._bit: dict[str, int] = {}
        self._classes = 0  # hints that are the names of classes
        self._named = 0  # hints that are only on a record of that name, never on anything
        self.getters = 0  # hints of getters known by their name
        self._mine: dict[int, tuple[int, ...]] = {}
        self._any = self.of((ANY,))
        self._text = self.of((_TEXT,))

    def of(self, hints: Iterable[str]) -> int:
        """The mask of a set of hints."""
        mask = 0
        for hint in hints:
            bit = self._bit.get(hint)
            if bit is None:
                bit = self._bit[hint] = 1 << len(self._bit)
                self._named |= bit if hint[0] == "@" else 0
                self._classes |= 0 if hint[0] in _NO_CLASS else bit
                self.getters |= bit if hint[0] == "=" else 0
            mask |= bit
        return mask

    def bearing(self, number: int, hints: int) -> int:
        """The hints that a node has an effect on and that may be on the same rows as those given."""
        if number not in self._mine:
            self._mine[number] = tuple(self.of(levels[number]) for levels in self._levels.of.values() if levels.get(number))
        found = 0
        for mine in self._mine[number]:
            both = mine & hints
            if mine & self._any:
                both |= hints & ~self._named
            if hints & self._any:
                both |= mine & ~self._named
            if mine & self._text:
                both |= hints & self._classes | (self._text if hints & self._any else 0)
            if hints & self._text:
                both |= mine & self._classes
            found |= both
        return found

    def inside(self, number: int, hints: int) -> int:
        """What a function that is a getter by its name looks up and inserts: its body is wanted whole."""
        if not hints & self._bit.get(f"={number}", 0):
            return 0
        return self.of(hint for bit in (READ, INSERT, OBTAIN) for hint in self._levels.of[bit].get(number, ()))

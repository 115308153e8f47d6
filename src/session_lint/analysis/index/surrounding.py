"""What stands around the selected functions and decides what is said of them: transactions, locks, handlers of their errors."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain

from session_lint.analysis.index.kinds import CLEAR, INSERT, OBTAIN, SCOPE_NAMES, meets_replacing
from session_lint.analysis.index.levels import NEVER, Hints, Levels
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.analysis.index.support import Support, is_manager
from session_lint.facts.telling_names import names_anything, names_conflict, names_lock, names_made_up, names_making, names_several

_DATABASES = frozenset({"database", "db", "engine"})  # which may be a `with` block by themselves
_ABOVE = 10  # calls from a step up to the template method that opens a transaction
_WIDE = 60  # functions on the way
_KEEPING = 5  # calls from a look-up and insert up to what keeps others out, or answers for them
_NEAR = 2  # calls down to a clear and an insert that are halves of one replacement, or to what makes a record
_NAMED = 4  # calls up to who makes a key up
_MANY = 12  # functions on the way: where there are more, not each of them makes a record or a key for itself
_GIVERS = 4  # calls down to what makes a key up, by functions that only hand it on
_FEW = 4  # names that a function says which only hands on what another one makes up
_OF_SAVING = frozenset({"sender", "instance", "created"})
_OPENING = "calls a step of a template method, with or without a transaction around it"
_MAKING = "calls a function that clears or looks up, and inserts, with or without a record that it has just made"
_NAMING = "calls a function that gets or creates a record, with or without a key that it makes up"
_ANSWERING = "calls a function that gets or creates a record, with or without an answer to several of them"
_SAVING = "saves a record, and calls a function that gets or creates one that hangs on it"
_SAVED = "super().save("
_GUARDING = "calls a function that looks up and inserts, with or without a lock or an answer to its error around it"


class Surrounding:
    """Adds to the selected functions those above them that decide, and what else calls the functions on the way."""

    def __init__(self, project: ProjectIndex, mentioned: Mentioned, bits: Sequence[int], support: Support, muted: frozenset[str]) -> None:
        """Callers in a file of `muted` do not count."""
        self._project = project
        self._nodes = project.nodes
        self._mentioned = mentioned
        self._bits = bits
        self._support = support
        self._muted = muted
        self._opening: dict[int, bool] = {}
        self._making: dict[int, bool] = {}
        self._guarding: dict[int, bool] = {}
        self._above: dict[int, list[int]] = {}

    def _counts(self, node: Node) -> bool:
        return self._project.files[node.file].path not in self._muted

    def of_clears(self, reasons: dict[int, str]) -> None:
        """Select the callers that decide whether a clear and its insert always run in a transaction.

        All callers count as soon as one function above opens a transaction: one that does not must be seen too.
        """
        for number in [n for n in reasons if meets_replacing(self._bits[n]) and self._nodes[n].owner]:
            self._climb(number, reasons)
        below = self._below_scopes()
        work = [n for n in self._nodes if n.number in reasons and n.number in below and meets_replacing(self._bits[n.number])]
        while work:
            node = work.pop()
            for number in self._mentioned.callers(node.number):
                if number not in reasons and self._counts(self._nodes[number]):
                    reasons[number] = "calls a function that clears and inserts, with or without a transaction around it"
                    if number in below:
                        work.append(self._nodes[number])

    def _climb(self, number: int, reasons: dict[int, str]) -> None:
        """Select what is above a step of a template method, where that opens a transaction: a base class calls the step by its own name."""
        below: dict[int, int] = {}  # a function above -> the one that it calls on the way
        front, steps, opening = [number], False, list[int]()
        for _ in range(_ABOVE):
            known = len(below)
            for one in front:
                over = self._mentioned.overridden(one)
                steps = steps or bool(over)
                for caller in (c for n in (one, *(base.number for base in over)) for c in self._mentioned.callers(n)):
                    if caller != number and caller not in below and self._name(caller) != self._name(one):  # no sibling that calls super()
                        below[caller] = one
                        steps = steps or self._mentioned.is_of_base(caller, one)
            if len(below) > _WIDE:
                return
            front = list(below)[known:]
            opening += [one for one in front if self._opens(self._nodes[one])]
        for one in opening if steps else ():
            self._take_way(one, below, reasons)

    def _name(self, number: int) -> str:
        return self._nodes[number].qualname.rpartition(".")[2]

    def _take_way(self, opening: int, below: dict[int, int], reasons: dict[int, str]) -> None:
        """Select a function that opens a transaction, and those on the way down; what else calls these must be seen too."""
        way = [opening]
        while way[-1] in below:
            way.append(below[way[-1]])
        steps = (n for node in way for n in (node, *(base.number for base in self._mentioned.overridden(node))))
        callers = (caller for node in way[1:] for caller in self._mentioned.callers(node))
        for one in chain(steps, callers):
            reasons.setdefault(one, _OPENING)

    def of_races(self, racing: Iterable[int], levels: Levels, reasons: dict[int, str]) -> None:
        """Select the callers that decide whether others are kept out of a look-up and insert, or its error is answered, and those that
        make the record whose row is looked for."""
        for number in racing:
            for made in (levels.of[INSERT], levels.of[OBTAIN]):
                # a caller that is seen anyway may show that it makes the record: then the others must be seen too
                makers = partial(_makes_more, made, made.get(number, {}), seen=reasons)
                self._take_ways(number, makers, reasons, _MAKING, wide=_MANY)
            self._take_ways(number, self._is_guard, reasons, _GUARDING)
            self._take_ways(number, self._makes_up, reasons, _NAMING, _NAMED, _MANY)

    def of_new(self, levels: Levels, reasons: dict[int, str]) -> None:
        """Select the callers that decide whether the record whose rows are cleared was made just before: then it has none."""
        inserts, clears = levels.of[INSERT], levels.of[CLEAR]
        for number in [n for n in reasons if max(_least(inserts.get(n)), _least(clears.get(n))) <= _NEAR]:
            self._take_ways(number, partial(_makes_more, inserts, inserts[number]), reasons, _MAKING, wide=_MANY)

    def of_keys(self, getting: Iterable[int], reasons: dict[int, str]) -> None:
        """Select the callers that decide whether a record is got or created by a key that nobody else has, which they make up, or several
        records of a key are answered."""
        for number in getting:
            self._take_ways(number, self._makes_up, reasons, _NAMING, _NAMED, _MANY)
            self._take_ways(number, self._answers_several, reasons, _ANSWERING, _NAMED, _MANY)
            self._take_ways(number, self._saves, reasons, _SAVING, _NEAR, _MANY)

    def _saves(self, number: int) -> bool:
        """Whether a function is how a record of its class is saved: it may tell that this is for the first time."""
        return _SAVED in self._nodes[number].said

    def _answers_several(self, number: int) -> bool:
        """Whether a function has a handler for several rows of one key."""
        function = self._nodes[number].function
        return function is not None and any(map(names_several, function.guards))

    def _makes_up(self, number: int) -> bool:
        if number not in self._making:
            near, front = {number}, [number]
            for _ in range(_GIVERS):
                front = list({one for each in front for one in self._mentioned.callees(each)} - near)
                near.update(front)
                front = [one for one in front if len(self._nodes[one].said) <= _FEW]  # it may only give what another one makes up
            self._making[number] = any(map(self._names_made_up, near))
        return self._making[number]

    def _names_made_up(self, number: int) -> bool:
        node = self._nodes[number]
        return node.real and (not node.calls.isdisjoint(self._made_up) or any(map(_makes_there, node.said)))

    @cached_property
    def _made_up(self) -> frozenset[str]:
        """The names that functions of the project call which make a value up."""
        return frozenset(filter(names_made_up, frozenset().union(*(node.calls for node in self._nodes))))

    def _take_ways(
        self, number: int, decides: Callable[[int], bool], reasons: dict[int, str], why: str, steps: int = _KEEPING, wide: int = _WIDE
    ) -> None:
        """Select the functions above one that decide what is said of it, and all callers of those on the way down: since one that does
        otherwise must be seen too."""
        below: dict[int, int] = {}
        front = [number]
        for _ in range(steps):
            known = len(below)
            below.update({c: one for one in front for c in self._callers(one) if c != number and c not in below})
            front = list(below)[known:] if len(below) <= wide else []
        for one in [one for one in below if decides(one)] if len(below) <= wide else ():
            way = [one]
            while way[-1] in below:
                way.append(below[way[-1]])
            for node in (one, *(caller for each in way[1:] for caller in self._callers(each))):
                reasons.setdefault(node, why)

    def _callers(self, number: int) -> list[int]:
        """The callers of a function that count: those of a name that stands for others in the place of it."""
        if number not in self._above:
            self._above[number] = self._find_callers(number)
        return self._above[number]

    def _find_callers(self, number: int) -> list[int]:
        found: dict[int, None] = {}
        work = [number]
        while work:
            for one in self._mentioned.callers(work.pop()):
                if one not in found and self._counts(self._nodes[one]):
                    found[one] = None
                    work += () if self._nodes[one].real else (one,)
        return [one for one in found if self._nodes[one].real]

    def _is_guard(self, number: int) -> bool:
        """The same of a number; it is asked for each race below."""
        if number not in self._guarding:
            self._guarding[number] = self._guards(self._nodes[number])
        return self._guarding[number]

    def _guards(self, node: Node) -> bool:
        """Whether a function may keep others out of what it calls, or answer for it: by itself, by its decorator, by a `with` block of
        the project, by a helper that locks rows, or by what it hands a function to."""
        around = (node, *self._support.wrappers(node), *self._managers(node), *self._takers(node))
        return node.number in self._support.locking or any(self._says(one) for one in around)

    def _says(self, node: Node) -> bool:
        if node.function is None:
            return False
        guards = node.function.guards
        if {one.name for one in node.function.parameters}.issuperset(_OF_SAVING) or self._saves(node.number):
            return True  # a handler, or a method, that is told whether the record is new
        if "sql begin" in node.words or any(_keeps_out(form) or _makes_there(form) for form in node.said) or any(map(names_lock, guards)):
            return True
        known = dict(self._project.files[node.file].imports)
        variables = {name for name, _ in self._project.files[node.file].variables}
        return any(names_anything(name) or names_conflict(known.get(name, name)) or name in variables for name in guards)

    def _takers(self, node: Node) -> Iterator[Node]:
        """What a function calls that may call a function for it which it names: `twice(note_of, basket)`; or what that calls where it is
        small, and may only hand the function on."""
        plain = {form for form in node.said if form.isidentifier()}
        said = self._mentioned.said(node.number) if plain else {}
        if any(one.real for name in plain for one in said.get(name, ())):
            takers = list(self._called_with(node))
            yield from dict.fromkeys([*takers, *(one for taker in takers if len(taker.said) <= _FEW for one in self._called_with(taker))])

    def _called_with(self, node: Node) -> Iterator[Node]:
        """The functions that a function calls by name, and that can be handed something."""
        said = self._mentioned.said(node.number)
        called = dict.fromkeys(form[:-1].rpartition(".")[2] for form in node.said if form.endswith("("))
        yield from (one for name in called for one in said.get(name, ()) if one.function is not None and one.function.parameters)

    def _managers(self, node: Node) -> Iterator[Node]:
        """What a function enters that is a context manager of the project."""
        said = self._mentioned.said(node.number) if node.function is not None and node.function.guards else {}
        for name in sorted(node.function.guards if node.function is not None else ()):
            yield from (one for one in said.get(name, ()) if one.function is not None and is_manager(one.function))

    def _below_scopes(self) -> set[int]:
        """Nodes that may run, and clear, below a function that opens a transaction."""
        below: set[int] = set()
        work = [node for node in self._nodes if node.real and self._counts(node) and self._opens(node)]
        while work:
            for number in self._mentioned.callees(work.pop().number):
                if number not in below and self._bits[number] & CLEAR:
                    below.add(number)
                    work.append(self._nodes[number])
        return below

    def _opens(self, node: Node) -> bool:
        """Whether a function may open a transaction: by a name for it, with a context manager of the project, or in a decorator of it."""
        if node.number not in self._opening:
            self._opening[node.number] = self._may_open(node)
        return self._opening[node.number]

    def _may_open(self, node: Node) -> bool:
        if any(form.rpartition(".")[2].removesuffix("(") in self._scopes for form in node.said):
            return True
        around = (form.rpartition(".")[2].removesuffix("(") for one in self._support.wrappers(node) for form in one.said)
        return any(name in self._scopes or name in _DATABASES for name in around)

    @cached_property
    def _scopes(self) -> frozenset[str]:
        own = [node.function.name for node in self._nodes if node.function is not None and is_manager(node.function)]
        return SCOPE_NAMES.union(own)


def _keeps_out(form: str) -> bool:
    """Whether something that a function says may keep others out, or hide an error: a lock, a mark in a cache that one alone can set."""
    name = form.rpartition(".")[2]
    return names_lock(form) or name in ("suppress(", "setnx(", "set(") or (name in ("add(", "aadd(") and "cache" in form.lower())


def _makes_there(form: str) -> bool:
    """Whether something that a function says may make something elsewhere, by a key that no other request has then."""
    owner, _, name = form.rpartition(".")
    return form.endswith("(") and names_making(name.removesuffix("(")) and not owner.endswith("objects")


def _least(hints: Hints | None) -> int:
    """How many calls it is to the nearest of some effects."""
    return min(hints.values()) if hints else NEVER


def _makes_more(inserts: Mapping[int, Hints], own: Hints, number: int, *, seen: Container[int] = ()) -> bool:
    """Whether a function makes something near by that is not `own`, or is `seen` anyway."""
    return number in seen or any(level <= _NEAR and hint not in own for hint, level in inserts.get(number, {}).items())

"""What stands around the selected functions and decides what is said of them: transactions, locks, handlers of their errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from session_lint.analysis.index.kinds import CLEAR, SCOPE_NAMES, meets_replacing
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.analysis.index.support import Support, is_manager
from session_lint.facts.telling_names import names_conflict, names_lock, names_making

_DATABASES = frozenset({"database", "db", "engine"})  # which may be a `with` block by themselves
_ABOVE = 10  # calls from a step up to the template method that opens a transaction
_WIDE = 60  # functions on the way
_KEEPING = 5  # calls from a look-up and insert up to what keeps others out, or answers for them
_OF_SAVING = frozenset({"sender", "instance", "created"})
_OPENING = "calls a step of a template method, with or without a transaction around it"
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

    def of_races(self, racing: Iterable[int], reasons: dict[int, str]) -> None:
        """Select the callers that decide whether others are kept out of a look-up and insert, or its error is answered: all of those on
        the way down from one that does, since one that does not must be seen too."""
        for number in racing:
            below: dict[int, int] = {}
            front = [number]
            for _ in range(_KEEPING):
                known = len(below)
                below.update({c: one for one in front for c in self._callers(one) if c != number and c not in below})
                front = list(below)[known:] if len(below) <= _WIDE else []
            for one in [one for one in below if self._guards(self._nodes[one])] if len(below) <= _WIDE else ():
                way = [one]
                while way[-1] in below:
                    way.append(below[way[-1]])
                for node in (one, *(caller for each in way[1:] for caller in self._callers(each))):
                    reasons.setdefault(node, _GUARDING)

    def _callers(self, number: int) -> list[int]:
        """The callers of a function that count: those of a name that stands for others in the place of it."""
        found: dict[int, None] = {}
        work = [number]
        while work:
            for one in self._mentioned.callers(work.pop()):
                if one not in found and self._counts(self._nodes[one]):
                    found[one] = None
                    work += () if self._nodes[one].real else (one,)
        return [one for one in found if self._nodes[one].real]

    def _guards(self, node: Node) -> bool:
        """Whether a function may keep others out of what it calls, or answer for it: by itself, by its decorator, by a `with` block of
        the project, or by a helper that locks rows."""
        around = (node, *self._support.wrappers(node), *self._managers(node))
        return node.number in self._support.locking or any(self._says(one) for one in around)

    def _says(self, node: Node) -> bool:
        if node.function is None:
            return False
        guards = node.function.guards
        if {one.name for one in node.function.parameters}.issuperset(_OF_SAVING):
            return True  # a handler that is told whether the record is new
        if "sql begin" in node.words or any(_keeps_out(form) or _makes_there(form) for form in node.said) or any(map(names_lock, guards)):
            return True
        known = dict(self._project.files[node.file].imports)
        variables = {name for name, _ in self._project.files[node.file].variables}
        return any(names_conflict(known.get(name, name)) or name in variables for name in guards)

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

"""What makes the selected functions understood: factories, context managers, decorators, what makes or runs their statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from session_lint.analysis.index.kinds import CLEAR, INSERT, OBTAIN
from session_lint.analysis.index.lending import Lending
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node, decorator_name
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.module_index import FunctionIndex
from session_lint.facts.terms import Invoke, dotted, walk

_SUPPORTS = 12  # calls below a selected function
_SMALL = 6  # names that a function says which only passes something on
_LINES = 16  # of the body of a function that only hands a value on
_GIVING = 1  # calls from one that gives an object for a `with` block to the one that makes it
_NAMES = 3  # that it says
_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
_ROWS = frozenset({"select_for_update", "with_for_update", "acquire", "release"})  # they lock
_OF_POOLS = ("pool", "conn", "engine", "semaphore")  # `pool.acquire()` takes a connection
_UNITS = frozenset({"commit", "rollback", "begin", "select_for_update", "with_for_update"})  # they end or begin what others do
_HELPERS = 5  # calls from a function down to what locks rows for it
_CALLERS = 12  # of what locks for them; one with more is how everything gets to the database, and keeps no two requests apart
_OF_CLASS = frozenset({"classmethod", "staticmethod"})
_STARTING = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "gather", "start_soon", "add_task"})
_BLOCKS = frozenset({"__enter__", "__exit__", "__aenter__", "__aexit__"})


class Support:
    """Adds to the selected functions those without which calls of theirs could not be followed or read."""

    def __init__(
        self,
        project: ProjectIndex,
        mentioned: Mentioned,
        lending: Lending,
        bits: Sequence[int],
        openers: frozenset[str],
        givers: set[int],
    ) -> None:
        self._project = project
        self._fillers = project.fillers
        self._nodes = project.nodes
        self._mentioned = mentioned
        self._lending = lending
        self._bits = bits
        self._openers = openers
        self._givers = givers
        self._files: set[int] = set()
        self._telling: set[int] = set()  # those taken because they tell what another one does

    def wrappers(self, node: Node) -> Iterator[Node]:
        """What a decorator of the project puts around a function: the functions inside the decorator."""
        for decorator in node.function.decorators if node.function is not None else ():
            made = decorator.func if isinstance(decorator, Invoke) else decorator
            name = dotted(made) or ""
            yield from self._inner.get(name, ())
            for one in self._mentioned.named(node, name) if name and name not in self._inner else ():  # under another name
                yield from self._inner.get(f"{self._project.files[one.file].module}.{one.qualname}", ())

    @cached_property
    def _inner(self) -> dict[str, list[Node]]:
        """The functions nested in a function, by its full name."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self._nodes:
            if node.function is not None and "." in node.qualname:
                found[f"{self._project.files[node.file].module}.{node.qualname.partition('.')[0]}"].append(node)
        return found

    @cached_property
    def locking(self) -> frozenset[int]:
        """The functions that lock rows, or take a lock by hand, and those that call them."""
        found = {node.number for node in self._nodes if not node.calls.isdisjoint(_ROWS) and any(map(_locks, node.said))}
        front = sorted(found)
        for _ in range(_HELPERS):
            above = [callers for one in front if len(callers := self._mentioned.callers(one)) <= _CALLERS]
            front = sorted({caller for callers in above for caller in callers} - found)
            found.update(front)
        return frozenset(found)

    def select(self, reasons: dict[int, str]) -> None:
        """Select what makes calls of the selected functions resolvable: factories, functions that call their parameters, those that
        make or run what a selected one deletes or inserts, and context managers."""
        chosen = [node for node in self._nodes if node.number in reasons]
        self._files = {node.file for node in chosen}  # another file is not read for a value
        hot = {node.function.owner.rsplit(".", 1)[-1] for node in chosen if node.function is not None and node.function.owner}
        for _ in range(_SUPPORTS):
            fresh: list[Node] = []
            for node in chosen:
                around = [other for other in self.wrappers(node) if other.number not in reasons]
                reasons.update({other.number: "stands around a selected function" for other in around})
                fresh += around
                opening = [other for other in self._opening(node) if other.number not in reasons]
                reasons.update({other.number: "opens the connection that a selected method has" for other in opening})
                fresh += opening
                said = self._mentioned.said(node.number)
                hands = any(one.real and one.function is not None for form in node.said for one in said.get(form, ()))  # a function
                for others in said.values():
                    for other in self._stood_for(others):
                        if other.number in reasons:
                            continue
                        if self._tells(node, other):
                            self._telling.add(other.number)
                        elif not _helps(other, hot) and not self._fills(other) and not (hands and _may_hand_on(other)):
                            continue
                        reasons[other.number] = "hands a selected function what it calls, or calls what it is handed"
                        fresh.append(other)
            self._files.update([node.file for node in fresh])
            chosen = fresh

    def _opening(self, node: Node) -> Iterator[Node]:
        """The functions that open what a method which writes has in an attribute: `self.conn = opened(path)` in `__init__`."""
        owner = node.owner.rpartition(".")[2]
        if not owner or not self._bits[node.number] & (CLEAR | INSERT):
            return
        held = [name for receiver, _, name in (form.rpartition(".") for form in node.said) if receiver == "self"]
        classes = (owner, *sorted(self._mentioned.above(owner))) if held else ()
        for ref in dict.fromkeys(ref for name in held for cls in classes for ref in self._project.made.get((cls, name), ())):
            named = self._mentioned.named(node, ref)
            yield from (one for one in named if one.function is not None and not one.calls.isdisjoint(self._openers))

    def _fills(self, node: Node) -> bool:
        """Whether a function puts others into a list, or hands them to one that does."""
        return bool(self._fillers) and f"{self._project.files[node.file].module}.{node.qualname}" in self._fillers

    def _stood_for(self, others: Sequence[Node]) -> Iterator[Node]:
        """Nodes, and what those that stand for others stand for: a class for its methods that run without being named."""
        for other in others:
            yield other
            if not other.real:
                yield from (self._nodes[number] for number in self._mentioned.callees(other.number))

    def _tells(self, node: Node, other: Node) -> bool:
        """Whether a function may say what a selected one does: it makes its query, connection or `with` block, or runs its statement."""
        function = other.function
        if function is None or not other.real:
            return False
        asks = self._bits[node.number] & OBTAIN or node.number in self._telling
        inside = other.file == node.file and other.qualname.startswith(f"{node.qualname}.")
        if inside or (other.file in self._files and (_hands_on(function) or (asks and _answers(function)))):
            return True
        if self._only_locks(other) and self._bits[node.number] & (CLEAR | INSERT | OBTAIN):
            return True
        if node.number not in self._telling and not self._bits[node.number] & (CLEAR | INSERT):
            return False
        if is_manager(function) or function.name in _BLOCKS or self._only_locks(other):
            return True
        if other.number in self._lending.lenders or other.number in self._givers or not other.calls.isdisjoint(_UNITS):
            return True
        if function.returns_value and not other.calls.isdisjoint(self._openers):
            return True
        return (
            other.number in self._lending.forwarding or bool(self._lending.handed(other)) or self._passes_on(other) or self._enters(other)
        )

    def _enters(self, other: Node, below: int = _GIVING) -> bool:
        """Whether a small function gives an object for a `with` block, or calls one that does."""
        if len(other.said) > _SMALL or other.function is None or not other.function.returns_value:
            return False
        inner = [one for others in self._mentioned.said(other.number).values() for one in others if one is not other]
        inside = (self._nodes[number].function for one in inner if not one.real for number in self._mentioned.callees(one.number))
        if any(function is not None and function.name in _BLOCKS for function in inside):
            return True
        return below > 0 and any(one.real and self._enters(one, below - 1) for one in inner)

    def _only_locks(self, node: Node) -> bool:
        """Whether a function locks, or leads to one that does, and does nothing else that counts: what writes is selected for that."""
        return node.number in self.locking and not self._bits[node.number] & (CLEAR | INSERT | OBTAIN)

    def _passes_on(self, other: Node) -> bool:
        """Whether a small function calls one that ends or begins a transaction, or that runs what it is handed."""
        if _count(other.said) > _SMALL or other.function is None or not other.function.parameters:
            return False
        inner = (one for others in self._mentioned.said(other.number).values() for one in others if one is not other)
        return any(not one.calls.isdisjoint(_UNITS) or bool(self._lending.handed(one)) for one in inner)


def _hands_on(function: FunctionIndex) -> bool:
    """Whether a function may do no more than give a value made of its arguments, or store one in them: few lines, and few names."""
    short = function.last_line - function.body_line < _LINES and _count(function.said) <= _NAMES
    if function.result is not None and not any(isinstance(part, Invoke) for part in walk(function.result)):
        return False  # what it gives is known without looking into it
    gives = bool(function.parameters) or function.returns_value or (function.owner is None and "." in function.qualname)
    return short and gives and not function.is_generator and not function.stub


def _answers(function: FunctionIndex) -> bool:
    """Whether a function may tell whether something was done already, and note it: it answers its caller in few lines."""
    short = function.last_line - function.body_line < _LINES and _count(function.said) <= _SMALL
    return short and function.returns_value and bool(function.parameters) and not function.is_generator and function.result is None


def _count(said: tuple[str, ...]) -> int:
    """How many things are said: `SEEN` and `SEEN.add(` are one."""
    return sum(1 for form in said if not any(other.startswith(f"{form}.") for other in said))


def is_manager(function: FunctionIndex) -> bool:
    """Whether a decorator makes a context manager of a function."""
    return any(decorator_name(decorator) in _MANAGERS for decorator in function.decorators)


def _helps(node: Node, hot: set[str]) -> bool:
    function = node.function
    if function is None:
        return False
    if any(parameter.name in function.calls for parameter in function.parameters):
        return True
    if function.parameters and not function.calls.isdisjoint(_STARTING):  # a coroutine that it is handed may run beside others
        return True
    if function.owner and function.returns_value and function.owner.rpartition(".")[2] in hot:  # `Service.get()` gives the one there is
        return any(decorator_name(decorator) in _OF_CLASS for decorator in function.decorators)
    return not hot.isdisjoint(function.calls)


def _may_hand_on(node: Node) -> bool:
    """Whether a function does little more than to call another one with what it is handed: a function, perhaps."""
    return node.function is not None and bool(node.function.parameters) and _count(node.said) <= _NAMES


def _locks(form: str) -> bool:
    """Whether something that a function says locks: a query, or a lock that is taken or let go."""
    name = form.rpartition(".")[2].removesuffix("(")
    return name in _ROWS and (name.endswith("for_update") or not any(word in form.lower() for word in _OF_POOLS))

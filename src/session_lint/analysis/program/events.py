"""Events: the effects of a function as its callers see them, with the path that leads to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map
from dataclasses import dataclass, field

from session_lint.analysis.program.around import Around, Way
from session_lint.analysis.program.keys import small
from session_lint.analysis.program.spreads import opened
from session_lint.analysis.program.substitution import GIVEN, substitute
from session_lint.analysis.program.units import Unit
from session_lint.analysis.program.views import each_value_of
from session_lint.facts.effects import Effect, EffectKind
from session_lint.facts.finding import ChainStep
from session_lint.facts.flow import is_flow
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, Condition
from session_lint.facts.terms import (
    Attr,
    Const,
    Invoke,
    Item,
    Mapping,
    Op,
    Ref,
    Sequence,
    Term,
    Unknown,
    chain,
    children,
    root,
    show,
    strip,
    walk,
)
from session_lint.facts.traits import ANONYMOUS, traits

Columns = tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One effect that a function may have, over its own parameters.

    `path` runs from the function's own call to the call that has the effect. `site` is the function's own call site.
    `scopes` are the transactions around it, innermost last. `committed`: it is certainly visible when the function ends.
    `fallback`: it happens only after a look-up for the same record came back empty.
    """

    kind: EffectKind
    resource: Term | None
    columns: Columns
    path: tuple[ChainStep, ...]
    site: int
    effect: Effect | None = None
    conditions: tuple[Condition, ...] = ()
    loops: tuple[int, ...] = ()
    looped: bool = False  # inside a loop of a callee
    over: tuple[Term, ...] = ()  # what the loops around it run over: it happens only where that is not empty
    scopes: tuple[str, ...] = ()
    locked: bool = False
    committed: bool = False
    fallback: bool = False
    concurrent: str = ""
    target: str = ""
    text: str = ""
    key: str = ""  # the key as written at the call that has the effect
    omitted: str = ""  # the callee's parameter that would have made it needless, left out at `site`
    wanted: str = ""  # the same where a callee has left it out that has no such parameter itself
    callee: str = ""
    fails: bool = False  # every way on from it ends in an exception: nothing comes after it, unless that is caught
    unit: Unit | None = None  # the connection that it runs on
    table: str = ""  # the name in the database, where it is known: a model and the SQL text of its table are one resource
    call: Invoke | None = None  # the call itself, where a caller may tell more of what it does
    final: bool = False  # the code shows that it is final at once: by the client, or by the value of its connection
    late: bool = False  # behind the `yield`: of a context manager, it happens at the end of the `with` block
    returned: bool = False  # the row it writes is what the function returns
    within: tuple[Event, ...] = ()  # of a getter known by its name: what it writes
    source: int = -1  # its number in the walk of `callee`
    on: Term | None = None  # what runs it, in terms of the function
    tells: bool | None = True  # what the call at `site` returns is true where rows were matched; False: where none was; None: neither
    empty: bool = False  # of a look-up of a callee: that returns only where nothing was found
    retry: bool = False  # a clear that answers a failed insert of such a row: the insert was tried first
    sets: Columns = ()  # arguments that are written into the record, also when it was there
    behind: tuple[ChainStep, ...] = ()  # the path inside a function that gives the id of the record, for those who obtain it otherwise
    looks: bool = False  # the look-up of a get-or-create that has no function of its own: it may find nothing
    caught: bool = False  # of an insert: that such a row is there already is an error that is caught
    swallowed: bool = False  # of an insert: whatever goes wrong with it is caught, and the caller is not told by an exception
    unsaved: bool = False  # what is missing is built and not stored: whoever gets it may do so
    marks: Columns = ()  # constants that a getter writes into a record that was there
    steps: int = 1  # of the path, without those in functions that only give what the next one gives
    entry: int = 0  # of what a getter obtains, the steps of the path that lead into it, its call included
    injected: frozenset[str] = frozenset()  # the dependencies in which it happens: a framework runs each once in a request

    @property
    def place(self) -> Place:
        """Where the effect happens; of what a framework does, where it is called."""
        return next((step.place for step in reversed(self.path) if not is_flow(step.function)), self.path[-1].place)

    def comes_back(self, full: str) -> bool:
        """Whether the way leads through a function twice already: the level after the next of a recursion does what that does."""
        return len(self.path) > 1 and sum(step.function == full for step in self.path) > 1


FARTHEST = 12  # a path that has so many steps is long, whoever only hands on what is at its end
KEPT = Const("kept")  # a value of which only that it is there can be told outside of the function that stored it


@dataclass(frozen=True, slots=True)
class Kept:
    """A value a function stores beyond its own scope: `ctx.session_id = ...`. `sure`: whenever it is called; `told_by`: when its answer
    is truthy, or is not."""

    target: Term
    value: Term
    sure: bool = True
    told_by: bool | None = None
    memory: bool = False  # put into a memory: `cache.set(key, value)`
    conditions: tuple[Condition, ...] = ()  # which function was handed in, where one of several stores it

    @property
    def made(self) -> bool:
        """Whether it is stored in the object that the function has made and gives."""
        return root(self.target) == GIVEN


@dataclass(frozen=True, slots=True)
class Possible:
    """Two events of a walk, the first before the second, that a caller may find to be a clear and an insert of the same rows.

    `committed`: the first was committed before the second.
    """

    first: int
    second: int
    committed: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What a callable does. `getter` is the event whose record it returns; `result` its return value when it is one term."""

    events: tuple[Event, ...] = ()
    kept: tuple[Kept, ...] = ()
    getter: Event | None = None
    result: Term | None = None
    memoised: bool = False
    writes: bool = False  # may make something that lasts, whoever calls it
    gives: bool = False  # what it returns is an obtained record or its id
    remembered: Event | None = None  # the getter, where its results are kept so that a second call costs nothing
    atomic: bool = False  # the getter itself, not a function that happens to return a record it obtained
    around: Around | None = None
    makes: bool = False  # what it returns is a row that it has made: another one in each call
    numbers: tuple[int, ...] = ()  # of each event in the walk
    possible: tuple[Possible, ...] = ()  # pairs of those numbers
    fills: tuple[Term, ...] = ()  # what it puts something into that it was handed: lasting or not, as its caller knows it
    wraps: bool = False  # its record is that of a getter that it calls
    identity: bool = False  # it only gives the id of that record
    updates: Columns = ()  # what its statements write into rows, in terms of its parameters
    changes: tuple[Term, ...] = ()  # the containers that it changes and did not make
    ways: tuple[Way, ...] = ()  # of the things that it gives, where they are several and tests on what it was handed decide

    @property
    def lent(self) -> Unit | None:
        """The connection that the `with` block of a context manager is given."""
        return self.around.given if self.around is not None and not self.ways else None


EMPTY = Summary()


@dataclass(slots=True)
class Limits:
    """How often a limit was hit, by function: never silent."""

    hits: dict[str, int] = field(default_factory=dict)

    def hit(self, full: str) -> None:
        """Counts one event left out of the function's summary."""
        self.hits[full] = self.hits.get(full, 0) + 1


def same_resource(left: Term | None, right: Term | None) -> bool:
    """Whether two effects are on the same table, collection or record kind."""
    if left is None or right is None or isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    if left == right:
        return not traits(left)[2] & ANONYMOUS
    match left, right:
        case Const(str(a)), Const(str(b)):
            return a.lower() == b.lower()
    return False


def same_rows(left: Event, right: Event) -> bool:
    """Whether two effects are on one table, under whatever names."""
    if same_resource(left.resource, right.resource) or bool(left.table and left.table == right.table):
        return True
    table = each_value_of(left.resource)  # every table of a mapping, then one that is looked up in it
    other = strip(right.resource) if right.resource is not None else None
    return table is not None and isinstance(other, Item) and strip(other.base) == table


def ends(ending: Event, obtained: Event) -> bool:
    """Whether what was obtained is gone after rows of a table are: a getter known by its name obtains what it writes."""
    return any(same_rows(one, ending) for one in (obtained, *obtained.within))


def buffered(event: Event) -> bool:
    """Whether it is sent, or final, only at a flush or commit."""
    return event.effect is not None and not event.effect.autocommit


def same_connection(event: Event, ending: Event) -> bool:
    """Whether a commit or rollback is of the connection that an effect ran on."""
    if event.unit is not None and ending.unit is not None and (event.unit.opened or ending.unit.opened):
        return event.unit == ending.unit
    if event.unit is not None and event.unit == ending.unit:
        return True
    mine = event.effect.connection if event.effect is not None else None
    connection = ending.effect.connection if ending.effect is not None else None
    if _are_two(event.unit, ending.unit):
        return False
    if mine is None or connection is None or len(event.path) > 1 or len(ending.path) > 1:
        return True
    return root(mine) == root(connection)  # a cursor commits with its connection


def _are_two(left: Unit | None, right: Unit | None) -> bool:
    """Whether two connections are kept by one object under two names."""
    one, other = (unit.term if unit is not None else None for unit in (left, right))
    return isinstance(one, Attr) and isinstance(other, Attr) and one.base == other.base and one.name != other.name


def substitute_columns(columns: Columns, values: Map[str, Term]) -> Columns:
    """The columns in terms of the caller; a value too large to carry becomes unknown."""
    result = []
    for name, value in columns:
        term = substitute(value, values)
        result.append((name, term if small(term) else Unknown("large", -1)))
    return opened(tuple(result))


def function_identity(full: str) -> Term:
    """The resource of a getter known by its name only: the function itself."""
    return Op("function", (Ref(full),))


def call_identity(func: Term) -> Term:
    """The resource of a getter that is called by a telling name but cannot be resolved."""
    return Op("call", (func,))


def for_update(func: Term) -> bool:
    """A read under a row lock is a re-read on purpose."""
    return any(link.name in {"select_for_update", "with_for_update"} for link in chain(func)[1])


def fixed(columns: Columns, changes: Callable[[Term], bool]) -> bool:
    """A key of constants picks one record for the whole program (the system user): obtaining it in many places is a habit.

    `changes` tells names that are none: what a nested function takes from around it, what stands for something else in each request.
    """
    return all(
        isinstance(root(value), (Const, Ref)) and not any(isinstance(part, Invoke) or changes(part) for part in walk(value))
        for _, value in columns
    )


def key_text(columns: Columns, site: CallSite | None = None) -> str:
    """The key as the user writes it: the values that pick the record, without constants; of a call as it spells the same columns."""
    columns = _spelled(site, columns) if site is not None else columns
    told = ((name, value) for name, value in columns if not isinstance(strip(value), Const) and name not in {"self", "cls"})
    texts = dict.fromkeys(show(value, 40) for _, value in told if not any(map(_is_empty_part, walk(value))))
    if not texts:
        texts = dict.fromkeys(f"{name}={show(value, 40)}" for name, value in columns)
    return ", ".join(list(texts)[:3])


def _spelled(site: CallSite, columns: Columns) -> Columns:
    """The columns with the values that a call spells, where it spells the same ones."""
    names = [name for name, _ in columns]
    return next((one.columns for one in site.effects if [name for name, _ in one.columns] == names), columns)


def _is_empty_part(term: Term) -> bool:
    """A part of an empty display, which nobody has written: `kwargs["owner"]` where there are none."""
    return isinstance(term, Item) and isinstance(strip(term.base), (Mapping, Sequence)) and not children(strip(term.base))

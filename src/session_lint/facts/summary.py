"""What the program stage finds out: the material of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_lint.facts.chain import ChainStep
from session_lint.facts.effects import OnConflict
from session_lint.facts.location import Place
from session_lint.facts.schema import NOT_ASKED, Answer, UniqueSet, plain
from session_lint.facts.terms import Term


@dataclass(frozen=True, slots=True)
class Repeat:
    """One record obtained twice in one execution.

    `shape`: "same" (both calls in one function), "omitted" (a callee would take the record but is called without it),
    "unthreaded" (a callee has no way to take it), "loop" (once per iteration with one key), "concurrent" (in parallel).
    """

    shape: str
    function: str  # full name of the function where both halves meet
    getter: str  # as the user writes the redundant call
    key: str  # as the user writes it, "" when it has none
    certain: bool
    first: Place
    first_function: str
    second: Place
    second_function: str
    chain: tuple[ChainStep, ...]
    first_chain: tuple[ChainStep, ...]
    holder: str = ""  # the variable that holds the first result
    parameter: str = ""  # "omitted": the parameter that takes the record
    again: Place | None = None  # "omitted": where the callee obtains
    again_chain: tuple[ChainStep, ...] = ()  # "omitted": from the call that leaves it out to where it is obtained
    callee: str = ""  # "omitted", "unthreaded": the function called from the meeting function
    between: str = ""  # "omitted": the function that leaves it out, and has no parameter of its own for it
    enclosing: str = ""  # "concurrent": "gather", "task", "thread"
    runs: str = ""  # which framework makes a call on the way that nobody wrote: "Django runs `show()` after `load()`"
    first_key: str = ""  # as the user writes it at the first call
    assumed: tuple[str, ...] = ()  # what the proof takes for granted beside the key

    @property
    def proved(self) -> bool:
        """Whether every link was shown."""
        return self.certain and not self.assumed

    @property
    def since(self) -> str:
        """The first place, and what a framework runs after it."""
        return f"{self.first}, and {self.runs}" if self.runs else str(self.first)

    @property
    def keeping(self) -> str:
        """What the one who obtains first can do where no call could be given the record."""
        later = self.chain[-1].function.rpartition(".")[2]
        return f"keep the record where `{later}()` finds it" if self.runs else "hand the record on, or take it as an argument"


@dataclass(frozen=True, slots=True)
class Replacement:
    """Rows of a key cleared, then inserted again.

    `shape`: "row" (one row for the key), "set" (several). `transaction`: both run in one transaction. `shared`: other inserts
    follow the same clear.
    """

    shape: str
    function: str
    client: str
    resource: str  # table, collection or class, as the user names it
    key: str  # the filter of the clear: "user_id" or "status, user_id"
    certain: bool
    clear: Place
    clear_function: str
    insert: Place
    insert_function: str
    chain: tuple[ChainStep, ...]
    clear_chain: tuple[ChainStep, ...]
    soft: bool = False
    transaction: bool = False
    committed_between: bool = False
    relation: bool = False  # a many-to-many relation: `.clear()` then `.add()`
    shared: bool = False
    clear_origin: str = ""  # the file of statements in which the clear is written, "" when that is the code
    origin: str = ""  # the same of the insert
    runs: str = ""  # as of a Repeat
    schema: Answer = NOT_ASKED  # whether the database keeps the rows of the key apart
    assumed: tuple[str, ...] = ()  # as of a Repeat

    @property
    def first(self) -> tuple[ChainStep, ...]:
        """The way to the half that comes first."""
        return self.clear_chain

    @property
    def proved(self) -> bool:
        """Whether every link was shown."""
        return self.certain and not self.assumed


@dataclass(frozen=True, slots=True)
class Several:
    """Where a row is inserted for which nobody has looked; `many`: several at once that agree in a key."""

    place: Place
    many: bool = False


@dataclass(frozen=True, slots=True)
class Finer:
    """Columns by which a call at a place tells rows apart that agree in what another one wants to be unique."""

    columns: tuple[str, ...]
    place: Place


def _wider(schema: Answer, wanted: UniqueSet, key: Sequence[str]) -> UniqueSet | None:
    """A unique set of all rows that has those columns and others, which are not of the key."""
    own, names = {plain(name) for name in wanted.columns}, {plain(name) for name in key}
    sets = schema.table.unique if schema.table is not None else ()
    others = [one for one in sets if own and own < {plain(name) for name in one.columns} and not one.partial]
    return next((one for one in others if not {plain(name) for name in one.columns} <= names), None)


@dataclass(frozen=True, slots=True)
class Check:
    """A row looked for by a key and inserted where there was none, so that two requests can both find nothing.

    `insert`: the call of the meeting function that inserts it, or leads there.
    """

    function: str  # full name of the function where both halves meet
    client: str
    resource: str  # table, collection or class, as the user names it
    key: str  # the filter of the look-up: "user_id" or "status, user_id"
    certain: bool  # the row inserted is the one that was looked for
    look: Place
    look_function: str
    insert: Place
    insert_function: str
    chain: tuple[ChainStep, ...]
    look_chain: tuple[ChainStep, ...]
    made: Place  # where the row is inserted: `insert`, or in a helper
    runs: str = ""  # as of a Repeat
    schema: Answer = NOT_ASKED  # whether the database keeps the rows of the key apart
    flags: tuple[tuple[str, Term], ...] = ()  # columns of the key that say which rows are in use, with the constant that is asked for
    refuses: bool = False  # a row that is found is an error: nobody wants to have it
    updates: bool = False  # what is stored in a row that is found is wanted in one that is inserted, too
    apart: bool = False  # one call of the library cannot stand for both
    ordered: bool = False  # the look-up takes the first of several rows in some order
    several: Several | None = None  # where else rows with the same key are inserted
    finer: Finer | None = None  # what speaks for several rows with one key
    folded: tuple[str, ...] = ()  # columns of the key of which case makes no difference
    loose: bool = False  # the look-up has conditions that are no columns with a value
    also: tuple[tuple[str, Place], ...] = ()  # what else the same insert waits for: look-ups by other keys
    closing: UniqueSet | None = None  # what may keep the second row out although it does not cover the key

    @property
    def first(self) -> tuple[ChainStep, ...]:
        """The way to the half that comes first."""
        return self.look_chain

    @property
    def wanted(self) -> UniqueSet:
        """What would have to be unique: the key without how it is compared, where its flags are as the look-up asks for. Nothing, where
        the look-up goes by more than columns."""
        if self.loose:
            return UniqueSet((), "missing")
        names = tuple(name for name in self.key.split(", ") if name not in dict(self.flags))
        return UniqueSet(names, "missing", when=self.flags, folded=self.folded)

    @property
    def stands(self) -> Place:
        """Where it is told."""
        return self.insert

    @property
    def wider(self) -> UniqueSet | None:
        """As of an Unconstrained."""
        return _wider(self.schema, self.wanted, self.key.split(", "))


@dataclass(frozen=True, slots=True)
class Unconstrained:
    """A get-or-create or an upsert of a library by a key of which the database may keep two rows.

    `key`: the columns that it goes by. `wanted`: what would have to be unique: the other columns, where those of the key that say which
    rows are in use have the constants that are asked for. `retired`: a column of the table, none of the key, that says that a row is
    out of use; it is in `wanted` where it is known what it is then. `declared`: where the table is.
    """

    function: str
    client: str
    getter: str  # as the user writes the call
    resource: str  # the class or table, as the user names it
    key: tuple[str, ...]
    place: Place
    chain: tuple[ChainStep, ...]
    declared: Place
    schema: Answer
    wanted: UniqueSet
    retired: str = ""
    conflict: OnConflict | None = None  # what it says of a row that is there already, where it is an insert
    library: Place | None = None  # where a helper makes the call of the library that it is told of
    rivals: tuple[tuple[str, ...], ...] = ()  # the keys of other such calls on the table, with columns that are not in `wanted`
    several: Several | None = None  # as of a Check
    runs: str = ""  # as of a Repeat
    finer: Finer | None = None  # as of a Check
    others: tuple[tuple[str, Place], ...] = ()  # calls that want the same set, as the user writes them

    def like(self, what: str) -> str:
        """How many others want the same set, for a message; "" for none."""
        many = len(self.others)
        return f", like {many} other {what}s," if many > 1 else f", like one other {what}," if many else ""

    @property
    def stands(self) -> Place:
        """As of a Check."""
        return self.place

    @property
    def wider(self) -> UniqueSet | None:
        """A unique set of all rows that has other columns too: several rows with those of the key are wanted."""
        return _wider(self.schema, self.wanted, self.key)

    @property
    def near(self) -> str:
        """The unique set that comes nearest, for a message: one of the key itself lets rows through that have no value in it."""
        one = self.schema.near
        if one is None:
            return ""
        whole = not one.partial and {plain(name) for name in one.columns} <= {plain(name) for name in self.key}
        return (
            f" ({one.shown} lets any number of rows through without a value)"
            if whole
            else f" (unique is {one.shown.removeprefix('unique ')})"
        )

    @property
    def first(self) -> tuple[ChainStep, ...]:
        """The way to what comes first: it is one call."""
        return ()

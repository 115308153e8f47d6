"""The schema of a project as it declares it: its tables, and the sets of columns that the database keeps unique.

What is not understood is a *gap*: of a table with gaps it is not known which other sets are unique.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from session_lint.facts.effects import PRESENT
from session_lint.facts.packed import Packed
from session_lint.facts.terms import Const, Term

_IDENTITY = frozenset({"pk", "id"})
_BINDING = re.compile(r"(?i)uniq|slug|singleton|tenant|scoped|per_?site|multi_?(?:site|tenan)")


@dataclass(frozen=True, slots=True)
class UniqueSet(Packed):
    """Columns that no two rows have in common.

    `how`: the way it is declared, as a person would look for it. `condition`: the rows that a partial one is about, as it is written,
    "" for all. `when`: that condition as columns with their constants, empty when it is not understood. `where` is what declares it:
    the field or option of a class, the index of a text. `expression`: it is over something computed of the columns. `null_too`: two rows
    without a value are the same to it (NULLS NOT DISTINCT). `folded`: columns that are the same where only their case differs.
    """

    columns: tuple[str, ...]
    how: str
    where: str = ""
    condition: str = ""
    when: tuple[tuple[str, Term], ...] = ()
    expression: bool = False
    null_too: bool = False
    folded: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The set for a message: `unique (user, shop) where open = true`."""
        columns = f"unique ({', '.join(self.columns)})"
        return f"{columns} where {self.condition}" if self.condition else columns

    @property
    def partial(self) -> bool:
        """Whether it is about some of the rows only."""
        return bool(self.condition)

    def holds(self, columns: Collection[tuple[str, Term]]) -> bool | None:
        """Whether a row or key of these columns is one of those that it is about; None when that is not known."""
        if not self.condition:
            return True
        given = {plain(name): value for name, value in columns}
        found = [_agrees(given.get(plain(name)), wanted) for name, wanted in self.when]
        if False in found:
            return False
        return True if found and None not in found else None


def _agrees(value: Term | None, wanted: Term) -> bool | None:
    """Whether a value is the one that a condition asks for; of one that must be there, whatever is given is."""
    if value is None:
        return None
    if wanted == PRESENT:
        return value != Const(None)
    if value == wanted:
        return True
    return False if isinstance(value, Const) and isinstance(wanted, Const) else None


@dataclass(frozen=True, slots=True)
class Column(Packed):
    """What a column is, as far as its declaration tells it. `empty`: a row may have no value (NULL); `many`: it is no column, but the
    other end of a relation of many to many; `flag`: of one that is true or false, what it is in a row that does not say; `long`: it holds
    text or data of any length, which is too long for an index of some databases; `blank`: a row without a value has an empty text.
    """

    name: str
    empty: bool = False
    many: bool = False
    flag: bool | None = None
    long: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Link(Packed):
    """A relation of many to many whose table the library makes: the field, the model it leads to, the table where the field names it."""

    name: str
    target: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Declared(Packed):
    """A table, or a part of one, as one place declares it: a class, a variable, a statement.

    `primary`: the columns that are its primary key as far as they stand here. `unique`: the sets of its fields; `options`: those in the
    options of a class. A class whose `own_options` are given does not have those of an abstract class above it, unless it `extends` them;
    `carries` are the names of options that a class below it would lose.

    A migration is a `step`, which comes `after` others: it may take sets away by their names (`drops`), and the whole table (`gone`),
    which may go on under another name (`becomes`). `unsure`: the columns of which it is not known whether they are unique.
    """

    path: str
    model: str = ""  # full name of the class or variable, "" for none
    table: str = ""  # in the database; "" where it does not say
    columns: tuple[str, ...] = ()
    kinds: tuple[Column, ...] = ()
    primary: tuple[str, ...] = ()
    unique: tuple[UniqueSet, ...] = ()
    options: tuple[UniqueSet, ...] = ()
    own_options: bool = False
    extends: bool = False
    carries: tuple[str, ...] = ()
    abstract: bool = False
    proxy: bool = False  # it has the table of the class above it
    apart: bool = False  # it has a table of its own, where a class above it has one too
    implicit: str = ""  # the primary key of a table that declares none
    gaps: tuple[str, ...] = ()
    partly: bool = False  # it adds to a table that is declared elsewhere: an index, a change
    row: int = 0  # of a text; 0: where the class or variable stands
    links: tuple[Link, ...] = ()
    step: str = ""
    after: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    gone: bool = False
    becomes: str = ""
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Packed):
    """A table with all that the project says of it. `gaps`: what is not understood of it, in words. `unsure`: the columns of which it is
    not known whether they are unique; `beyond`: the classes outside of the project of which it is not known what they add to it.

    `own`: the columns that its class itself declares; `borrowed`: the options that it has of classes above it in the project;
    `bases`: the dotted names of the classes outside of the project that it is below; `above`: the columns that are in the table of a class
    above it, each with that class. `newest`: the newest release of the library that the project allows, () where it allows any.
    """

    name: str
    model: str
    path: str
    columns: tuple[str, ...]
    unique: tuple[UniqueSet, ...]
    gaps: tuple[str, ...] = ()
    row: int = 0
    reader: str = ""  # the stem of the schema reader that knows how to declare more of it
    kinds: tuple[Column, ...] = ()
    own: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    above: tuple[tuple[str, str], ...] = ()
    newest: tuple[int, ...] = ()
    unsure: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """Its name among the tables of the project."""
        return self.model or self.name

    @property
    def title(self) -> str:
        """The name of its class without the module, or of itself."""
        return self.model.rpartition(".")[2] or self.name

    @property
    def known(self) -> bool:
        """Whether all of its unique sets are known."""
        return not self.doubts

    @property
    def doubts(self) -> tuple[str, ...]:
        """All that is not understood of it, in words."""
        return (*(f"what `{one}` adds" for one in self.beyond), *self.gaps, *(f"whether `{name}` is unique" for name in self.unsure))

    def doubts_of(self, columns: Collection[str]) -> tuple[str, ...]:
        """What of it bears on whether these columns are unique. What a class of another package makes unique are columns that it
        declares itself, with others, which would then have to be known here: nothing that stands in the project alone."""
        given = {plain(name) for name in columns}
        unsure = tuple(name for name in self.unsure if plain(name) in given)
        beyond = self.beyond if any(map(_may_bind, self.beyond)) or not self._is_apart(given) else ()
        return replace(self, unsure=unsure, beyond=beyond).doubts

    def _is_apart(self, given: Collection[str]) -> bool:
        """Whether all of these columns are declared in the project, and no set of it has such a column with one that is not."""
        own = {plain(name) for name in self.columns}
        mixed = ({plain(name) for name in one.columns} for one in self.unique)
        return own.issuperset(given) and not any(not one.isdisjoint(given) and not own.issuperset(one) for one in mixed)

    def kind(self, column: str) -> Column:
        """What a column is; one that is not declared is nothing special."""
        return next((one for one in self.kinds if plain(one.name) == plain(column)), Column(column))

    def within(self, columns: Collection[str]) -> Iterator[UniqueSet]:
        """The unique sets that are a part of these columns."""
        given = {plain(name) for name in columns}
        for one in self.unique:
            if {plain(name) for name in one.columns} <= given:
                yield one

    def has(self, columns: Collection[str]) -> bool:
        """Whether all of these are columns of the table, as far as they are known."""
        own = {plain(name) for name in (*self.columns, *(column for one in self.unique for column in one.columns))}
        return all(plain(name) in own for name in columns)


def _may_bind(base: str) -> bool:
    """Whether a class may make columns unique of the classes below it, by its name."""
    return bool(_BINDING.search(base.rpartition(".")[2]))


def plain(column: str) -> str:
    """A column by the one name that all its names have: `user` for `user_id`, `id` for `pk`."""
    low = column.lower()
    if low in _IDENTITY:
        return "id"
    return low[:-3] if low.endswith("_id") and low != "_id" else low


class Covered(str, Enum):
    """Whether the database keeps the rows of a key apart."""

    YES = "yes"  # a unique set is a part of the key
    NO = "no"  # the table is known, and none is
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the schema says of a key. `by`: the set that covers it; `near`: where none does, one that has a column of it."""

    covered: Covered = Covered.UNKNOWN
    table: Table | None = None
    by: UniqueSet | None = None
    near: UniqueSet | None = None
    why: str = ""  # of an unknown one


NOT_ASKED: Answer = Answer()


class Schema(Protocol):
    """The tables of a project."""

    def of_model(self, full: str) -> Table | None:
        """The table of a class or variable of the project; None when it is none."""

    def of_name(self, name: str) -> Table | None:
        """The table of a name in the database; None when it is not declared, or more than once."""

    def tables(self) -> tuple[Table, ...]:
        """All of them, by path and name."""

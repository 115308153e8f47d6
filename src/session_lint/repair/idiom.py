"""The contract of an idiom: how one database client writes an upsert, and a transaction. One file a client, named as its model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.summary import Replacement
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name


@dataclass(frozen=True, slots=True)
class Halves:
    """The two calls of a replacement in the code: `clear` in `clear_source`, `insert` in `insert_source`.

    `columns` are the columns of the clear's filter, which are to be the conflict target of the upsert.
    """

    material: Replacement
    sources: Sources
    clear_source: Source
    clear: cst.Call
    insert_source: Source
    insert: cst.Call

    @classmethod
    def of(cls, material: Replacement, sources: Sources) -> Halves:
        """The calls of a replacement. Raises CannotRepair when they are not found, or their files must not be touched."""
        clear_source, insert_source = sources[material.clear.path], sources[material.insert.path]
        return cls(
            material,
            sources,
            clear_source,
            clear_source.call_at(material.clear.span),
            insert_source,
            insert_source.call_at(material.insert.span),
        )

    @property
    def client(self) -> str:
        """The client that writes both. Some write alike: what is awaited, and how the clear is put, tells them apart."""
        client, source = self.material.client, self.insert_source
        awaited = isinstance(source.parent(self.insert), cst.Await)
        if client == "django_orm" and awaited and source.code(called_name(self.insert)) == "add":
            return "tortoise"  # with Django it is `aadd`
        statement = self.clear_source.around(self.clear, cst.BaseSmallStatement)
        if client == "tortoise" and not awaited and statement is not None and ".where(" in self.clear_source.code(statement):
            return "peewee"
        return client

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that pick the rows that are cleared."""
        return tuple(name for name in self.material.key.split(", ") if name)

    def require(self, written: Sequence[str]) -> tuple[str, ...]:
        """The columns of the clear's filter, as the new row spells them. Raises CannotRepair unless the row sets every one."""
        spelled = {name.lower(): name for name in written}
        for name in self.columns:
            if not name.isidentifier():
                raise CannotRepair(f"the filter of the clear is not a plain comparison of columns ({name})")
        missing = [name for name in self.columns if name.lower() not in spelled]
        if missing:
            raise CannotRepair(f"the rows are cleared by {', '.join(missing)}, which the new row does not set: several rows may match")
        return tuple(spelled[name.lower()] for name in self.columns)

    @property
    def meeting(self) -> Source:
        """The file of the function where both halves meet: a transaction is opened there, and what it needs imported there."""
        return self.sources[self.material.chain[0].place.path]

    @property
    def direct(self) -> bool:
        """Whether both calls stand in that function itself, so that the names they use are known there."""
        return len(self.material.chain) == 1 and len(self.material.clear_chain) == 1


@dataclass(frozen=True, slots=True)
class Written:
    """The insert rewritten as an upsert. `edits` belong to the insert's file (imports too).

    The rest is for the fix's message: `columns` are those that the new row sets; `constraint` says that the upsert needs a unique
    constraint on the columns of the clear; `keeps`, that columns outside `columns` keep their old value; `note` is one more clause.
    `unused` are imported names that the insert's file no longer needs.
    """

    edits: tuple[Edit, ...]
    columns: tuple[str, ...] = ()
    constraint: bool = True
    keeps: bool = True
    note: str = ""
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A transaction: `enter` is what follows `with` ("transaction.atomic()"), `edits` the imports it needs, in `halves.meeting`.

    `nests`: one inside another is a savepoint, so that an error can be caught between the two. `closing` is to be the last line
    of the block ("pipe.execute()"); `within` what is entered right after it ("session.start_transaction()"); `note` one more
    clause of the message. `proved`: programs with it are run by the tests on a real store.
    """

    enter: str
    asynchronous: bool = False
    edits: tuple[Edit, ...] = ()
    nests: bool = False
    closing: str = ""
    within: str = ""
    note: str = ""
    proved: bool = True


class Idiom:
    """One client. What a client cannot write raises CannotRepair with the reason."""

    @property
    def stem(self) -> str:
        """The client's name: the stem of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    def upsert(self, halves: Halves) -> Written:
        """The insert as one statement that inserts or updates. The clear is removed by the codemod, not here."""
        raise CannotRepair(f"{halves.material.client} has no upsert that the analysis can write")

    def transaction(self, halves: Halves) -> Opened:
        """What to open around both statements, in `halves.meeting`; the calls may be in other functions unless `halves.direct`."""
        raise CannotRepair(f"{halves.material.client} has no transaction that spans the two statements")

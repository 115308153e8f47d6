"""The contract of a declaration: how a class of one library says that no two of its rows have some columns in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from session_lint.clients.schema_reader import Values
from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.facts.schema import Table, UniqueSet
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import classes, imports

_LONGEST = 60  # characters of a name in the database: PostgreSQL has 63, MySQL 64, and a suffix may follow


@dataclass(frozen=True, slots=True)
class Missing:
    """A unique set that a table lacks, and the class that declares the table. `name` is what the set is to be called in the database."""

    source: Source
    node: cst.ClassDef
    table: Table
    wanted: UniqueSet
    name: str = ""

    @classmethod
    def of(cls, table: Table, wanted: UniqueSet, sources: Sources) -> Missing:
        """Raises CannotRepair where no class of the project can be given it alone."""
        title = table.model.rpartition(".")[2]
        if not table.model or not table.path.endswith(".py"):
            raise CannotRepair(f"`{table.name}` is not declared by a class: add the unique index where the table is made")
        source = sources[table.path]
        node = classes.class_at(source, title, table.row)
        foreign = [name for name in (*wanted.columns, *dict(wanted.when)) if table.kind(name).name not in table.own]
        if foreign:
            raise CannotRepair(f"`{foreign[0]}` is declared in a class above `{title}`, which other tables may have too")
        many = [name for name in wanted.columns if table.kind(name).many]
        if many:
            raise CannotRepair(f"`{many[0]}` is a relation of many to many: it is no column of `{title}`")
        return cls(source, node, table, wanted)

    def called(self, prefix: str, stem: str, sources: Sources) -> Missing:
        """With a name that is not in use: `unique_basket_owner`."""
        whole = "_".join((prefix, stem, *self.wanted.columns)).lower()
        base = whole[:_LONGEST].rstrip("_")
        taken = (base if number == 1 else f"{base}_{number}" for number in range(1, 100))
        return replace(self, name=next(name for name in taken if not sources.search(rf"{name}(?<=\b{name})\b")))

    @property
    def columns(self) -> list[str]:
        """The columns as the database calls them, where a class of SQLAlchemy gives an attribute another name."""
        return [_in_database(self.node, name) for name in self.wanted.columns]

    @property
    def when(self) -> Values:
        """The condition, with the names that the database has."""
        return tuple((_in_database(self.node, name), value) for name, value in self.wanted.when)

    @property
    def title(self) -> str:
        """The name of the class."""
        return self.node.name.value


def _in_database(node: cst.ClassDef, name: str) -> str:
    call = classes.value(node, name)
    first = call.args[0] if isinstance(call, cst.Call) and call.args else None
    if first is not None and first.keyword is None and isinstance(first.value, cst.SimpleString):
        return str(first.value.evaluated_value)
    return name


def imported(source: Source, module: str, names: Sequence[str]) -> tuple[dict[str, str], tuple[Edit, ...]]:
    """The local names of several names of a module, and the edits that import what is missing; those at one point are one edit."""
    found = {name: imports.ensure(source, module, name) for name in names}
    edits: dict[Span, Edit] = {}
    for edit in (edit for _, more in found.values() for edit in more):
        known = edits.get(edit.span)
        edits[edit.span] = edit if known is None else replace(known, content=known.content + edit.content)
    return {name: local for name, (local, _) in found.items()}, tuple(edits.values())


class Declaration:
    """One library, by the stem of its schema reader. What it cannot declare raises CannotRepair with the reason."""

    @property
    def stem(self) -> str:
        """The name of the schema reader: the stem of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    def named(self, missing: Missing, sources: Sources) -> Missing:
        """With the name that the set gets."""
        return missing.called("unique", missing.title, sources)

    def edits(self, missing: Missing) -> tuple[Edit, ...]:  # noqa: ARG002 - a library that cannot
        """What declares it in the class, imports included."""
        raise CannotRepair(f"how {self.stem} declares what is unique is not known")

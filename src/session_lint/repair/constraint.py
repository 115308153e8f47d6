"""A unique set that is missing, declared: in the model, in a migration beside it, and what there is to say of both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from session_lint import registry
from session_lint.facts.finding import Edit
from session_lint.facts.schema import Table, UniqueSet
from session_lint.facts.summary import Check, Unconstrained
from session_lint.facts.terms import Sequence
from session_lint.repair import declarations, migrations
from session_lint.repair.declaration import Declaration, Missing
from session_lint.repair.migration import Migration, Step
from session_lint.repair.rewrite.file.databases import MYSQL, databases
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.writes import field_defaults

# rows of a class that are made by name; the name first: what a pattern starts with is looked for fast
_INSERTED = r"{0}(?<=\b{0})(?:\((?<!class {0}\()|\.(?:\w+\.)?a?(?:bulk_)?(?:create|insert|insert_many)\()"


@dataclass(frozen=True, slots=True)
class Constraint:
    """The edits that declare it, and what a message says."""

    edits: tuple[Edit, ...]
    said: tuple[str, ...]


def declared(table: Table, wanted: UniqueSet, sources: Sources) -> Constraint:
    """A unique set of a table that lacks it. Raises CannotRepair where it cannot be declared, or would not do."""
    _refuse(table, wanted)
    blank = _blank(table, wanted, sources)
    declaration = next((one for one in registry.discover(declarations, Declaration) if one.stem == table.reader), Declaration())
    missing = declaration.named(Missing.of(table, wanted, sources), sources)
    edits = declaration.edits(missing)
    if wanted.partial and MYSQL in databases(sources):
        raise CannotRepair(f"{wanted.shown} is about some of the rows, and MySQL, which the project names, has no such constraint")
    step = _step(missing, sources)
    return Constraint((*edits, *([step.edit] if step is not None else [])), tuple(_said(missing, blank, step)))


def inserted(title: str, also: str = "") -> str:
    """A regular expression for places where rows of a class or table are made; `also` is a further way, with `{0}` for the name."""
    return "|".join(sign.format(re.escape(title)) for sign in (_INSERTED, also) if sign)


def refuse_several(title: str, found: Check | Unconstrained) -> None:
    """Raises CannotRepair where something speaks for several rows that agree in the key."""
    columns, several, wider, finer = ", ".join(found.wanted.columns), found.several, found.wider, found.finer
    if finer is not None:
        raise CannotRepair(f"{finer.place} tells rows of `{title}` with the same {columns} apart by {', '.join(finer.columns)}")
    if wider is not None:
        raise CannotRepair(f"`{title}` is to have several rows with the same {columns}: {wider.shown}")
    if several is not None:
        rows = f"several rows of `{title}`" if several.many else f"a row of `{title}` unseen"
        raise CannotRepair(f"{several.place} inserts {rows}: whether a second one with the same {columns} is wanted is not known")


def _refuse(table: Table, wanted: UniqueSet) -> None:
    if not wanted.columns:
        raise CannotRepair("which columns are to be unique is not said")
    if any(isinstance(value, Sequence) for value in dict(wanted.when).values()):
        raise CannotRepair(f"of {wanted.shown} one of several values is meant: not every database has such a constraint")
    if wanted.folded:
        raise CannotRepair("the key is compared without regard to case: it takes a constraint over `Lower(...)`")
    empty = [name for name in wanted.columns if table.kind(name).empty]
    if len(empty) > 1:
        raise CannotRepair(f"{', '.join(f'`{name}`' for name in empty)} may be NULL, and a row without one of them is kept apart from none")
    long = [name for name in wanted.columns if table.kind(name).long]
    if long:
        raise CannotRepair(f"`{long[0]}` may be too long for an index: a column with a hash of it can be unique")


def _blank(table: Table, wanted: UniqueSet, sources: Sources) -> tuple[str, ...]:
    """The columns that are "" in a row that does not say them. Raises CannotRepair where all rows without one would be the same."""
    title = table.model.rpartition(".")[2]
    of_class = table.model and table.path.endswith(".py")
    found = tuple(name for name in wanted.columns if of_class and field_defaults.blank(sources[table.path], title, name))
    if found and found == wanted.columns:
        raise CannotRepair(f"`{found[0]}` may be left empty, and there can be many rows without one: let it be NULL there first")
    return found


def _step(missing: Missing, sources: Sources) -> Step | None:
    tools = [tool for tool in registry.discover(migrations, Migration) if missing.table.reader in tool.readers]
    return next((step for tool in tools if (step := tool.step(missing, sources)) is not None), None)


def _said(missing: Missing, blank: Collection[str], step: Step | None) -> Iterator[str]:
    wanted = missing.wanted
    yield f"`{missing.title}` declares {wanted.shown}"
    if step is not None and step.removes:
        yield f"{step.path} first removes the copies of rows, which have nothing else: `{step.command}`"
    elif step is not None:
        yield f"{step.path} stops while there are such rows already, and says which: decide what becomes of them, then `{step.command}`"
    else:
        yield "the database gets it by a migration, which fails where there are such rows already"
    if wanted.partial:
        yield "MySQL has no constraints over some of the rows"
    for name in wanted.columns:
        if missing.table.kind(name).empty:
            yield f"rows without `{name}` are not kept apart"
        if name in blank:
            yield f"rows whose `{name}` is left empty are the same in it"

"""The repair of ONE204."""

from __future__ import annotations

import re
from typing import ClassVar

from session_lint.facts.finding import Fix
from session_lint.facts.intent import Intent
from session_lint.facts.schema import UniqueSet, plain
from session_lint.facts.summary import Unconstrained
from session_lint.repair import constraint
from session_lint.repair.codemod import Codemod, unsafe
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.writes import owners

_MANAGED = ("django_orm", "tortoise")  # a record has a manager for the rows that refer to it
_WITHOUT_CASE = re.compile(r"__i(?:exact|contains)\b")
_MANAGER = re.compile(r"[A-Z]\w*\.(\w+)\.a?(?:get|update)_or_create\b")


class AddConstraint(Codemod):
    """The model declares the constraint that is missing; a migration beside it first looks for rows that are there twice.

    ## What it does

    Adds the unique set to the class that declares the table: a `UniqueConstraint` in Django's `Meta`, in SQLAlchemy's
    `__table_args__` (a partial unique `Index` where rows are retired), an index of peewee, a `unique_together` of Tortoise. Where the
    project has migrations of Django or of Alembic, a new one comes after the last: it stops while there are rows that are there twice,
    and says which; then it adds the constraint. Of a Django model that links records and has nothing else, and that nothing refers to,
    it removes all but the first of such rows instead. It is never run.

    ## Fix safety

    Always unsafe. The migration stops until somebody has decided which of two rows stays, if they are more than links. What inserts
    such rows on purpose gets an error from then on. Where the key holds a flag, or the table has a column that says when a row was
    retired, the constraint is over the rows in use alone.

    Only shown, with the reason, when the project makes rows of the table elsewhere too, gets or creates them by another key too, or
    keeps them apart by a set with other columns: a second row may be wanted; when a class above the model has the columns or the
    options; when two columns of the key may be NULL, for a row without one of them is kept apart from none; when all of them are
    texts that may be left empty; when it would be over some of the rows, and the project names MySQL; when a value is compared
    without regard to its case, or a manager may leave rows out; when the options are put together by code; and when the migrations
    have several heads.

    ## Known limitations

    Tables of SQLAlchemy Core are not edited. With tools for migrations other than these two the model alone is.
    """

    DESCRIPTION: ClassVar[str] = "A getter's key becomes a unique constraint of the model, with a migration."
    repairs: ClassVar[str] = "ONE204"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Unconstrained) or material.schema.table is None:
            raise CannotRepair("there is no table without a constraint")
        _refuse(material, sources)
        found = constraint.declared(material.schema.table, material.wanted, sources)
        return unsafe("; ".join(found.said), *found.edits)


def _refuse(material: Unconstrained, sources: Sources) -> None:
    """Raises CannotRepair for a constraint that would not do, or would do more than is wanted."""
    _refuse_several(material, sources)
    _refuse_condition(material)
    place = material.library or material.place
    if material.client in _MANAGED:
        owners.refuse_part(sources[place.path].call_at(place.span), material.wanted.columns)
    if not _WITHOUT_CASE.search(sources.text(place.path)):  # nobody needs its tree
        return
    source = sources[place.path]
    if _WITHOUT_CASE.search(source.code(source.call_at(place.span))):
        raise CannotRepair("the key is compared without regard to case: it takes a constraint over `Lower(...)`")


def _refuse_several(material: Unconstrained, sources: Sources) -> None:
    """Raises CannotRepair where something speaks for several rows that agree in the key."""
    title, near, columns = material.resource, material.schema.near, ", ".join(material.wanted.columns)
    constraint.refuse_several(title, material)
    if near is not None and (material.conflict is not None or len(_shared(near, material.wanted)) > 1):
        raise CannotRepair(f"`{title}` has {near.shown}: that rows with other values there are to be one is not known")
    if material.rivals:
        raise CannotRepair(f"`{title}` is also got or created by {', '.join(material.rivals[0])}: those rows may agree in {columns}")
    if made := sources.count(constraint.inserted(title)):
        where = "another place" if made == 1 else f"{made} other places"
        raise CannotRepair(f"rows of `{title}` are also made in {where}: whether a second one is wanted there is not known")
    manager = _MANAGER.match(material.getter)
    if manager is not None and manager[1] not in ("objects", "_default_manager", "_base_manager"):
        raise CannotRepair(f"`{manager[1]}` may leave rows out: which, the constraint would have to say")


def _shared(one: UniqueSet, other: UniqueSet) -> set[str]:
    return {plain(name) for name in one.columns} & {plain(name) for name in other.columns}


def _refuse_condition(material: Unconstrained) -> None:
    if material.retired and material.retired not in dict(material.wanted.when):
        raise CannotRepair(f"`{material.retired}` may retire rows, and what it is in a row in use is not known")

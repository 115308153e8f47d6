"""The repair of ONE201."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint import registry
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.repair import idioms
from session_lint.repair.codemod import Codemod, unsafe
from session_lint.repair.idiom import Halves, Idiom, Written
from session_lint.repair.rewrite.file.databases import SQLITE, databases
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.statements import imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.repair.rewrite.writes import cleared


_TAKE_ALONG = ("django_orm", "tortoise")  # a foreign key cascades there unless it says otherwise, and an upsert is a read and a write
_LOCKED = "on SQLite one of two at once may be told that the database is locked (Django: `transaction_mode` IMMEDIATE)"


class Upsert(Codemod):
    """The insert becomes the client's own upsert, with the clear's filter as conflict target, and the clear goes.

    ## What it does

    Rewrites the insert as one statement that inserts or updates, in the idiom of the database client, and removes the clear that
    comes before it. With peewee on MySQL and another database, that is `get_or_create` and an update. When the clear is in a
    helper function that at most logs besides, the call of the helper is removed; the helper stays, for others may call it. A helper that
    does more and that nothing else calls stays without the clear. When the
    insert is in an `if` without `else`, the clear moves to an `else`.

    ## Fix safety

    Always unsafe. The upsert needs a unique constraint on the columns of the clear's filter; columns that the row does not set
    keep their old values, where the delete reset them; delete triggers and cascades no longer fire; comments on the removed lines
    are lost. The message names the constraint and the columns.
    On SQLite the `update_or_create` of Django and Tortoise reads and writes in one transaction, so that of two at once one may be told that
    the database is locked (Django: set `transaction_mode` to IMMEDIATE).

    Only shown, with the reason, when the clear is conditional, retires rows instead of deleting them, or is part of a helper that
    does more and that others call; when its result is used; when the new row does not set a column of the filter, or its columns
    cannot be seen; when
    other inserts follow the same clear; and when the insert is in a helper that is also called without the clear. Likewise when the delete
    does more: rows of other tables go with it (a foreign key that cascades), a receiver or listener is told of it, the model has a
    `delete` of its own, or a `save` or a default that gives each new row a value of its own, such as a token.

    ## Known limitations

    The unique constraint is not looked for in the project's migrations.
    """

    DESCRIPTION: ClassVar[str] = "A row that is cleared and inserted again becomes one upsert."
    repairs: ClassVar[str] = "ONE201"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Replacement):
            raise CannotRepair("there is no pair of a clear and an insert")
        if material.soft:
            raise CannotRepair("the rows are retired, not deleted: an upsert would overwrite the history")
        if material.shared:
            raise CannotRepair("other inserts follow the same clear")
        from session_lint.repair.rewrite.writes import (
            cleared,
            consequences,
        )  # what they need of libcst is slow to import, for findings of this code alone

        halves = Halves.of(material, sources)
        removed = cleared.removal(intent, material, sources)
        written = _idiom(halves.client).upsert(halves)
        goes = halves.client in _TAKE_ALONG
        consequences.refuse(sources, halves.insert_source, material.resource, written.columns, takes_along=goes)
        imported = _imports(halves, written, removed)
        return unsafe(_message(halves, written, removed), *removed.edits, *written.edits, *imported)


def _idiom(client: str) -> Idiom:
    found = next((item for item in registry.discover(idioms, Idiom) if item.stem == client), None)
    if found is None:
        raise CannotRepair(f"how {client} writes an upsert is not known")
    return found


def _imports(halves: Halves, written: Written, removed: cleared.Removal) -> tuple[Edit, ...]:
    """Takes out the imports that only the clear, or the insert as it was, needed."""
    unused = {removed.path: set(removed.unused)}
    unused.setdefault(halves.insert_source.path, set()).update(written.unused)
    return tuple(edit for path, names in sorted(unused.items()) for edit in imports.drop(halves.sources[path], frozenset(names)))


def _message(halves: Halves, written: Written, removed: cleared.Removal) -> str:
    material = halves.material
    parts = [f"one upsert on {material.key} instead of the clear and the insert"]
    if written.constraint:
        parts.append(f"needs a unique constraint on {material.resource}({material.key})")
    if written.keeps:
        shown = f"the payload sets {', '.join(written.columns)}; " if written.columns else ""
        parts.append(f"{shown}columns not in the payload keep their values, which the delete used to reset")
    if not material.certain:
        parts.append(f"nothing shows that both are for the same {material.key}: check")
    if halves.client in _TAKE_ALONG and SQLITE in databases(halves.sources):
        parts.append(_LOCKED)
    if written.note:
        parts.append(written.note)
    parts += _losses(removed)
    return "; ".join(parts)


def _losses(removed: cleared.Removal) -> Iterator[str]:
    """What the removal of the clear means besides."""
    if removed.kept:
        yield "the clear moves to an `else`, for the insert is conditional"
    if removed.returns:
        yield "a `return` before the insert leaves the old rows, as a session that is not committed does"
    if removed.logs:
        yield f"what `{removed.logs}` logs is no longer logged here: only the call of it goes"
    if removed.helper:
        yield f"`{removed.helper}`, which nothing else calls, does the rest of its work and no longer clears"
    if removed.comments:
        yield f"the comments of the removed lines go with them: {' '.join(removed.comments)}"

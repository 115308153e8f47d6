"""The repair of ONE203."""

from __future__ import annotations

from typing import ClassVar

from session_lint import registry
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.schema import Covered
from session_lint.facts.summary import Check
from session_lint.repair import answers, constraint
from session_lint.repair.answer import Answer
from session_lint.repair.codemod import Codemod, unsafe
from session_lint.repair.constraint import Constraint
from session_lint.repair.rewrite.file import fluent
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes import absent, adopted, filled, looked_up, obtained, own_create, owners, race, saved
from session_lint.repair.rewrite.writes.filled import Filled
from session_lint.repair.rewrite.writes.obtained import Pair
from session_lint.repair.rewrite.writes.race import Race

_BY_STATEMENT = r"\binsert\({0}\)"  # of SQLAlchemy


class AdoptWinner(Codemod):
    """The database decides who comes first, and whoever comes second goes on with the row that is there.

    ## What it does

    Where no unique constraint covers the key yet, the model declares it, with a migration, as `add-constraint` does; where the project
    tells nothing of the table, the message says which constraint it takes. With Django, Tortoise and peewee a look-up by plain columns
    and the `create(...)` of what it did not find become `get_or_create(key, defaults={...})`; what is done for a new row, or for one
    that is there, goes under the flag that it returns. An object that is found or built, has its columns stored and is saved, becomes
    `update_or_create(key, defaults={...})` with Django where a new row and one that was there get the same, else a get-or-create, with
    what is stored in one that was there under the flag; what is stored on some ways only stays behind it. Everything else is tried: the
    insert stands in a `try`, with Django, SQLAlchemy, peewee, psycopg and asyncpg in a savepoint, and whoever fails on the constraint
    looks again and does what is done where a row was found: adopts it, updates it, or refuses with the same error. If there is still no
    row, the error was another one, and is raised as before.

    ## Fix safety

    Always unsafe. A savepoint costs two statements and sends what waits in the session. On SQLite, SQLAlchemy's driver must be told to
    begin a transaction before a savepoint, or the row stays when the rest is rolled back (the message says so). The values of `defaults`
    are worked out also where the row is there. A comment that would be lost is a reason to show the finding only.

    Only shown, with the reason: without a constraint that could be declared (rows are made in other places too, a wider set is
    unique) or when nothing shows that the row inserted is the one that was looked for; when either half is in a helper; when other
    statements stand between the two, or the row is made by calls of which it is not known what else they do; when the test asks for
    more than whether there is a row, or the row is chosen by an order; when an object may change after it was added and before it
    is sent; when a manager of the Django model has a `create` of its own; with oslo.db, which has an error of its own; and in
    what was not proved by execution: asynchronous Django and peewee, and drivers of SQL text other than sqlite3, aiosqlite, psycopg
    and asyncpg.

    ## Known limitations

    A `try` around `get(...)` is repaired only where it can become `get_or_create` or `update_or_create`. Tortoise has no other form.
    """

    DESCRIPTION: ClassVar[str] = (
        "A look-up and an insert of one row become one get-or-create, or the error of the second insert is answered."
    )
    repairs: ClassVar[str] = "ONE203"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Check):
            raise CannotRepair("there is no pair of a look-up and an insert")
        answer, first = _answer(material), _first(material, sources)
        own = own_create.of(sources, material.resource.rpartition(".")[2]) if material.client == "django_orm" else ""
        if own:  # a manager's `get_or_create` goes past its own `create`
            raise CannotRepair(f"{own} has a `create` of its own, and what it does about a row that is there is not known")
        row, why = _filled(material, sources)
        if row is not None:
            try:
                return _saved(row, answer, first)
            except CannotRepair as error:
                why = error
        try:
            return _raced(material, sources, answer, first)
        except CannotRepair as error:
            raise why or error from None


def _filled(material: Check, sources: Sources) -> tuple[Filled | None, CannotRepair | None]:
    """A row that is found or built, and saved behind; or why it is not understood."""
    try:
        return filled.of(material, sources) or absent.of(material, sources), None
    except CannotRepair as error:
        return None, error


def _raced(material: Check, sources: Sources, answer: Answer, first: Constraint) -> Fix:
    """The repair of a row that is looked up and inserted."""
    pair = looked_up.handled(material, sources)
    if pair is not None:
        return _obtained(pair, answer, first)
    if material.schema.covered is Covered.UNKNOWN and answer.only_getter:
        raise CannotRepair(f"no unique constraint on {material.key} is known, and where there are two rows a get-or-create fails")
    found = race.of(material, sources)
    if material.schema.covered is Covered.UNKNOWN:  # a get-or-create would fail where there are two rows already
        return _adopted(found, answer, first)
    try:
        return _obtained(looked_up.tested(found), answer, first)
    except CannotRepair:
        if answer.only_getter:
            raise
        return _adopted(found, answer, first)


def _first(material: Check, sources: Sources) -> Constraint:
    """What has to be declared first, so that the database tells who comes second; nothing where it is, or where the schema is not told.

    Raises CannotRepair where several rows may be wanted, or where the project's own class cannot be given it.
    """
    if material.schema.covered is Covered.YES:
        return Constraint((), ())
    constraint.refuse_several(material.resource, material)
    if material.client in ("django_orm", "tortoise"):
        source = sources[material.look.path]
        owners.refuse_part(fluent.fluent(source, source.call_at(material.look.span)), material.wanted.columns)
    table = material.schema.table
    if material.schema.covered is Covered.UNKNOWN or table is None:
        return Constraint((), (f"needs a unique constraint on {material.resource}({material.key}), of which the project tells nothing",))
    made = sources.count(constraint.inserted(table.model.rpartition(".")[2] or table.name, _BY_STATEMENT))
    if material.flags or "__" in material.key or made > 1:
        why = "rows are made in other places too" if made > 1 else "the key is more than columns"
        raise CannotRepair(f"no unique constraint on {material.key} is declared, and {why}: whether a second row is wanted is not known")
    return constraint.declared(table, material.wanted, sources)


def _saved(row: Filled, answer: Answer, first: Constraint) -> Fix:
    """One update-or-create or get-or-create for a row that is found or built."""
    material = row.material
    if material.schema.covered is Covered.UNKNOWN:
        raise CannotRepair(f"no unique constraint on {material.key} is known, and where there are two rows a get-or-create fails")
    _require_whole(material)
    edit, verb, note = saved.written(row, answer.of_saved(awaited=row.looked.awaited), answer.updater)
    message = f"`{verb}`: whoever comes second, and fails on {_set(material)}, goes on with the row that is there{note}"
    return unsafe("; ".join((message, *first.said)), *first.edits, edit, *_unneeded(row.source, edit, first))


def _obtained(pair: Pair, answer: Answer, first: Constraint) -> Fix:
    """One get-or-create in place of both."""
    verb = answer.getter(pair.insert)
    _require_whole(pair.material)
    edit = obtained.edits(pair, verb)
    note = "; the values of the other columns are now worked out also where the row is there" if "defaults=" in edit.content else ""
    message = f"`{verb}`: whoever comes second, and fails on {_set(pair.material)}, gets the row that is there{note}"
    return unsafe("; ".join((message, *first.said)), *first.edits, edit, *_unneeded(pair.source, edit, first))


def _unneeded(source: Source, edit: Edit, first: Constraint) -> tuple[Edit, ...]:
    """The imports that nothing needs any more, in a file that nothing else is done to."""
    return () if any(one.path == source.path for one in first.edits) else imports.unneeded(source, edit)


def _require_whole(material: Check) -> None:
    """Raises CannotRepair where the constraint is about some of the rows, and the look-up about more."""
    by = material.schema.by
    if by is not None and by.partial and not {name for name, _ in by.when} <= set(material.key.split(", ")):
        raise CannotRepair("the constraint is about some of the rows, and the look-up about others too")


def _adopted(found: Race, answer: Answer, first: Constraint) -> Fix:
    """The insert is tried, and its error answered by looking again."""
    refused = answer.refused(found)
    edit = adopted.tried(found, refused.error, refused.enter, asynchronous=refused.asynchronous, ends=refused.ends)
    note = f"; {refused.note}" if refused.note else ""
    message = f"whoever comes second, and fails on {_set(found.material)}, looks again and does as one who finds the row{note}"
    return unsafe("; ".join((message, *first.said)), *first.edits, *refused.edits, edit)


def _answer(material: Check) -> Answer:
    """The client of a pair. Raises CannotRepair where the row inserted may be another one than that looked for."""
    if not material.certain:
        raise CannotRepair(f"nothing shows that the row inserted has the {material.key} that was looked for")
    found = next((item for item in registry.discover(answers, Answer) if item.stem == material.client), None)
    if found is None:
        raise CannotRepair(f"how {material.client} tells that a row is there already is not known")
    return found


def _set(material: Check) -> str:
    by = material.schema.by
    return by.shown if by is not None else f"unique ({material.key})"

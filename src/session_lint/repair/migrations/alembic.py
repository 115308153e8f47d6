"""A revision of Alembic, beside the others."""

from __future__ import annotations

import ast
import hashlib
import re
from typing import ClassVar

from session_lint.clients.schema_reader import sql_condition
from session_lint.repair.declaration import Missing
from session_lint.repair.migration import Migration, Step, head
from session_lint.repair.rewrite.file.source import CannotRepair, Sources

_REVISION = re.compile(r"^down_revision\b", re.MULTILINE)
_TEST = re.compile(r"(?:^|/)(?:tests?/|test_)")
_NUMBERED = re.compile(r"\d{2,4}")

_TEXT = '''"""one row of {table} for each {what}

First what becomes of the rows that are there twice, then the constraint.

Revision ID: {revision}
Revises: {above}
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{above}"
branch_labels = None
depends_on = None

TWICE = """
SELECT {columns}, count(*) FROM {table}{where}
GROUP BY {columns} HAVING count(*) > 1
"""


def stop_at_duplicates() -> None:
    """FIRST DECIDE which of several rows stays, and what becomes of the data that
    points to the others.

    While there are such rows this migration stops before it has changed anything.
    To merge them here instead, do so for each row of TWICE: keep one row (the
    latest, the one that others point to), move the references of the others to it,
    delete the others.
    """
    if op.get_context().as_sql:  # a script: look for duplicates before it is run
        return
    found = op.get_bind().execute(sa.text(TWICE)).fetchmany(10)
    if found:
        raise RuntimeError(
            "{table}: there are several rows with the same {what}; "
            f"decide which of them stays: {{found}}"
        )


def upgrade() -> None:
    stop_at_duplicates()
{upgrade}


def downgrade() -> None:
{downgrade}
'''

_CONSTRAINT = (
    """    with op.batch_alter_table("{table}") as batch:
        batch.create_unique_constraint("{name}", [{columns}])""",
    """    with op.batch_alter_table("{table}") as batch:
        batch.drop_constraint("{name}", type_="unique")""",
)
_INDEX = (
    """    op.create_index(
        "{name}",
        "{table}",
        [{columns}],
        unique=True,
        postgresql_where=sa.text("{where}"),
        sqlite_where=sa.text("{where}"),
    )""",
    """    op.drop_index("{name}", "{table}")""",
)


class Alembic(Migration):
    """After the one head of the only environment there is."""

    readers: ClassVar[frozenset[str]] = frozenset({"sqlalchemy"})

    def step(self, missing: Missing, sources: Sources) -> Step | None:
        paths = [path for path in sources.files(r"(?:.*/)?versions/[^/]+\.py") if not _TEST.search(path)]
        steps = {path: _read(sources.text(path)) for path in paths if _REVISION.search(sources.text(path))}
        if not steps:
            return None
        folders = sorted({path.rpartition("/")[0] for path in steps})
        if len(folders) > 1:
            raise CannotRepair(f"there are several folders of migrations: {', '.join(folders)}")
        if re.search(r"[\"']schema[\"']\s*:", missing.source.text) or sources.search(r"MetaData\([^)]*\bschema\s*="):
            raise CannotRepair("the table is in a schema of the database: which one the migration has to name cannot be told")
        after: dict[str, list[str]] = {}
        for name, below in steps.values():
            after.setdefault(name, []).extend(below)
        above = head(after)
        revision = _next(above, after, missing.name)
        return Step(f"{folders[0]}/{revision}_{missing.name[:40].rstrip('_')}.py", _text(missing, revision, above), "alembic upgrade head")


def _read(text: str) -> tuple[str, list[str]]:
    """The revision, and those that it comes after. Raises CannotRepair for what is not written out."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise CannotRepair("one of its migrations does not parse") from error
    found: dict[str, object] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            try:
                found[target.id] = ast.literal_eval(node.value)
            except ValueError:
                found[target.id] = ...
    values = [found.get("revision"), found.get("down_revision"), found.get("depends_on")]
    if ... in values or not isinstance(values[0], str):
        raise CannotRepair("what one of its migrations comes after is put together by code")
    below = [name for one in values[1:] for name in ((one,) if isinstance(one, str) else one if isinstance(one, (tuple, list)) else ())]
    return values[0], [str(name) for name in below]


def _next(above: str, known: dict[str, list[str]], name: str) -> str:
    """The number after the last where revisions are numbers; else one like Alembic's own, which is the same in every run."""
    if all(_NUMBERED.fullmatch(one) for one in known):
        return str(max(map(int, known)) + 1).zfill(len(above))
    return hashlib.sha256(f"{above} {name}".encode()).hexdigest()[:12]


def _text(missing: Missing, revision: str, above: str) -> str:
    columns, condition = missing.columns, sql_condition(missing.when)
    empty = [f"{name} IS NOT NULL" for name, own in zip(columns, missing.wanted.columns, strict=True) if missing.table.kind(own).empty]
    where = " AND ".join(filter(None, [condition, *empty]))
    up, down = (
        part.format(table=missing.table.name, name=missing.name, columns=", ".join(f'"{name}"' for name in columns), where=condition)
        for part in (_INDEX if condition else _CONSTRAINT)
    )
    return _TEXT.format(
        table=missing.table.name,
        what=", ".join(columns),
        revision=revision,
        above=above,
        columns=", ".join(columns),
        where=f" WHERE {where}" if where else "",
        upgrade=up,
        downgrade=down,
    )

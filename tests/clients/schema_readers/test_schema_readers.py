"""What each schema reader understands: the files of a section declare exactly the tables that its text block lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.scenarios import Section, sections
from session_lint import api, registry
from session_lint.clients import schema_readers as room
from session_lint.facts.schema import Table

FILES = sorted(Path(__file__).parent.glob("*.md"))
SECTIONS = [(file.stem, section) for file in FILES for section in sections(file)[1:]]


def listed(table: Table) -> str:
    """A table in one line: what is unique in it, and what is not understood."""
    sets = [f"({', '.join(one.columns)}){f' where {one.condition}' if one.condition else ''}" for one in table.unique]
    name = table.model.rpartition(".")[2] or table.name
    return f"{name}: {'; '.join(sorted(sets)) or 'nothing'}{''.join(f'; not {gap}' for gap in table.doubts)}"


def files_of(section: Section) -> dict[str, str]:
    """The files of a section by path; the first line names one."""
    found = {}
    for language, text in section.blocks:
        if language in ("python", "sql"):
            head = text.partition("\n")[0].lstrip("#- ").strip()
            found[head if head.endswith((".py", ".sql")) else "app.py"] = text
    return found


@pytest.mark.parametrize(("stem", "section"), SECTIONS, ids=lambda value: value if isinstance(value, str) else value.title)
def test_section(stem: str, section: Section) -> None:
    (wanted,) = (text for language, text in section.blocks if language == "text")
    tables = [one.table for one in api.schema_source(files_of(section)).tables]

    assert sorted(map(listed, tables)) == sorted(filter(None, wanted.splitlines())), stem
    assert section.prose


def test_every_reader_has_a_file() -> None:
    assert {file.stem for file in FILES} == set(registry.stems(room))

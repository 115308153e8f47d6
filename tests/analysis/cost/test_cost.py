"""Every section of cost.md: the entry points of a small project, and what each costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.scenarios import Section, sections
from session_lint import api

COMMON, *CASES = sections(Path(__file__).parent / "cost.md")
_MARK = re.compile(r"# cost: (?P<lookups>\d+)(?P<looped> xn)? (?P<kind>\w+)(?: total (?P<total>\d+))?$")


def _files(section: Section) -> dict[str, str]:
    found = {}
    for _, text in (*COMMON.blocks, *section.blocks):
        named = re.match(r"# ([\w/]+\.py)", text)
        found[named[1] if named else "app.py"] = text
    return found


def _expected(files: dict[str, str]) -> dict[str, tuple[int, bool, str, int]]:
    found = {}
    for path, text in files.items():
        for row, line in enumerate(text.splitlines(), start=1):
            mark = _MARK.search(line)
            assert (mark is None) == ("# cost:" not in line), line
            if mark is not None:
                lookups = int(mark["lookups"])
                found[f"{path}:{row}"] = (lookups, bool(mark["looped"]), mark["kind"], int(mark["total"] or lookups))
    return found


@pytest.mark.parametrize("section", CASES, ids=lambda section: section.title)
def test_case(section: Section) -> None:
    files = _files(section)
    expected = _expected(files)
    assert expected
    report = api.cost_source(files)
    found = {}
    for entry in report.entries:
        looped = any(lookup.repeated for record in entry.records for lookup in record.lookups)
        found[str(entry.place)] = (entry.lookups, looped, entry.kind, entry.total)
        assert all(record.count == len(record.lookups) for record in entry.records)
        assert all(lookup.steps for record in entry.records for lookup in record.lookups)
    assert found == expected
    assert report.notices == ()

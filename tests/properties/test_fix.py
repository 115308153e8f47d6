"""What must hold of every repair: twice is once, only edited files differ, and how a file is stored makes no difference."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from properties.projects import WRITTEN, Files, generated, sample
from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.facts.repair import Repair

SOME = settings(max_examples=12)
FEW = settings(max_examples=8)
BOM = b"\xef\xbb\xbf"
STORED: dict[str, Callable[[bytes], bytes]] = {
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "cr": lambda data: data.replace(b"\n", b"\r"),
    "bom": lambda data: BOM + data,
    "crlf and bom": lambda data: BOM + data.replace(b"\n", b"\r\n"),
}


def _bytes(files: Files) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


def _after(files: dict[str, bytes], outcome: Repair) -> dict[str, bytes]:
    return {**files, **{change.path: change.after for change in outcome.changes}}


def _bare(findings: tuple[Finding, ...]) -> list[Finding]:
    return [replace(finding, fix=None) for finding in findings]


def _stood(finding: Finding, files: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Whether each line that the finding is about was there, as it is, before the repair."""
    places = [finding.place, *(related.place for related in finding.related)]
    return all(after[place.path].splitlines()[place.span.row - 1] in files[place.path].splitlines() for place in places)


def _fix(files: dict[str, bytes]) -> Repair:
    return api.fix_source(files, unsafe=True)


def assert_a_repair_holds(files: dict[str, bytes]) -> None:
    before = api.check_source(files)
    outcome = _fix(files)
    after = _after(files, outcome)
    judged = api.check_source(after) if outcome.changes else before  # of equal files the same is said, and done
    assert _bare(judged.findings) == _bare(outcome.left.findings), "what it says is left is what is left"
    edited = {edit.path for finding in outcome.repaired if finding.fix is not None for edit in finding.fix.edits}
    assert {path for path in files if files[path] != after[path]} <= edited
    assert bool(outcome.repaired) == bool(outcome.changes)
    assert not outcome.left.notices, [str(notice) for notice in outcome.left.notices]
    if len(outcome.left.findings) > len(before.findings):  # what a repair has brought to light was there before (ADR 0026)
        assert [finding for finding in outcome.left.findings if not _stood(finding, files, after)] == []
    for path in edited:
        ast.parse(after[path])
    again = _fix(after) if outcome.changes else outcome
    assert (again.repaired, again.changes) == ((), ()), "fix twice is fix once"


@sample(3)
def test_a_repair_holds_on_written_projects(files: Files) -> None:
    assert_a_repair_holds(_bytes(files))


@SOME
@given(generated())
def test_a_repair_holds_on_generated_projects(files: Files) -> None:
    assert_a_repair_holds(_bytes(files))


@FEW
@given(generated(), st.sampled_from(sorted(STORED)))
def test_how_files_are_stored_makes_no_difference(files: Files, how: str) -> None:
    plain = _bytes(files)
    stored = {path: STORED[how](data) for path, data in plain.items()}
    expected = {path: STORED[how](data) for path, data in _after(plain, _fix(plain)).items()}
    assert _after(stored, _fix(stored)) == expected


@pytest.mark.parametrize("how", STORED)
def test_the_incident_stored_otherwise(how: str) -> None:
    plain = _bytes(dict(WRITTEN)["incident before"])
    stored = {path: STORED[how](data) for path, data in plain.items()}
    outcome = _fix(plain)
    assert outcome.changes
    assert _after(stored, _fix(stored)) == {path: STORED[how](data) for path, data in _after(plain, outcome).items()}


@FEW
@given(generated(), st.randoms(use_true_random=False))
def test_the_order_of_files_makes_no_difference(files: Files, random: object) -> None:
    shuffled = list(_bytes(files).items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _fix(dict(shuffled)).changes == _fix(_bytes(files)).changes

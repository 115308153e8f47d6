"""docs/service-requirements.md: every test that it names exists, and each of R1 to R17 has one that names it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service-requirements.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
ROWS = dict(re.findall(r"^\| (R\d+) \|.*?\|(.*)\|$", PAGE, re.MULTILINE))


@cache
def written_in(file: str) -> dict[str, str]:
    """The tests of a module of tests/service, with their docstrings."""
    tree = ast.parse((ROOT / "tests" / "service" / file).read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")]
    return {node.name: ast.get_docstring(node) or "" for node in found}


def names(file: str, test: str, requirement: str) -> bool:
    """Whether a test says which requirement it shows: in its name, or at the head of its docstring."""
    head = re.match(r"[RP0-9, ]+:", written_in(file)[test])
    return f"_{requirement.lower()}_" in test or (head is not None and requirement in re.split(r"[, :]+", head.group()))


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 80
    assert [f"{file}::{test}" for file, test in named if test not in written_in(file)] == []


@pytest.mark.parametrize("requirement", [f"R{number}" for number in range(1, 18)])
def test_each_requirement_has_tests_that_name_it(requirement: str) -> None:
    shown_by = NAMED.findall(ROWS[requirement])
    assert shown_by
    assert [test for file, test in shown_by if not names(file, test, requirement)] == []


def test_a_test_that_names_another_requirement_would_be_seen() -> None:
    assert names("test_session_race_conditions.py", "test_no_duplicate_sessions_on_concurrent_creates", "R2")
    assert not names("test_session_race_conditions.py", "test_no_duplicate_sessions_on_concurrent_creates", "R17")
    assert not names("test_contention.py", "test_r1_also_while_processes_are_killed_in_the_middle_of_it", "R11")

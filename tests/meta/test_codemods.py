"""Every codemod has its page, its scenarios, and its place in the documents."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import session_lint.repair.codemods
import session_lint.rules
from repair.codemods.scenarios import load
from session_lint.registry import discover, stems
from session_lint.repair.codemod import Codemod
from session_lint.repair.plan import codemods
from session_lint.rule import Rule

ROOT = Path(__file__).parents[2]
HEADINGS = ["What it does", "Fix safety", "Known limitations"]
CODEMODS = codemods()
EVERY = pytest.mark.parametrize("item", CODEMODS, ids=lambda item: item.name)


def test_each_rule_that_can_be_repaired_has_one() -> None:
    assert {item.repairs for item in CODEMODS} == {rule.code for rule in discover(session_lint.rules, Rule)}


@EVERY
def test_a_codemod_is_a_page(item: Codemod) -> None:
    summary, *sections = re.split(r"^## ", inspect.cleandoc(type(item).__doc__ or ""), flags=re.MULTILINE)
    parts = [section.partition("\n") for section in sections]
    assert summary.strip()
    assert [heading.strip() for heading, _, _ in parts] == HEADINGS
    assert [heading for heading, _, text in parts if len(text.split()) < 5] == []


@EVERY
def test_a_codemod_has_scenarios_of_every_sort(item: Codemod) -> None:
    scenarios = load(ROOT / "tests" / "repair" / "codemods" / f"{item.name.replace('-', '_')}.md")
    sorts = {scenario.applicability for scenario in scenarios}
    assert "display" in sorts, "what it refuses"
    assert sorts & {"safe", "unsafe"}, "what it repairs"


@EVERY
def test_a_codemod_has_tests_of_libcst(item: Codemod) -> None:
    text = (ROOT / "tests" / "repair" / "codemods" / f"test_{item.name.replace('-', '_')}.py").read_text(encoding="utf-8")
    assert "CodemodTest" in text
    assert "assertCodemod(" in text
    assert type(item).__name__ in text


@EVERY
def test_a_codemod_is_documented(item: Codemod) -> None:
    assert f"| {item.name} | {item.repairs} | " in (ROOT / "docs" / "repairs.md").read_text(encoding="utf-8")
    assert re.search(rf"`{item.name}` \({item.repairs}\)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_no_codemod_is_documented_that_is_not_there() -> None:
    named = re.findall(r"^\| ([a-z-]+) \| ONE\d{3} \|", (ROOT / "docs" / "repairs.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == [stem.replace("_", "-") for stem in stems(session_lint.repair.codemods)]

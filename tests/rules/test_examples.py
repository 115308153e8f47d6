"""The examples on each rule's page are executed: the first raises exactly its rule, the repaired one raises nothing."""

from __future__ import annotations

import pytest

from session_lint import api
from session_lint.rule import Rule
from session_lint.rule_doc import RuleDoc, code_blocks

RULES = api.rules()


def _project(rule: Rule, heading: str) -> dict[str, str]:
    blocks = code_blocks(RuleDoc.of(rule).section(heading))
    files = {block.path or "app.py": block.code for block in blocks}
    assert files, f"{rule.name}: no Python block under {heading!r}"
    assert len(files) == len(blocks), f"{rule.name}: two blocks of one file under {heading!r}"
    return files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_page_is_complete(rule: Rule) -> None:
    page = RuleDoc.of(rule)

    assert page.summary
    assert page.missing() == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_example_raises_exactly_its_rule(rule: Rule) -> None:
    report = api.check_source(_project(rule, "Example"))

    assert report.notices == ()
    assert [finding.code for finding in report.findings] == [rule.code], [finding.message for finding in report.findings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_use_instead_raises_nothing(rule: Rule) -> None:
    report = api.check_source(_project(rule, "Use instead"))

    assert report.notices == ()
    assert report.findings == ()

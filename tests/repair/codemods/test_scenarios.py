"""Every scenario of every codemod: exactly the repaired text, trusted as far as it says, and nothing more on a second run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from repair.codemods.scenarios import Scenario, codemod_files, load
from session_lint import api
from session_lint.facts.finding import Applicability
from session_lint.facts.repair import Repair
from session_lint.repair import changeset, repair

SCENARIOS = [scenario for file in codemod_files() for scenario in load(file)]


def _name(scenario: Scenario) -> str:
    return f"{scenario.stem}: {scenario.title}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_scenario(scenario: Scenario) -> None:
    before = dict(scenario.before)

    outcome = api.fix_source(before, unsafe=True, only=scenario.stem.replace("_", "-"))

    if scenario.applicability == "shown":
        assert outcome.changes == ()
        assert _as_shown(before, outcome, scenario.fragment) == {**before, **dict(scenario.after)}
        return
    after = {**before, **dict(outcome.texts)}
    for path in {**before, **after}:
        assert after[path] == dict(scenario.after).get(path, before.get(path)), [f.fix for f in (*outcome.repaired, *outcome.left.findings)]
    assert after.keys() == before.keys() | dict(scenario.after).keys()
    if scenario.applicability == "display":
        reasons = [f.fix for f in outcome.left.findings if f.fix is not None and scenario.fragment in f.fix.message]
        assert outcome.repaired == ()
        assert reasons, [f.fix for f in outcome.left.findings]
        assert all(fix.applicability is Applicability.DISPLAY and not fix.edits for fix in reasons)
    else:
        fixes = [finding.fix for finding in outcome.repaired if finding.fix is not None]
        assert any(scenario.fragment in fix.message for fix in fixes), fixes
        worst = "unsafe" if any(fix.applicability is Applicability.UNSAFE for fix in fixes) else "safe"
        assert worst == scenario.applicability


def _as_shown(before: dict[str, str], outcome: Repair, fragment: str) -> dict[str, str]:
    """The files with the edits that are only shown."""
    (fix,) = [f.fix for f in outcome.left.findings if f.fix is not None and f.fix.edits and fragment in f.fix.message]
    assert fix.applicability is Applicability.DISPLAY
    texts = changeset.apply({path: text.encode() for path, text in before.items()}, fix.edits, dict.fromkeys(before, "utf-8"))
    return {**before, **{path: data.decode() for path, data in texts.items()}}


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.after and s.applicability != "shown"], ids=_name)
def test_second_run_changes_nothing(scenario: Scenario) -> None:
    name = scenario.stem.replace("_", "-")
    after = {**dict(scenario.before), **dict(scenario.after)}

    assert api.fix_source(after, unsafe=True, only=name).changes == ()


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.applicability == "unsafe"], ids=_name)
def test_unsafe_repairs_wait_to_be_asked_for(scenario: Scenario) -> None:
    outcome = api.fix_source(dict(scenario.before), only=scenario.stem.replace("_", "-"))

    assert any(f.fix is not None and f.fix.applicability is Applicability.UNSAFE and f.fix.edits for f in outcome.left.findings)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_scenario_is_valid_python(scenario: Scenario) -> None:
    for path, text in (*scenario.before, *scenario.after):
        ast.parse(text, filename=path)


@pytest.mark.parametrize("file", codemod_files(), ids=lambda file: file.stem)
def test_titles_differ(file: Path) -> None:
    titles = [scenario.title for scenario in load(file)]

    assert len(set(titles)) == len(titles)


def test_every_codemod_has_a_scenario_file() -> None:
    assert {item.name for item in repair.codemods()} == {file.stem.replace("_", "-") for file in codemod_files()}

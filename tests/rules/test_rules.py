"""Every scenario of every rule: exactly the marked findings, and nothing in the near misses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rules.scenarios import Scenario, about, load, rule_files
from session_lint import api
from session_lint.facts.finding import Finding

SCENARIOS = [scenario for file in rule_files() for scenario in load(file)]
POSITIVES = [scenario for scenario in SCENARIOS if not scenario.is_near_miss]
LEAST_POSITIVES = 5
LEAST_NEAR_MISSES = 10


def _name(scenario: Scenario) -> str:
    return f"{scenario.stem}: {scenario.title}"


def _findings(scenario: Scenario, new_directory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    settings = None
    if scenario.settings:  # most have none, and need no directory
        directory = new_directory.mktemp("settings")
        config = directory / "pyproject.toml"
        config.write_text(scenario.settings, encoding="utf-8")
        settings = api.load_settings([directory], config=config)
    report = api.check_source(dict(scenario.files), settings=settings)
    assert report.notices == ()
    return about(scenario.stem, (mark.code for mark in scenario.expected), report.findings)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_scenario(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> None:
    findings = _findings(scenario, tmp_path_factory)

    found = sorted((finding.place.path, finding.place.span.row, finding.code) for finding in findings)
    assert found == sorted((mark.path, mark.row, mark.code) for mark in scenario.expected), [f.message for f in findings]
    for mark in scenario.expected:
        (finding,) = (f for f in findings if (f.place.path, f.place.span.row, f.code) == (mark.path, mark.row, mark.code))
        assert mark.fragment in finding.message
        assert finding.related, "a finding names the first place"
        assert finding.chain, "a finding proves its path"
        assert finding.chain[-1].place.path == finding.place.path, "the path ends where the finding stands"


@pytest.mark.parametrize("file", rule_files(), ids=lambda file: file.stem)
def test_file_has_enough_of_both_kinds(file: Path) -> None:
    scenarios = load(file)

    assert sum(not scenario.is_near_miss for scenario in scenarios) >= LEAST_POSITIVES
    assert sum(scenario.is_near_miss for scenario in scenarios) >= LEAST_NEAR_MISSES
    titles = [scenario.title for scenario in scenarios]
    assert len(set(titles)) == len(titles)
    for scenario in scenarios:
        assert scenario.prose, f"{scenario.title}: say why"
        assert scenario.is_near_miss == scenario.title.startswith("Near miss: "), scenario.title


@pytest.mark.parametrize("file", rule_files(), ids=lambda file: file.stem)
def test_file_expects_its_own_rule(file: Path) -> None:
    (rule,) = (rule for rule in api.rules() if rule.name == file.stem.replace("_", "-"))

    for scenario in load(file):
        assert {mark.code for mark in scenario.expected} <= {rule.code}, scenario.title


def test_every_rule_has_a_scenario_file() -> None:
    assert {rule.name for rule in api.rules()} == {file.stem.replace("_", "-") for file in rule_files()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_scenario_is_valid_python(scenario: Scenario) -> None:
    for path, text in (file for file in scenario.files if file[0].endswith(".py")):
        ast.parse(text, filename=path)

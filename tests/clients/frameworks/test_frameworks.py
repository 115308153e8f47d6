"""Every scenario of every framework: exactly the marked findings, from what is selected and from everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.scenarios import Scenario, about, load
from session_lint import api, registry
from session_lint.analysis import flow_text, pipeline
from session_lint.analysis.project import in_memory
from session_lint.clients import frameworks as room
from session_lint.clients.framework import Framework
from session_lint.settings.settings import Settings

FILES = sorted(Path(__file__).parent.glob("*.md"))
SCENARIOS = [scenario for file in FILES for scenario in load(file)]


def _name(scenario: Scenario) -> str:
    return f"{scenario.stem}: {scenario.title}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_scenario(scenario: Scenario) -> None:
    findings = about(scenario.stem, (mark.code for mark in scenario.expected), api.check_source(dict(scenario.files)).findings)

    found = sorted((finding.place.path, finding.place.span.row, finding.code) for finding in findings)
    assert found == sorted((mark.path, mark.row, mark.code) for mark in scenario.expected), [f.message for f in findings]
    for mark in scenario.expected:
        (finding,) = (f for f in findings if (f.place.path, f.place.span.row) == (mark.path, mark.row))
        assert mark.fragment in finding.message
        assert finding.chain[-1].place.path == finding.place.path
        assert not any("~" in step.function for step in finding.chain), "nobody wrote that"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_selection_loses_nothing(scenario: Scenario) -> None:
    project, _ = in_memory(dict(scenario.files), Settings(root=Path()), api.rules)

    codes = [mark.code for mark in scenario.expected]
    everything = about(scenario.stem, codes, pipeline.analyse(project, everything=True).findings)

    assert sorted((one.place.path, one.place.span.row, one.code) for one in everything) == sorted(
        (mark.path, mark.row, mark.code) for mark in scenario.expected
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_both_kinds(file: Path) -> None:
    scenarios = load(file)

    assert any(not scenario.is_near_miss for scenario in scenarios)
    assert sum(scenario.is_near_miss for scenario in scenarios) >= 2
    for scenario in scenarios:
        assert scenario.is_near_miss == scenario.title.startswith("Near miss: "), scenario.title


def test_every_framework_has_a_file() -> None:
    assert {file.stem for file in FILES} == set(registry.stems(room))


@pytest.mark.parametrize("stem", registry.stems(room))
def test_the_text_of_its_classes_is_read(stem: str) -> None:
    framework = registry.item(room, stem, Framework)

    for bases, methods in flow_text.classes(framework.classes).values():
        assert set(bases) <= set(flow_text.classes(framework.classes))
        for name, node in methods.items():
            written = flow_text.read(node, name, 1, tuple(sorted(framework.handlers)))
            assert written.facts.calls or written.facts.body, name

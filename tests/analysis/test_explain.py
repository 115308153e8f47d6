"""Every section of explain.md: what is told of the lines asked about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.scenarios import Section, sections
from session_lint import api
from session_lint.analysis.explaining import explain_sources
from session_lint.facts.explanation import Explanation
from session_lint.reporting import explanation_listing
from session_lint.reporting.reporter import Style
from session_lint.settings.settings import Settings

COMMON, *CASES = sections(Path(__file__).parent / "explain.md")
_MARK = re.compile(r"# ask: (?P<name>.+?)(?:  #|$)")


def _files(section: Section) -> dict[str, str]:
    found = {}
    for language, text in (*COMMON.blocks, *section.blocks):
        if language in ("python", "sql"):
            named = re.match(r"(?:#|--) ([\w/]+\.(?:py|sql))", text)
            assert named is not None, text
            found[named[1]] = text
    return found


def _asked(files: dict[str, str]) -> dict[str, tuple[str, int]]:
    rows = ((path, row, line) for path, text in files.items() for row, line in enumerate(text.splitlines(), start=1))
    return {mark["name"]: (path, row) for path, row, line in rows if (mark := _MARK.search(line))}


def _settings(section: Section, directory: Path) -> Settings:
    for language, text in section.blocks:
        if language == "toml":
            config = directory / "pyproject.toml"
            config.write_text(text, encoding="utf-8")
            return api.load_settings([directory], config=config)
    return Settings(root=Path())


def _lines(explanation: Explanation) -> list[str]:
    return [line.strip().removeprefix("- ") for line in explanation_listing.full(explanation, Style()).splitlines()]


@pytest.mark.parametrize("section", CASES, ids=lambda section: section.title)
def test_case(section: Section, tmp_path: Path) -> None:
    files, settings = _files(section), _settings(section, tmp_path)
    asked = _asked(files)
    answers = {text.partition("\n")[0]: text.splitlines()[1:] for language, text in section.blocks if language == "text"}
    assert asked
    assert answers.keys() == asked.keys()
    for name, expected in answers.items():
        path, row = asked[name]
        told = _lines(explain_sources(files, settings, path, row, api.rules))
        assert expected, f"{name}: say what must be told"
        rest = iter(told)
        for line in expected:
            assert line in rest, f"{name}: {line!r} is not told, or not in this order:\n" + "\n".join(told)

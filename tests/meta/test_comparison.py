"""The figures of the comparison add up, and README quotes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/comparison.md").read_text(encoding="utf-8")
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
TOOLS = {"CFinder": 3, "session-lint": 4}  # of each its column in the list of what was told
VERDICTS = ("worth", "little", "false")


def rows(comment: str) -> list[list[str]]:
    """The cells of the rows of the table that stands below a comment that begins so."""
    table = PAGE.partition(f"<!-- {comment}")[2].partition("\n\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def verdicts(tool: str) -> list[str]:
    """What was said of each thing that a tool told."""
    return [row[TOOLS[tool]] for row in rows("each") if row[TOOLS[tool]]]


@pytest.mark.parametrize("tool", TOOLS)
def test_the_sums_are_those_of_the_list(tool: str) -> None:
    said = verdicts(tool)
    assert {one.partition(",")[0] for one in said} == set(VERDICTS)
    worth, little, false = (sum(one.startswith(verdict) for one in said) for verdict in VERDICTS)
    wrongly = sum(one.endswith("wrongly") for one in said)
    sums = next(row for row in rows("verdicts") if row[0] == tool)
    assert list(map(int, sums[1:])) == [len(said), worth + little, worth, little, false, wrongly]


def test_the_list_has_as_many_as_were_counted() -> None:
    counted = re.findall(r"^\| (?:django-oscar|shuup|wagtail) \| (\d+) \| \d+ \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
    theirs, ours, both = (sum(map(int, column)) for column in zip(*counted, strict=True))
    assert (theirs, ours) == (len(verdicts("CFinder")), len(verdicts("session-lint")))
    assert both == sum(bool(row[3] and row[4]) for row in rows("each"))


def test_the_readme_quotes_the_sums_and_the_count_of_the_programs() -> None:
    sums = {row[0]: row[1:] for row in rows("verdicts")}
    theirs, ours = sums["CFinder"], sums["session-lint"]
    said = f"of {theirs[0]} told in three applications {theirs[1]} were true, {theirs[2]} of them worth a change"
    assert f"{said} (session-lint: {', '.join(ours[:3])})" in README
    found, marks, false = re.findall(r"^\| Semgrep, our rules \|.* (\d+) of (\d+), (\d+) \|$", PAGE, re.MULTILINE)[0]
    assert f"{found} of {marks} marked lines and {false} false alarms" in README


def test_the_rules_for_semgrep_are_as_many_and_as_long_as_is_said() -> None:
    text = (ROOT / "benchmarks/peers_semgrep.yml").read_text(encoding="utf-8")
    rules = len(yaml.safe_load(text)["rules"])
    assert f"{rules} rules in {len(text.splitlines())} lines" in PAGE
    assert f"by {rules} rules of ours" in README

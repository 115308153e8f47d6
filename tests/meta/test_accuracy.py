"""The number that the README gives of the findings is the last one that was measured."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/accuracy.md").read_text(encoding="utf-8")
ENOUGH = 40  # findings: fewer say nothing
_ROW = re.compile(r"^\| (\d+) \| ([0-9a-f]{7,}) \| ([^\n]*) \|$", re.MULTILINE)


def looks() -> list[tuple[int, str, list[int]]]:
    """Of each first look its batch and commit; and findings, true, worth fixing, not worth it, false."""
    table = PAGE.partition("<!-- first looks")[2].partition("\n\n| batch | projects |")[0]
    return [(int(batch), commit, [int(cell) for cell in rest.split(" | ")[:5]]) for batch, commit, rest in _ROW.findall(table)]


def test_the_columns_add_up() -> None:
    assert len(looks()) >= 4
    for batch, _, (findings, true, worth, little, false) in looks():
        assert (true + false, worth + little) == (findings, true), batch


def test_the_readme_and_the_page_quote_the_last_look() -> None:
    rows = [figures for _, _, figures in looks()]
    start = next(number for number in reversed(range(len(rows))) if sum(figures[0] for figures in rows[number:]) >= ENOUGH)
    findings, true, worth = (sum(figures[column] for figures in rows[start:]) for column in range(3))
    said = f"{true} of {findings} findings were true ({round(100 * true / findings)} %)"
    assert said in PAGE
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{said}, and {worth} of them worth a repair" in readme


def test_batches_are_in_order_and_have_their_projects() -> None:
    batches = [batch for batch, _, _ in looks()]
    assert batches == sorted(set(batches))
    named = PAGE.partition("\n\n| batch | projects |")[2]
    assert [batch for batch in batches if f"\n| {batch} | " not in named] == []

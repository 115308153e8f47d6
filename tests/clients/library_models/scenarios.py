"""Reads the scenario files of this directory: what each library model makes of code of its client.

A `##` section holds one ```python block and one ```effects block. The effects block says, a line each and in any order:

    <row> <kind> <resource> [column=value, ...] <flags>
    scope <transaction|lock> <connection or ->

The row is that of the called name in the Python block; a scope (a `with` block, a decorator) has none. Values are written
as in messages. Flags: for a clear or a read which rows it picks (`key`, `members`, `difference`, `range`, `all`, `unknown`),
`many`, `soft`, `partial` (not all columns are known), `buffered` (nothing is final before a commit), `serial`,
`ignores-conflicts`, and `@client` when the effect comes from another model than the one the file is for. An empty block says
that nothing at all may be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent

_SECTION = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One section of a file."""

    stem: str
    title: str
    code: str
    expected: tuple[str, ...]


def scenarios() -> Iterator[Scenario]:
    """Every scenario of every file, by file name."""
    for file in sorted(HERE.glob("*.md")):
        parts = _SECTION.split(file.read_text(encoding="utf-8"))
        for title, body in zip(parts[1::2], parts[2::2], strict=True):
            blocks = {block["language"]: block["text"] for block in _BLOCK.finditer(body)}
            if set(blocks) != {"python", "effects"}:
                raise ValueError(f"{file.name}, {title!r}: one python block and one effects block, not {sorted(blocks)}")
            expected = tuple(line.strip() for line in blocks["effects"].splitlines() if line.strip())
            yield Scenario(file.stem, title, blocks["python"], expected)

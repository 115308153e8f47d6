"""What is wrong in a settings file, all of it at once, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from session_lint.errors import ConfigError

_TABLE = "tool.session-lint"


@dataclass(slots=True)
class Mistakes:
    """Collects. `where` opens every message: the file, and the table in it; `text`: the file, "" when there is none."""

    where: str
    text: str = ""
    found: list[str] = field(default_factory=list)

    def note(self, key: str, error: ConfigError) -> None:
        """One mistake, at a key of the table."""
        row = row_of_key(self.text, key)
        for line in str(error).splitlines():
            said = line.removeprefix(self.where)
            file, colon, rest = self.where.partition(":")
            self.found.append(f"{file}:{row}:{rest}{said}" if row and colon and said != line else line)

    def check(self) -> None:
        """Raises ConfigError for all that was noted, a line each."""
        if self.found:
            raise ConfigError("\n".join(self.found))


def row_of_key(text: str, key: str) -> int:
    """The row of a key of the table, 1-based; 0 where it is not found. Without a header the whole file is the table."""
    lines = text.splitlines()
    header = next((row for row, line in enumerate(lines) if re.match(rf"\s*\[\s*{re.escape(_TABLE)}\s*\]", line)), None)
    written = re.compile(rf"""\s*(?:\[\s*(?:{re.escape(_TABLE)}\.)?)?["']?{re.escape(key)}["']?\s*[=.\]]""")
    for row in range(0 if header is None else header + 1, len(lines)):
        if header is not None and lines[row].lstrip().startswith("[") and f"{_TABLE}." not in lines[row]:
            break
        if written.match(lines[row]):
            return row + 1
    return 0


def row_of_table(text: str, name: str) -> int:
    """The row of the header of a table `[tool.NAME]`, 1-based; 0 where it is not found."""
    pattern = re.compile(rf"""\s*\[\s*tool\s*\.\s*["']?{re.escape(name)}["']?\s*[.\]]""")
    return next((row for row, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 0)

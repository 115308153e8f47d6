"""Trap `noqa-file`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings

# of the codes behind the colon flake8 reads none
_COMMENT = re.compile(r"# flake8[:=]\s*noqa\s*[:=]?\s*(?P<codes>[A-Z]+[0-9]+\b.*)", re.IGNORECASE)


class NoqaFile(Trap):
    """`# flake8: noqa: ONE101` on a line of its own switches off the whole file, all codes."""

    why = "flake8 does not read the codes behind `# flake8: noqa`; nothing at all is reported in the file"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        for file, row, comment in project.comments(_COMMENT):
            found = _COMMENT.match(comment)
            codes = re.findall(r"\bONE\d*\b", found["codes"]) if found else []
            if codes and _alone(project, file, row):
                change = (
                    f"remove the comment, and write\n[tool.session-lint.per-file-ignores]\n"
                    f'"{file}" = [{", ".join(f"{chr(34)}{code}{chr(34)}" for code in codes)}]'
                )
                yield self.caught(file, row, f"`{comment}` switches off every code in the file, not only {', '.join(codes)}", change)


def _alone(project: Surroundings, file: str, row: int) -> bool:
    """A comment behind code is none of a file."""
    lines = (project.text(project.root / file) or "").splitlines()
    return len(lines) >= row and lines[row - 1].lstrip().startswith("#")

"""Trap `dead-comment`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.known.suppressions import Suppressions
from session_lint.project.surroundings import Surroundings

_EITHER = re.compile(r"noqa.*\bONE\d|#\s*session-lint", re.IGNORECASE)
_LIST = re.compile(r"#\s*(?:flake8\s*[:=]\s*)?noqa\s*[:=]?\s*(?P<codes>[A-Z]+\d+(?:[^\w#]+[A-Z]+\d+)*)", re.IGNORECASE)
_OURS = re.compile(r"\bONE\d+\b", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*session-lint\s*[:=]?\s*(?:ignore|disable|noqa|allow)\b(?P<rest>.*)", re.IGNORECASE)


class DeadComment(Trap):
    """A comment that looks as if it switched off a rule, and switches off nothing: `#noqa: ONE101`, `# noqa: one101`, an unknown code."""

    why = "the comment is read by no tool; the finding is reported as if it were not there"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        for file, row, comment in project.comments(_EITHER):
            read = Suppressions.read(comment)
            parsed = {code for _, codes in read.noqa for code in codes}
            blanket = any(not codes for _, codes in read.noqa)
            found = _LIST.search(comment)
            if found is not None and not blanket and not (read.whole_file and _alone(project, file, row)):
                yield from self._codes(project, file, row, comment, found["codes"], parsed)
            ignore = _IGNORE.search(comment)
            if ignore is not None:
                yield from self._ignore(
                    project, file, row, comment, {rule for _, rules in read.ignores for rule in rules} | set(read.file_rules)
                )

    def _codes(self, project: Surroundings, file: str, row: int, comment: str, written: str, parsed: set[str]) -> Iterator[Caught]:
        known = [code for code, _ in project.rules]
        for code in _OURS.findall(written):
            if not any(one.startswith(code.upper()) for one in known):
                message = f"`{comment}` names {code.upper()}, and there is no such rule"
                yield self.caught(file, row, message, f"remove {code}, or write one of {', '.join(known)}")
            elif code.upper() not in parsed:  # flake8 compares codes as they are written
                rest = [one.upper() for one in re.findall(r"[A-Z]+\d+", written, re.IGNORECASE)]
                yield self.caught(file, row, f"`{comment}` does not switch off {code.upper()}", f"# noqa: {', '.join(rest)}")

    def _ignore(self, project: Surroundings, file: str, row: int, comment: str, rules: set[str]) -> Iterator[Caught]:
        words = {word for pair in project.rules for word in pair}
        wrong = sorted(rule for rule in rules if rule not in words and not any(code.startswith(rule) for code, _ in project.rules))
        if not rules:
            change = f"# session-lint: ignore[{project.rules[0][1]}] why it is right here"
            yield self.caught(file, row, f"`{comment}` names no rule in brackets", change)
        for rule in wrong:
            message = f"`{comment}` names {rule}, and there is no such rule"
            yield self.caught(file, row, message, f"remove {rule}, or write one of {', '.join(sorted(words))}")


def _alone(project: Surroundings, file: str, row: int) -> bool:
    """Whether the comment has its line for itself: behind code `# flake8: noqa` is none of the file, and none of the line."""
    lines = (project.text(project.root / file) or "").splitlines()
    return len(lines) >= row and lines[row - 1].lstrip().startswith("#")

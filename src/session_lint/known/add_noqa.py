"""Puts `# noqa: CODE` on the lines of findings, so that flake8, ruff and this tool all read it there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from session_lint.errors import SessionLintError
from session_lint.facts.finding import Report
from session_lint.facts.repair import Change
from session_lint.known.suppressions import NOQA, Suppressions, comments, logical_rows
from session_lint.project.source import decode

_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_CODE_LIKE = re.compile(r"[A-Za-z]+[0-9]")
Wanted = Mapping[tuple[int, str], str]  # (row, code) -> name of the rule


def changed(report: Report, reason: str = "") -> tuple[Change, ...]:
    """The files of a report on disk with a `# noqa` on the line of every finding. Nothing is written.

    Raises SessionLintError when a file has changed since it was read or cannot be decoded.
    """
    changes: list[Change] = []
    for path in sorted({finding.place.path for finding in report.findings}):
        try:
            before = (Path(report.root) / path).read_bytes()
            found, encoding = decode(before)
            text = before.decode(encoding)
        except (OSError, SyntaxError, UnicodeError, LookupError) as error:
            raise SessionLintError(f"{path} cannot be read: {error}; nothing was written") from None
        if found != dict(report.sources).get(path):
            raise SessionLintError(f"{path} has changed since it was read; nothing was written: run again")
        wanted = {(one.place.span.row, one.code): one.name for one in report.findings if one.place.path == path}
        try:
            changes.append(Change(path, before, annotated(path, text, wanted, reason).encode(encoding)))
        except UnicodeEncodeError:
            raise SessionLintError(f"{path}: the reason does not fit its encoding, {encoding}; nothing was written") from None
    return tuple(changes)


def annotated(path: str, text: str, wanted: Wanted, reason: str = "") -> str:
    """The text with a comment for each finding; a row that is inside a string gets `# session-lint: ignore[...]` above it.

    Line ends stay as they are. Raises SessionLintError when no comment can be put there.
    """
    lines = _LINE_END.split(text)
    normal = [line.rstrip("\r\n") + "\n" for line in lines]
    spans, written = logical_rows(normal), comments(normal)
    above: dict[int, set[str]] = {}
    for first, last, codes in _by_line(wanted, spans):
        joined = "".join(normal[first - 1 : last])
        found = NOQA.search(joined)
        if found is None:
            lines[last - 1] = _appended(lines[last - 1], codes, reason)
            continue
        row = first + joined.count("\n", 0, found.start())
        column = found.start() - (joined.rfind("\n", 0, found.start()) + 1)
        if row in written and column >= written[row]:
            lines[row - 1] = _merged(lines[row - 1], column, codes, reason)
        else:  # it only looks like a comment, in a string: what is written behind is not read
            above.setdefault(first, set()).update(codes)
    for row in sorted(above, reverse=True):
        lines.insert(row - 1, _own_line(lines[row - 1], sorted(above[row]), reason))
    result = "".join(lines)
    _check(path, text, result, [(row + sum(at <= row for at in above), code, name) for (row, code), name in wanted.items()])
    return result


def _by_line(wanted: Wanted, spans: Mapping[int, tuple[int, int]]) -> Iterable[tuple[int, int, list[str]]]:
    """(first row, last row, codes) of each line as flake8 reads it: what a string over several rows or a backslash joins is one."""
    found: dict[tuple[int, int], set[str]] = {}
    for row, code in wanted:
        found.setdefault(spans.get(row, (row, row)), set()).add(code)
    return [(first, last, sorted(codes)) for (first, last), codes in sorted(found.items())]


def _appended(line: str, codes: list[str], reason: str) -> str:
    body = line.rstrip("\r\n")
    code = body.rstrip(" \t")
    return f"{code}  # noqa: {', '.join(codes)}{_reason(reason)}{line[len(body) :]}"


def _merged(line: str, column: int, codes: list[str], reason: str) -> str:
    """The line with the codes behind those that its comment names already."""
    body = line.rstrip("\r\n")
    found = NOQA.match(body, column)
    if found is None or not found["codes"]:
        return line
    named = found["codes"].rstrip(", \t")
    end = found.start("codes") + len(named)
    rest = body[end:]
    return f"{body[:end]}, {', '.join(codes)}{rest if rest.strip(', ') else _reason(reason)}{line[len(body) :]}"


def _own_line(below: str, codes: list[str], reason: str) -> str:
    body = below.rstrip("\r\n")
    indent = body[: len(body) - len(body.lstrip(" \t"))]
    return f"{indent}# session-lint: ignore[{', '.join(codes)}]{f' {reason}' if reason else ''}{below[len(body) :] or chr(10)}"


def _reason(text: str) -> str:
    """A reason that begins like a code would be read as one."""
    return "" if not text else f" - {text}" if _CODE_LIKE.match(text) else f" {text}"


def _check(path: str, before: str, after: str, findings: Iterable[tuple[int, str, str]]) -> None:
    suppressions = Suppressions.read(after)
    for row, code, name in findings:
        if not suppressions.covers(row, code, name):
            raise SessionLintError(f"{path}:{row}: no comment can be put here for {code}; nothing was written")
    try:
        same = ast.dump(ast.parse(before.removeprefix("\ufeff"))) == ast.dump(ast.parse(after.removeprefix("\ufeff")))
    except (SyntaxError, ValueError):  # of a newer Python: the analysis read it with libcst
        return
    if not same:
        raise SessionLintError(f"{path}: a comment would change the program; nothing was written")

"""Comments that switch findings off: `# noqa` exactly as flake8 reads it, `# session-lint: ignore[rule] reason` for a line and
`# session-lint: ignore-file`, or `ignore-file[rule]`, for a file."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass

UNUSED = "ONE901"  # the code of a suppression that suppresses nothing
NOQA = re.compile(r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_NOQA_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
IGNORE = re.compile(r"#\s*session-lint:\s*ignore\[(?P<rules>[^\]]*)\]")
_IGNORE_FILE = re.compile(r"#\s*session-lint:\s*ignore-file\b(?:\[(?P<rules>[^\]]*)\])?")
_WORD = re.compile(r"[^,\s]+")


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The suppressions of one file.

    `noqa` maps a row to the code prefixes switched off there, an empty tuple being all codes; `ignores` maps a row to rule codes
    (or their prefixes) and rule names. Rows are 1-based. `file_rules` holds those that are off in the whole file, "" being every rule.
    """

    whole_file: bool = False
    noqa: tuple[tuple[int, tuple[str, ...]], ...] = ()
    ignores: tuple[tuple[int, tuple[str, ...]], ...] = ()
    file_rules: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Suppressions:
        """The suppressions in a file's text. A text that does not tokenize is read line by line."""
        lowered = text.lower()
        if "noqa" not in lowered and "session-lint:" not in lowered:
            return cls()
        lines = io.StringIO(text.removeprefix("\ufeff"), newline=None).readlines()
        tokens = _tokens(lines)
        whole = any(_NOQA_FILE.match(line) for line in lines)
        rows = tuple((row, found) for row, line in _noqa_lines(lines, tokens) if (found := _noqa_codes(line)) is not None)
        return cls(whole_file=whole, noqa=rows, ignores=_ignores(lines, tokens), file_rules=_file_rules(lines, tokens))

    def covers(self, row: int, code: str, name: str, *, noqa: bool = True) -> bool:
        """Whether a finding of this rule on this row is switched off; without `noqa`, by a comment of this tool's own."""
        if self.file_rules and (name in self.file_rules or code.startswith(self.file_rules)):
            return True
        if any(at == row and (name in rules or code.startswith(rules)) for at, rules in self.ignores):
            return True
        return noqa and (self.whole_file or any(at == row and (not codes or code.startswith(codes)) for at, codes in self.noqa))


def _tokens(lines: list[str]) -> list[tokenize.TokenInfo] | None:
    rest = iter(lines)
    try:
        return list(tokenize.generate_tokens(lambda: next(rest)))
    except (tokenize.TokenError, SyntaxError):
        return None


def _noqa_codes(line: str) -> tuple[str, ...] | None:
    """None: no comment; (): every code; else code prefixes, in the case they are written in, as flake8 compares them."""
    found = NOQA.search(line)
    if found is None:
        return None
    return tuple(_WORD.findall(found["codes"])) if found["codes"] else ()


def logical_rows(lines: list[str]) -> dict[int, tuple[int, int]]:
    """Row -> (first, last) of the rows that a string over several rows or a backslash joins to one line, as flake8 reads lines."""
    return _joined(_tokens(lines))


def comments(lines: list[str]) -> dict[int, int]:
    """Row -> 0-based column of the comment there. A text that does not tokenize has none."""
    return {row: column for row, (column, _) in comment_texts(lines).items()}


def comment_texts(lines: list[str]) -> dict[int, tuple[int, str]]:
    """Row -> (0-based column, text) of the comment there. A text that does not tokenize has none."""
    return {token.start[0]: (token.start[1], token.string) for token in _tokens(lines) or () if token.type == tokenize.COMMENT}


def ignored_rows(lines: list[str], row: int, spans: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """The first and the last row that an `ignore` on a row is about; its own row counts even where it stands alone."""
    if not lines[row - 1].lstrip().startswith("#"):
        return spans.get(row, (row, row))
    below = row
    while below < len(lines) and lines[below].lstrip().startswith("#"):
        below += 1
    return row, spans.get(below + 1, (0, below + 1))[1]


def _joined(tokens: list[tokenize.TokenInfo] | None) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    first, last = 0, -1
    for token in tokens or ():
        if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
            continue
        first, last = min(first or token.start[0], token.start[0]), max(last, token.end[0])
        if token.type in (tokenize.NL, tokenize.NEWLINE):
            if last > first:
                found.update(dict.fromkeys(range(first, last + 1), (first, last)))
            first, last = 0, -1
    return found


def _noqa_lines(lines: list[str], tokens: list[tokenize.TokenInfo] | None) -> list[tuple[int, str]]:
    """(row, text to search) for every row: a row's own line, or the lines a multi-line string or a backslash joins to it."""
    joined = dict(enumerate(lines, 1))
    for row, (first, last) in _joined(tokens).items():
        joined[row] = "".join(lines[first - 1 : last])
    return sorted(joined.items())


def _file_rules(lines: list[str], tokens: list[tokenize.TokenInfo] | None) -> tuple[str, ...]:
    """The rules that comments on lines of their own switch off in the whole file; ("",) for all."""
    if tokens is None:
        written = [line.strip() for line in lines]
    else:
        written = [token.string for token in tokens if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")]
    found: list[str] = []
    for text in written:
        comment = _IGNORE_FILE.match(text)
        if comment is not None:
            found += [""] if comment["rules"] is None else _WORD.findall(comment["rules"])
    return tuple(found)


def _ignores(lines: list[str], tokens: list[tokenize.TokenInfo] | None) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """A comment behind code is about its own line; one on a line of its own is about the next that is not a comment. What a string
    over several rows or a backslash joins is one line: no comment fits between."""
    if tokens is None:
        written = [(row, line) for row, line in enumerate(lines, 1) if "session-lint:" in line]
    else:
        written = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    spans = _joined(tokens)
    result = []
    for row, text in written:
        found = IGNORE.search(text)
        rules = tuple(_WORD.findall(found["rules"])) if found else ()
        if not rules:
            continue
        first, last = ignored_rows(lines, row, spans)
        result += [(at, rules) for at in range(first, last + 1)]
    return tuple(result)

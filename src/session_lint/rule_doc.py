"""A rule's docstring as a page: summary, sections, and the code of its examples."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

REQUIRED_HEADINGS = ("What it does", "Why is this bad?", "Example", "Use instead", "Fix safety", "Known limitations")

_HEADING = re.compile(r"^##[ \t]+(?P<heading>.+?)[ \t]*#*$")
_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*).*$")
_FILE_LINE = re.compile(r"^#[ \t]*(?P<path>[\w./-]+\.py)[ \t]*$")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced Python block. `path` is the file its first line names (`# app/service.py`), "" when it names none."""

    path: str
    code: str


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """A rule's page: what stands before the first heading, then (heading, text) in source order. `text` is all of it, Markdown."""

    summary: str
    sections: tuple[tuple[str, str], ...]
    text: str

    @classmethod
    def of(cls, rule: type | object) -> RuleDoc:
        """The page of a rule class or of an instance of it. A rule without a docstring has an empty page."""
        owner = rule if isinstance(rule, type) else type(rule)
        return cls.parse(owner.__doc__ or "")

    @classmethod
    def parse(cls, docstring: str) -> RuleDoc:
        """The page in a docstring; a `##` inside a fenced block is code, not a heading."""
        parts: list[tuple[str, list[str]]] = [("", [])]
        fence = ""
        text = inspect.cleandoc(docstring).strip()
        for line in text.splitlines():
            fence = _next_fence(fence, line)
            heading = None if fence else _HEADING.match(line)
            if heading:
                parts.append((heading["heading"], []))
            else:
                parts[-1][1].append(line)
        (_, summary), *sections = ((name, "\n".join(lines).strip()) for name, lines in parts)
        return cls(summary, tuple(sections), text)

    def section(self, heading: str) -> str:
        """The text under a heading; "" when there is none."""
        return next((text for name, text in self.sections if name == heading), "")

    def missing(self) -> tuple[str, ...]:
        """The required headings that are absent or empty, in their order."""
        return tuple(heading for heading in REQUIRED_HEADINGS if not self.section(heading))


def code_blocks(section: str) -> tuple[CodeBlock, ...]:
    """The Python blocks of a section. The line that names a block's file is kept: it is a comment, and rows stay true."""
    blocks: list[CodeBlock] = []
    fence, wanted = "", False
    lines: list[str] = []
    for line in section.splitlines():
        before, fence = fence, _next_fence(fence, line)
        if fence and not before:
            opening = _FENCE.match(line)
            wanted, lines = opening is not None and opening["language"] in ("python", "py"), []
        elif before and not fence:
            if wanted:
                blocks.append(_block(lines))
        elif fence:
            lines.append(line)
    return tuple(blocks)


def _block(lines: list[str]) -> CodeBlock:
    named = _FILE_LINE.match(lines[0]) if lines else None
    return CodeBlock(named["path"] if named else "", "".join(f"{line}\n" for line in lines))


def _next_fence(fence: str, line: str) -> str:
    """The fence that is open after `line`, given the one open before it ("" for none)."""
    found = _FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found["fence"]
    closes = found["fence"].startswith(fence) and not line.strip().strip(fence[0])
    return "" if closes else fence

"""The programs that are rewritten, and the marks in them. A further source of programs is one function here, named in `SOURCES`.

A mark is the comment `# error: [CODE]` of the scenario files. It stands on a line of the statement that must be reported, and travels
with it through a rewriting: a transformation moves comments with their statements. When a statement is split into a call and what is
called, the mark is in the latter and the call ends with `# also: [CODE]`: a finding may stand at either.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rules.scenarios import load, rule_files

NEAR_MISS = "near miss"
_MARK = re.compile(r"# error: \[(?P<code>[A-Z]+\d+)\]")
_ALSO = re.compile(r"# also: \[(?P<code>[A-Z]+\d+)\]")
_EXPECT = re.compile(r"# expect: (?P<code>[A-Z]+\d+)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A statement that must be reported: its rows, 1-based, both inclusive."""

    path: str
    first: int
    last: int
    code: str


@dataclass(frozen=True, slots=True)
class Program:
    """A small project with marks. `settings` is TOML text, "" for the defaults; `shared` are files that other programs have too."""

    name: str
    files: tuple[tuple[str, str], ...]
    settings: str = ""
    shared: frozenset[str] = frozenset()

    @property
    def texts(self) -> tuple[str, ...]:
        """What is in its Python files."""
        return tuple(text for path, text in self.files if path.endswith(".py"))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every marked statement. Raises SyntaxError when a file does not parse."""
        return tuple(mark for path, text in self.files for mark in _marks(path, text, _MARK))

    @property
    def second_places(self) -> tuple[Mark, ...]:
        """Where a marked statement was called from when it was moved into a function."""
        return tuple(mark for path, text in self.files for mark in _marks(path, text, _ALSO))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the marks, sorted, one for each mark."""
        return tuple(sorted(found["code"] for _, text in self.files for found in _MARK.finditer(text)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Where the program counts in the matrix: each rule that must report it, or among the near misses."""
        return tuple(sorted(set(self.codes))) or (NEAR_MISS,)


def also(text: str) -> str:
    """The comment for a call of marked code that was moved; "" when it is not marked."""
    codes = dict.fromkeys(found["code"] for pattern in (_MARK, _ALSO) for found in pattern.finditer(text))
    return "  ".join(f"# also: [{code}]" for code in codes)


def _marks(path: str, text: str, pattern: re.Pattern[str]) -> Iterator[Mark]:
    rows = [(row, found["code"]) for row, line in enumerate(text.splitlines(), 1) for found in pattern.finditer(line)]
    if not rows:
        return
    spans = sorted(_statement_rows(ast.parse(text)), key=lambda span: span[1] - span[0])
    for row, code in rows:
        first, last = next(((first, last) for first, last in spans if first <= row <= last), (row, row))
        yield Mark(path, first, last, code)


def _statement_rows(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """First and last row of every statement; of a compound one only its head."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None) or getattr(node, "cases", None)
            head = getattr(body[0], "lineno", node.lineno + 1) - 1 if body else node.end_lineno
            yield node.lineno, max(node.lineno, head or node.lineno)


def rule_scenarios() -> Iterator[Program]:
    """All sections of tests/rules/*.md."""
    for file in rule_files():
        scenarios = load(file)
        common = frozenset.intersection(*(frozenset(scenario.files) for scenario in scenarios))
        shared = frozenset(path for path, _ in common)
        for scenario in scenarios:
            yield Program(f"{scenario.stem}: {scenario.title}", scenario.files, scenario.settings, shared)


def folders(directory: Path) -> Iterator[Program]:
    """The programs below a directory: each folder with a `pyproject.toml`, which is its settings, marked with `# expect: CODE`."""
    for settings in sorted(directory.rglob("pyproject.toml")):
        folder = settings.parent
        files = ((file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.py")))
        marked = tuple((path, _EXPECT.sub(r"# error: [\g<code>]", text)) for path, text in files)
        yield Program(f"{directory.name}: {folder.relative_to(directory).as_posix()}", marked, settings.read_text(encoding="utf-8"))


SOURCES: tuple[Callable[[], Iterable[Program]], ...] = (rule_scenarios,)


def every_program() -> tuple[Program, ...]:
    """The programs of all sources, by name."""
    found = [program for source in SOURCES for program in source()]
    return tuple(sorted(found, key=lambda program: program.name))

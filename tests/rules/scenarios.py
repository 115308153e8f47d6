"""Reads the scenario files of this directory: one Markdown file for each rule, one scenario for each `##` section.

A Python block is a file of the analysed project. Its first line may name it (`# pkg/module.py`), else it is `app.py`. So is a sql
block, whose first line must name it (`-- pkg/queries.sql`).
Blocks before the first section are files that every scenario of the file has. A toml block holds settings.
A mark at the end of a line, `# error: [ONE101] "fragment"`, expects a finding on that line whose message contains the
fragment; the fragment may be left out. A scenario without marks is a near miss: nothing at all may be found in it.

A scenario is about one thing. Whether two requests can both insert what neither has found is for the files of the rules that say so:
what those rules find is left out (`about`) wherever a scenario has no mark of theirs and is not in their file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from session_lint.facts.finding import Finding

HERE = Path(__file__).parent
_RACE_FILES = frozenset({"check_then_insert", "getter_without_constraint"})
RACES = frozenset({"ONE203", "ONE204"})  # the race of two requests: the getters that scenarios of other rules are written with may have it

_FILE_NAME = re.compile(r"(?:#|--)\s*(?P<path>[\w./-]+\.(?:py|sql))\s*")
_MARK = re.compile(r"# error: \[(?P<code>[A-Z]+\d+)\](?: \"(?P<fragment>[^\"]*)\")?")
_FENCE = "```"


class ScenarioError(Exception):
    """A scenario file is not written as it should be."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a mark asks for. `row` is 1-based in the file `path`."""

    path: str
    row: int
    code: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One section: a small project and what must be found in it."""

    stem: str
    title: str
    prose: str
    files: tuple[tuple[str, str], ...]
    settings: str  # TOML text, "" for defaults
    expected: tuple[Expected, ...]

    @property
    def is_near_miss(self) -> bool:
        """Whether nothing at all may be found."""
        return not self.expected


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with the prose and the fenced blocks under it."""

    title: str
    prose: str
    blocks: tuple[tuple[str, str], ...]  # (language, text)


def about(stem: str, codes: Iterable[str], found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that count for a program of a file, in which findings of these codes are asked for."""
    if stem in _RACE_FILES or not RACES.isdisjoint(codes):
        return tuple(found)
    return tuple(one for one in found if one.code not in RACES)


def rule_files() -> tuple[Path, ...]:
    """The scenario files, by name."""
    return tuple(sorted(HERE.glob("*.md")))


@cache
def load(file: Path) -> tuple[Scenario, ...]:
    """The scenarios of one file, read once. Raises ScenarioError with the file and the section at fault."""
    common, *rest = sections(file)
    if common.title != file.stem.replace("_", "-"):
        raise ScenarioError(f"{file.name}: the title is {common.title!r}, not the name of the rule")
    shared = _files(file, common)
    return tuple(_scenario(file, section, shared) for section in rest)


def _scenario(file: Path, section: Section, shared: tuple[tuple[str, str], ...]) -> Scenario:
    own = _files(file, section)
    if not any(path.endswith(".py") for path, _ in own):
        raise ScenarioError(f"{file.name}: {section.title!r} has no Python block")
    files = shared + own
    if len({path for path, _ in files}) != len(files):
        raise ScenarioError(f"{file.name}: {section.title!r} has two files of one name")
    settings = [text for language, text in section.blocks if language == "toml"]
    if len(settings) > 1:
        raise ScenarioError(f"{file.name}: {section.title!r} has two toml blocks")
    expected = tuple(mark for path, text in files for mark in _marks(path, text))
    return Scenario(file.stem, section.title, section.prose, files, "".join(settings), expected)


def _files(file: Path, section: Section) -> tuple[tuple[str, str], ...]:
    unknown = sorted({language for language, _ in section.blocks} - {"python", "sql", "toml"})
    if unknown:
        raise ScenarioError(f"{file.name}: {section.title!r} has a block of {unknown[0] or 'no language'}")
    files = tuple((_path(text), language, text) for language, text in section.blocks if language != "toml")
    for path, language, _ in files:
        if path.endswith(".sql") is not (language == "sql"):
            raise ScenarioError(f"{file.name}: {section.title!r} has a block of {language} named {path}")
    return tuple((path, text) for path, _, text in files)


def _path(text: str) -> str:
    named = _FILE_NAME.fullmatch(text.partition("\n")[0])
    return named["path"] if named else "app.py"


def _marks(path: str, text: str) -> Iterator[Expected]:
    for row, line in enumerate(text.splitlines(), start=1):
        marks = list(_MARK.finditer(line))
        if len(marks) != line.count("# error:"):
            raise ScenarioError(f"{path}:{row}: a mark that cannot be read: {line.strip()}")
        for mark in marks:
            yield Expected(path, row, mark["code"], mark["fragment"] or "")


def sections(file: Path) -> list[Section]:
    """The part before the first `##` (titled by the `#` heading), then every section."""
    found: list[Section] = []
    title = ""
    prose: list[str] = []
    blocks: list[tuple[str, str]] = []
    language: str | None = None
    code: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if language is not None:
            if line == _FENCE:
                blocks.append((language, "\n".join(code) + "\n"))
                language = None
            else:
                code.append(line)
        elif line.startswith(_FENCE):
            language, code = line.removeprefix(_FENCE).strip(), []
        elif line.startswith("## "):
            found.append(Section(title, "\n".join(prose).strip(), tuple(blocks)))
            title, prose, blocks = line.removeprefix("## ").strip(), [], []
        elif line.startswith("# ") and not found and not title:
            title = line.removeprefix("# ").strip()
        else:
            prose.append(line)
    if language is not None:
        raise ScenarioError(f"{file.name}: {title!r} has a block without an end")
    found.append(Section(title, "\n".join(prose).strip(), tuple(blocks)))
    return found

"""Reads the scenario files of this directory: one Markdown file for each codemod, one scenario for each `##` section.

A `python` block is a file as it is, a `python after` block the same file once repaired; its first line may name it
(`# pkg/module.py`), else it is `app.py`. Files without an `after` must not change; a
`python new` block is a file that the repair makes, below the line that names it. A line `> safe`, `> unsafe` or `> display`, with
an optional "fragment" of the fix's message, says how far the repair is trusted; `> shown` expects edits that are never made,
`> display` no edit at all, and the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rules.scenarios import ScenarioError, Section, sections

HERE = Path(__file__).parent

_FILE_NAME = re.compile(r"#\s*(?P<path>[\w./-]+\.py)\s*")
_VERDICT = re.compile(r"^> (?P<word>safe|unsafe|shown|display)(?: \"(?P<fragment>[^\"]*)\")?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One section: a small project, what it becomes, and how far the repair is trusted."""

    stem: str
    title: str
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    applicability: str
    fragment: str


def codemod_files() -> tuple[Path, ...]:
    """The scenario files, by name."""
    return tuple(sorted(HERE.glob("*.md")))


def load(file: Path) -> tuple[Scenario, ...]:
    """The scenarios of one file. Raises ScenarioError with the file and the section at fault."""
    common, *rest = sections(file)
    if common.title != file.stem.replace("_", "-"):
        raise ScenarioError(f"{file.name}: the title is {common.title!r}, not the name of the codemod")
    shared = _files(common, "python")
    return tuple(_scenario(file, section, shared) for section in rest)


def _scenario(file: Path, section: Section, shared: tuple[tuple[str, str], ...]) -> Scenario:
    before, after = shared + _files(section, "python"), _files(section, "python after")
    new = tuple((path, text.partition("\n")[2]) for path, text in _files(section, "python new"))
    verdicts = list(_VERDICT.finditer(section.prose))
    if len(verdicts) != 1:
        raise ScenarioError(f"{file.name}: {section.title!r} needs one line `> safe`, `> unsafe`, `> shown` or `> display`")
    if len(dict(before)) != len(before) or len(dict(after)) != len(after):
        raise ScenarioError(f"{file.name}: {section.title!r} has two files of one name")
    if {path for path, _ in after} - {path for path, _ in before}:
        raise ScenarioError(f"{file.name}: {section.title!r} ends with a file it did not begin with")
    if (verdicts[0]["word"] == "display") == bool(after):
        raise ScenarioError(f"{file.name}: {section.title!r}: `after` blocks belong to a repair, and to every repair")
    if {path for path, _ in new} & {path for path, _ in before}:
        raise ScenarioError(f"{file.name}: {section.title!r} makes a file that is there")
    return Scenario(file.stem, section.title, before, after + new, verdicts[0]["word"], verdicts[0]["fragment"] or "")


def _files(section: Section, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((_path(text), text) for known, text in section.blocks if known == language)


def _path(text: str) -> str:
    named = _FILE_NAME.fullmatch(text.partition("\n")[0])
    return named["path"] if named else "app.py"

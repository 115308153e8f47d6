"""Whether a program gets the verdict that its marks ask for."""

from __future__ import annotations

import functools
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from metamorphic.programs import Mark, Program
from rules.scenarios import about
from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.facts.location import Place
from session_lint.settings.settings import Settings


def findings(program: Program) -> tuple[Finding, ...]:
    """What session-lint reports for the program. A notice is an error here: a program that is not read keeps no verdict."""
    report = api.check_source(dict(program.files), settings=_settings(program.settings))
    if report.notices:
        raise AssertionError(f"{program.name}: {report.notices}")
    return about(program.name.partition(":")[0], program.codes, report.findings)


def lost(program: Program, family: frozenset[str] = frozenset()) -> str:
    """What is wrong with the verdict, in words; "" when it is the one that the marks ask for.

    The codes must be those of the marks, as many times, and each marked statement must be in the place or on the path of a finding.
    Messages may differ. Codes of the `family` count as one.
    """
    found = findings(program)
    marks = program.marks
    wanted = Counter(_kind(mark.code, family) for mark in marks)
    got = Counter(_kind(finding.code, family) for finding in found)
    if wanted != got:
        missing, surplus = sorted((wanted - got).elements()), sorted((got - wanted).elements())
        said = [f"{' '.join(missing)} is missed"] if missing else []
        return ", ".join([*said, *([f"{' '.join(surplus)} is reported"] if surplus else [])])
    for mark in marks:
        places = [mark, *(other for other in program.second_places if other.code == mark.code)]
        same = [one for one in found if _kind(one.code, family) == _kind(mark.code, family)]
        if not any(_touches(one, place) for one in same for place in places):
            return f"{mark.code} is reported elsewhere"
    return ""


def _kind(code: str, family: frozenset[str]) -> str:
    return "/".join(sorted(family)) if code in family else code


def _touches(finding: Finding, mark: Mark) -> bool:
    return any(place.path == mark.path and place.span.row <= mark.last and place.span.end_row >= mark.first for place in _places(finding))


def _places(finding: Finding) -> Iterator[Place]:
    yield finding.place
    yield from (related.place for related in finding.related)
    yield from (step.place for step in finding.chain)


@functools.cache
def _settings(text: str) -> Settings | None:
    if not text:
        return None
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "pyproject.toml"
        config.write_text(text, encoding="utf-8")
        return api.load_settings([directory], config=config)

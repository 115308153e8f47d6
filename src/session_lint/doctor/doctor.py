"""Looks for the traps around a project."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from session_lint import registry
from session_lint.analysis import pipeline
from session_lint.doctor import mending, traps
from session_lint.doctor.trap import Trap
from session_lint.errors import SessionLintError
from session_lint.facts.finding import Notice
from session_lint.facts.trap import Caught, Diagnosis
from session_lint.project.surroundings import Names, Surroundings
from session_lint.settings.settings import Settings


def known_traps() -> tuple[Trap, ...]:
    """Every trap, by name."""
    return registry.discover(traps, Trap)  # type: ignore[type-abstract]


def diagnose(settings: Settings, rules: tuple[tuple[str, str], ...], ignore: Sequence[str] = (), *, mend: bool = False) -> Diagnosis:
    """What is around the project of the settings, without the ignored traps; with `mend`, what is left once the rest was mended.

    Raises SessionLintError for a trap that does not exist, and for a file that cannot be written.
    """
    found = _diagnosis(settings, rules, ignore)
    done = mending.mend(found) if mend else ()
    return replace(_diagnosis(settings, rules, ignore), mended=done) if done else found


def _diagnosis(settings: Settings, rules: tuple[tuple[str, str], ...], ignore: Sequence[str]) -> Diagnosis:
    items = known_traps()
    unknown = [name for name in ignore if name not in {item.name for item in items}]
    if unknown:
        raise SessionLintError(f'unknown trap "{unknown[0]}"; known: {", ".join(item.name for item in items)}')
    files = pipeline.list_files(replace(settings, test_paths=()), (str(settings.root),))
    project = Surroundings(settings, rules, files, lambda: Names(*pipeline.names(settings)))
    found: list[Caught] = []
    for item in items:
        if item.name in ignore:
            continue
        try:
            found.extend(item.look(project))
        except Exception as error:  # one broken trap must not silence the others
            if os.environ.get("SESSION_LINT_DEBUG"):
                raise
            project.notices.append(Notice(f"trap {item.name}", f"failed: {type(error).__name__}: {error}"))
    ordered = sorted(found, key=lambda caught: (caught.path, caught.row, caught.trap, caught.message))
    notices = sorted(project.notices, key=lambda notice: (notice.path, notice.row, notice.message))
    return Diagnosis(tuple(ordered), tuple(notices), str(settings.root))

"""Trap `flake8-selection`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings, row_of

_PREFIX = "ONE"
_SWALLOWS = ("O", "ON")
_ENTRY = re.compile(r"(?P<files>[^:]+?)\s*:\s*(?P<codes>[A-Z]+[0-9]*(?:[\s,]+[A-Z]+[0-9]*(?=$|[\s,]))*)")


class Flake8Selection(Trap):
    """flake8 is told to show or hide codes by a prefix that takes ours with it."""

    why = "flake8 compares codes by their beginning, and shows only what `select` names once it is set: findings vanish without a word"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        found = project.flake8()
        if found is None:
            return
        path, options = found
        text = project.text(path) or ""
        chosen = (*_codes(options.get("select", "")), *_codes(options.get("extend-select", "")))
        ours = [code for code in chosen if code.startswith(_PREFIX) or _PREFIX.startswith(code)]
        if "select" in options and not ours:
            message = f"`select = {_line(options['select'])}` leaves out every ONE rule"
            yield self.caught(project.shown(path), row_of(text, "select", "flake8"), message, "[flake8]\nextend-select = ONE")
        # The longer of two selectors wins. Unless `select` is set, the plugin's name is a third once one of ours is said.
        longest = max((len(_PREFIX) if "select" not in options else len(code) for code in ours), default=0)
        for key, of, code in _ignored(options):
            if code in _SWALLOWS and longest <= len(code):
                message = f"`{key}`{of} has `{code}`, which every ONE rule begins with"
                change = f"write the codes that are meant in full in place of `{code}`, or add\n[flake8]\nextend-select = {_PREFIX}"
                yield self.caught(project.shown(path), row_of(text, key, "flake8"), message, change)


def _ignored(options: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(option, of which files, code)"""
    for key in ("ignore", "extend-ignore"):
        yield from ((key, "", code) for code in _codes(options.get(key, "")))
    for entry in _ENTRY.finditer(options.get("per-file-ignores", "")):
        yield from (("per-file-ignores", f" of {_line(entry['files'])}", code) for code in _codes(entry["codes"]))


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[,\s]+", text) if code)


def _line(text: str) -> str:
    return " ".join(text.split())

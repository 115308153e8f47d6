"""What a tool tells, at which places; and how a tool is run for it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from refused import RefusedError
from tools import REPOSITORY

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a tool tells: what it is about, the places where it stands and through which it leads, the rules that it counts for.
    `last` is the last line of the first place, where that has several."""

    text: str
    places: tuple[Place, ...]
    codes: frozenset[str] = frozenset()
    last: int = 0

    def at(self, path: str, line: int, slack: int = 0) -> bool:
        """Whether it stands at this line, or leads through it."""
        first, *rest = self.places
        whole = first[0] == path and first[1] - slack <= line <= max(self.last, first[1]) + slack
        return whole or any(place[0] == path and abs(place[1] - line) <= slack for place in rest)


def session_lint(tree: Path, codes: tuple[str, ...], *, isolated: bool) -> tuple[list[Told], float]:
    """The findings in a tree of the rules whose code begins so, and the seconds of processor time. Raises RefusedError."""
    options = ["--no-cache", "--output-format=json", "--exit-zero", *(["--isolated"] if isolated else [])]
    command = [sys.executable, "-m", "session_lint", "check", *options, "."]
    out, seconds = done(command, tree, {"PYTHONPATH": str(REPOSITORY / "src")}, ok=(0, 2))  # 2: a file that is no Python of today
    told = []
    for finding in json.loads(out):
        steps = [finding, *(finding.get("related") or []), *(finding.get("chain") or [])]
        places = tuple((os.path.relpath(tree / step["filename"], tree), step["location"]["row"]) for step in steps)
        if finding["code"].startswith(codes):
            told.append(Told(finding["code"], places, frozenset({finding["code"]})))
    return told, seconds


def done(command: list[str], folder: Path, environment: dict[str, str] | None = None, *, ok: tuple[int, ...] = (0,)) -> tuple[str, float]:
    """The output of a command, and the seconds of processor time of it and its children. Raises RefusedError when it fails: with an exit
    code that is not `ok`, or without output where more than 0 is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | (environment or {})
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if ended.returncode not in ok or (ended.returncode and not ended.stdout):
        raise RefusedError(f"`{' '.join(command[:3])}` ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def directory(path: Path | None) -> Path:
    """The same, absolute. Raises RefusedError when it is none."""
    if path is None or not path.is_dir():
        raise RefusedError(f"no such directory: {path}")
    return path.absolute()

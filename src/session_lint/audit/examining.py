"""One project of an audit, checked in a process of its own: what it does to memory, and a crash, is its own affair."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from session_lint import api
from session_lint.audit.record import Examined, Found, Target
from session_lint.errors import SessionLintError
from session_lint.known.identity import fingerprints

_LONGEST = 300  # characters of what a process said before it died


@dataclass(frozen=True, slots=True)
class How:
    """How each project is looked at."""

    timeout: float = 600.0
    use_cache: bool = True


def examine(target: Target, how: How) -> Examined:
    """Checks a project in a new process, and waits for it. Never raises for what is wrong with the project: that is its failure."""
    start = "from session_lint.audit.examining import main; main()"
    # -P: no module of the folder that the audit was started in takes the place of one of Python's
    command = [sys.executable, "-P", "-c", start, target.name, target.path, "cache" if how.use_cache else ""]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=how.timeout, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired:
        return Examined(target.name, target.path, failure=f"was not done after {how.timeout:g} seconds; --timeout gives it longer")
    except OSError as error:
        return Examined(target.name, target.path, failure=f"no process could be started for it: {error}")
    try:
        return Examined.of_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        said = " ".join(done.stderr.split())[-_LONGEST:]
        return Examined(target.name, target.path, failure=f"its process ended with {_ending(done.returncode)}{f': {said}' if said else ''}")


def checked(target: Target, *, use_cache: bool) -> Examined:
    """Checks a project in this process."""
    folder = Path(target.path)
    try:
        if not folder.is_dir():
            raise SessionLintError("no such directory")
        report = api.check_paths([folder], settings=api.load_settings([folder]), options=api.RunOptions(jobs=1, use_cache=use_cache))
    except SessionLintError as error:
        return Examined(target.name, target.path, failure=str(error))
    prints = fingerprints(report.findings)
    found = tuple(
        Found(one.code, one.name, one.confidence.value, one.place.path, one.place.span.row, one.message, prints[one])
        for one in report.findings
    )
    unread = tuple(f"{one.path}{f':{one.row}' if one.row else ''}: {one.message}" for one in report.notices)
    return Examined(target.name, target.path, found, len(report.files), unread)


def main() -> None:
    """What the process runs."""
    name, path, cache = sys.argv[1:]
    data = json.dumps(checked(Target(name, path), use_cache=bool(cache)).to_json())
    sys.stdout.buffer.write(data.encode("utf-8", "backslashreplace"))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "SESSION_LINT_DEBUG"}


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

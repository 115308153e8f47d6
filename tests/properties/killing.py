"""Runs a write of several files and stops it at the n-th call to the system: with an exception, or by killing the process.

As a script: `killing.py before|after ROOT N [ROOT N ...]` forks a process for each, which kills itself at that call, and prints how each
ended: with exit code 9, or with 0 when there are fewer calls.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from session_lint.facts.repair import Change
from session_lint.runtime import all_or_none

CALLS = ("open", "write", "fsync", "fchmod", "fchown", "link", "replace", "unlink", "close")
FILES = {f"{folder}{name}.py": f"{name} = 1\n".encode() * 50 for folder in ("", "shop/", "shop/deep/") for name in ("one", "two")}
CHANGES = [Change(path, data, data.replace(b"1", b"2")) for path, data in FILES.items()]
AFTER = {change.path: change.after for change in CHANGES}
KILLED = 9


def prepare(root: Path) -> Path:
    for path, data in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        (root / path).chmod(0o640)
    return root


def found(root: Path) -> dict[str, bytes]:
    """Every file there is, whatever it is called."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@contextmanager
def stopped_at(number: int, stop: Callable[[str], None], *, after: bool = False) -> Iterator[list[str]]:
    """Calls `stop` with the name of the n-th call, before or after it is made. Yields the names of the calls as they come."""
    seen: list[str] = []
    real = {name: getattr(os, name) for name in CALLS}

    def wrapped(name: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            seen.append(name)
            mine = len(seen) == number
            if mine and not after:
                stop(name)
            try:
                return real[name](*arguments, **options)
            finally:  # also when the call fails, as it may
                if mine and after:
                    stop(name)

        return call

    for name in CALLS:
        setattr(os, name, wrapped(name))
    try:
        yield seen
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def main() -> None:
    when, *points = sys.argv[1:]
    for root, number in zip(points[::2], points[1::2], strict=True):
        child = os.fork()
        if child == 0:
            _stopped(Path(root), int(number), when)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _stopped(root: Path, number: int, when: str) -> NoReturn:
    leave = os._exit
    with stopped_at(number, lambda _: leave(KILLED), after=when == "after"):
        all_or_none.write(root, CHANGES)
    leave(0)


if __name__ == "__main__":
    main()

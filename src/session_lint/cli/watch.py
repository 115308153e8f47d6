"""Runs a command again whenever a file of the project changes."""

from __future__ import annotations

import gc
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from session_lint.cli.command import emit, say
from session_lint.errors import SessionLintError

_PAUSE = 0.5  # seconds between two looks
_Stamps = dict[Path, tuple[int, int]]


def repeat(once: Callable[[], int], watched: Callable[[], tuple[Path, tuple[Path, ...]]]) -> NoReturn:
    """Runs `once` now and after every change, until it is interrupted. `watched` gives the project root, and the files that count."""
    gc.enable()  # a single run does without; many would fill the memory
    root, files = Path.cwd(), tuple[Path, ...]()
    while True:
        try:
            root, files = watched()
        except SessionLintError as error:  # of the settings: the run says the same
            del error
        stamps = _stamps(files)
        if sys.stdout is not None and sys.stdout.isatty():
            emit("\x1b[2J\x1b[3J\x1b[H")
        try:
            once()
        except SessionLintError as error:
            say(f"error: {error}")
        gc.collect()
        say(f"Watching {len(files)} file{'' if len(files) == 1 else 's'}; Ctrl-C ends.")
        _wait(root, lambda before=(files, stamps): _now(watched, before[0]) != before)  # type: ignore[misc]


def _now(watched: Callable[[], tuple[Path, tuple[Path, ...]]], known: tuple[Path, ...]) -> tuple[tuple[Path, ...], _Stamps]:
    try:
        files = watched()[1]
    except SessionLintError:
        files = known
    return files, _stamps(files)


def _stamps(files: Iterable[Path]) -> _Stamps:
    found: _Stamps = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue
        found[file] = (stat.st_mtime_ns, stat.st_size)
    return found


def _wait(root: Path, changed: Callable[[], bool]) -> None:
    """Returns when something has changed: told by the system where `watchfiles` is installed, else by looking."""
    if importlib.util.find_spec("watchfiles") is None:
        while not changed():
            time.sleep(_PAUSE)
        return
    import watchfiles

    if changed():  # while the command ran
        return
    for _ in watchfiles.watch(root, debounce=200, raise_interrupt=True, yield_on_timeout=True, rust_timeout=5_000):
        if changed():
            return

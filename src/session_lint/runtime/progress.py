"""How far a long run is, on a terminal's standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_PATIENCE = 1.0  # seconds before anything is shown
_WIDTH = 20
_STAGES = {"index": "reading", "facts": "analysing"}
_CLEAR = "\r\x1b[2K"


class Bar:
    """Told how far a stage is, it draws a bar, once the run has taken a second."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._start = clock()
        self._drawn = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` files are through a stage."""
        if self._clock() - self._start < _PATIENCE:
            return
        full = _WIDTH * done // max(total, 1)
        self._write(f"{_CLEAR}{_STAGES.get(stage, stage)} [{'#' * full}{'.' * (_WIDTH - full)}] {done}/{total} files")
        self._drawn = True

    def close(self) -> None:
        """Takes the bar away."""
        if self._drawn:
            self._write(_CLEAR)
        self._drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal went away
            return


@contextmanager
def shown(*, quiet: bool) -> Iterator[Bar | None]:
    """A bar for the time of a run; None where nobody would see it."""
    unwanted = quiet or os.environ.get("CI") or os.environ.get("TERM", "dumb") == "dumb"
    bar = None if unwanted or sys.stderr is None or not sys.stderr.isatty() else Bar(sys.stderr)
    try:
        yield bar
    finally:
        if bar is not None:
            bar.close()

"""The memory of a process and of all it started, looked at while they run. On Linux only: elsewhere nothing is seen."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

_PROC = Path("/proc")
_SHARE = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)
_PEAK = re.compile(rb"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1  # seconds: a short run is seen too, a long one is not disturbed
_REST = 20  # a look may take one part in so many of the time


class Watch:
    """Looks at every process of a session until it is stopped. Reads of a process that has just ended give nothing, and are no error."""

    def __init__(self, session: int) -> None:
        self.all_mib = 0.0  # the largest sum at one moment; pages that processes share count once
        self.largest_mib = 0.0  # the peak of the largest single process
        self._session = session
        self._others: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watch:
        if _PROC.is_dir():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.wait(pause):
            start = time.perf_counter()
            self._look()
            pause = max(min(pause * 1.5, _LONGEST_PAUSE), (time.perf_counter() - start) * _REST)

    def _look(self) -> None:
        total = 0
        for entry in _PROC.iterdir():
            if not entry.name.isdecimal() or entry.name in self._others:
                continue
            # "pid (name) state parent group session ...": the name may hold spaces and brackets
            session = _read(entry / "stat").rpartition(b")")[2].split()[3:4]
            if session != [str(self._session).encode()]:
                self._others.add(entry.name)
                continue
            total += _number(_SHARE, _read(entry / "smaps_rollup"))
            self.largest_mib = max(self.largest_mib, _number(_PEAK, _read(entry / "status")) / 1024)
        self.all_mib = max(self.all_mib, total / 1024)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _number(pattern: re.Pattern[bytes], text: bytes) -> int:
    found = pattern.search(text)
    return int(found.group(1)) if found else 0

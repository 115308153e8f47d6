"""One command timed: wall time, peak memory, exit code; and many of them, taken in turns."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memory import Watch

_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB on Linux
_FOLDERS = re.compile(r"(?<![\w.])/(?:[\w.+@~-]+/)+")


@dataclass(frozen=True, slots=True)
class Variant:
    """A tool in one way of running. `ok` are the exit codes of a run that did its job; `clears` is emptied before each run; the
    directory becomes a copy of `restores` before each run; `needs` is the label of the variant that must have finished before this
    one says anything."""

    label: str
    command: tuple[str, ...]
    ok: tuple[int, ...] = (0, 1)
    clears: Path | None = None
    restores: Path | None = None
    needs: str = ""
    edits: str = ""  # a file of the directory that gets a function more for each run, under a name that no run has met


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much to measure: `runs` rounds; a run is ended after `timeout` seconds, and not repeated when it took more than `once`."""

    runs: int
    timeout: float
    once: float

    def times(self, factor: int) -> Bounds:
        """For a tree that is so many times as large."""
        return replace(self, timeout=self.timeout * factor)


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `seconds` of wall time, of the time bound when it was `late`; peaks in MiB of the largest process and of all at one
    moment (None where it cannot be seen); `problem` is empty when it did its job or was only late."""

    seconds: float
    largest_mib: float
    all_mib: float | None
    exit_code: int
    late: bool = False
    problem: str = ""
    cpu: float = 0.0  # seconds of processor time, of the process and of those that it waited for


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one variant on one tree, in the order of the rounds. None at all when what it needs was late or failed."""

    label: str
    runs: tuple[Run, ...]

    @property
    def problem(self) -> str:
        """Why the series has no time; empty when every run did its job or was only late."""
        return next((run.problem for run in self.runs if run.problem), "") if self.runs else "not run: what it needs did not finish"

    @property
    def late(self) -> bool:
        """Whether its times are only bounds from below."""
        return any(run.late for run in self.runs)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def fastest(self) -> float:
        """Seconds."""
        return min(run.seconds for run in self.runs)

    @property
    def slowest(self) -> float:
        """Seconds."""
        return max(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        """Seconds of processor time, the median."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def largest_mib(self) -> float:
        """The largest process of all runs."""
        return max(run.largest_mib for run in self.runs)

    @property
    def all_mib(self) -> float | None:
        """The largest sum over the processes of a run at one moment."""
        seen = [run.all_mib for run in self.runs if run.all_mib is not None]
        return max(seen) if seen else None

    def ratio(self, other: Series) -> float | None:
        """The median, over the rounds that both ran in, of this time by the other's; None when either has none, or both were late.

        With this one late the true ratio is larger, with the other late it is smaller.
        """
        if self.problem or other.problem or (self.late and other.late):
            return None
        return statistics.median(mine.seconds / theirs.seconds for mine, theirs in zip(self.runs, other.runs, strict=False))

    def cpu_ratio(self, other: Series) -> float | None:
        """The same of processor time, which other work on the machine changes less."""
        if self.problem or other.problem or self.late or other.late:
            return None
        return statistics.median(mine.cpu / theirs.cpu for mine, theirs in zip(self.runs, other.runs, strict=False))


def interleaved(variants: Sequence[Variant], directory: Path, bounds: Bounds) -> list[Series]:
    """Every variant once per round, so that a machine that slows down slows them all. What failed or takes long is not run again."""
    found: dict[str, list[Run]] = {variant.label: [] for variant in variants}
    for number in range(bounds.runs):
        for variant in variants:
            done = found[variant.label]
            needed = found.get(variant.needs)
            if _settled(done, bounds) or (needed is not None and (not needed or needed[-1].late or needed[-1].problem)):
                continue
            done.append(measure(variant, directory, bounds.timeout))
            print(f"  round {number + 1}/{bounds.runs}  {variant.label}: {_told(done[-1])}", file=sys.stderr, flush=True)
    return [Series(label, tuple(done)) for label, done in found.items()]


def _settled(done: list[Run], bounds: Bounds) -> bool:
    return bool(done) and bool(done[-1].problem or done[-1].late or done[-1].seconds > bounds.once)


def _told(run: Run) -> str:
    return run.problem or (f"more than {run.seconds:g} s" if run.late else f"{run.seconds:.2f} s, {run.all_mib or run.largest_mib:.0f} MiB")


def measure(variant: Variant, directory: Path, timeout: float) -> Run:
    """One run in `directory`, ended with its workers after `timeout` seconds."""
    if variant.clears is not None:
        shutil.rmtree(variant.clears, ignore_errors=True)
    if variant.restores is not None:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(variant.restores, directory)
    with _edited(directory / variant.edits if variant.edits else None):
        return _timed(variant, directory, timeout)


@contextlib.contextmanager
def _edited(file: Path | None) -> Iterator[None]:
    """The file with a function more, of a new name that calls a new name; afterwards it is as it was."""
    if file is None:
        yield
        return
    before, number = file.read_bytes(), time.time_ns()
    file.write_bytes(before + f"\n\ndef fresh_{number}():\n    return new_{number}()\n".encode())
    try:
        yield
    finally:
        file.write_bytes(before)


def _timed(variant: Variant, directory: Path, timeout: float) -> Run:
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            variant.command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
        late = threading.Event()
        timer = threading.Timer(timeout, _end, (process.pid, late))
        timer.start()
        with Watch(process.pid) as watch:
            # wait4 and not communicate(): it tells the memory of this child and of those it waited for, and of no other
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    was_late = late.is_set() and process.returncode == -signal.SIGKILL
    largest = _largest(usage.ru_maxrss * _UNIT / 2**20, watch.largest_mib)
    total = max(watch.all_mib, largest) if watch.all_mib else None
    problem = "" if was_late else _problem(variant, process.returncode, text)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(timeout if was_late else seconds, largest, total, process.returncode, was_late, problem, cpu)


def _largest(told: float, seen: float) -> float:
    """The kernel's figure, which is exact; but a child starts with that of this script, so up to that only what was seen counts."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / 2**20
    # workers that were not waited for, as of a run that was ended, are only in what was seen
    return max(seen, told) if told > own or not seen else seen


def _end(group: int, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(ProcessLookupError):  # it ended by itself at this moment
        os.killpg(group, signal.SIGKILL)


def _problem(variant: Variant, code: int, said: str) -> str:
    if code in variant.ok and "Traceback (most recent call last)" not in said:
        return ""
    last = said.strip().splitlines()[-1][:120] if said.strip() else "it said nothing"
    return f"exit {code}: {_FOLDERS.sub('', last)}"  # a report names no folder of the machine

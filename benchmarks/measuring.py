"""One command timed: wall time, peak memory of its largest process, exit code; and many of them, taken in turns."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Variant:
    """A tool in one way of running. `ok` are the exit codes of a run that did its job; `clears` is emptied before each run."""

    label: str
    command: tuple[str, ...]
    ok: tuple[int, ...] = (0, 1)
    clears: Path | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `seconds` of wall time; `peak_mib` of the largest process; `problem` is empty when it did its job."""

    seconds: float
    peak_mib: float
    exit_code: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one variant on one tree, in the order of the rounds."""

    label: str
    runs: tuple[Run, ...]

    @property
    def problem(self) -> str:
        """Why the series counts for nothing; empty when every run did its job."""
        return next((run.problem for run in self.runs if run.problem), "")

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
    def peak_mib(self) -> float:
        """The largest process of all runs."""
        return max(run.peak_mib for run in self.runs)

    def ratio(self, other: Series) -> float | None:
        """The median, over the rounds, of this time by the other's in the same round; None when either did not do its job."""
        if self.problem or other.problem:
            return None
        return statistics.median(mine.seconds / theirs.seconds for mine, theirs in zip(self.runs, other.runs, strict=True))


def interleaved(variants: Sequence[Variant], directory: Path, runs: int, timeout: float) -> list[Series]:
    """Every variant once per round, so that a machine that slows down slows them all. A variant that failed is not run again."""
    found: dict[str, list[Run]] = {variant.label: [] for variant in variants}
    for number in range(runs):
        for variant in variants:
            done = found[variant.label]
            if done and done[-1].problem:
                done.append(done[-1])
                continue
            done.append(measure(variant, directory, timeout))
            state = done[-1].problem or f"{done[-1].seconds:.2f} s, {done[-1].peak_mib:.0f} MiB"
            print(f"  round {number + 1}/{runs}  {variant.label}: {state}", file=sys.stderr, flush=True)
    return [Series(label, tuple(done)) for label, done in found.items()]


def measure(variant: Variant, directory: Path, timeout: float) -> Run:
    """One run in `directory`, ended with its workers after `timeout` seconds."""
    if variant.clears is not None:
        shutil.rmtree(variant.clears, ignore_errors=True)
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            variant.command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
        late = threading.Event()
        timer = threading.Timer(timeout, _end, (process.pid, late))
        timer.start()
        # wait4 and not communicate(): it tells the memory of this child and of those it waited for, and of no other
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        problem = _problem(variant, process.returncode, said.read().decode(errors="replace"), late=late.is_set(), timeout=timeout)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB on Linux
    return Run(seconds, usage.ru_maxrss * unit / 2**20, process.returncode, problem)


def _end(group: int, late: threading.Event) -> None:
    late.set()
    os.killpg(group, signal.SIGKILL)


def _problem(variant: Variant, code: int, said: str, *, late: bool, timeout: float) -> str:
    if late:
        return f"not done in {timeout:g} s"
    if code in variant.ok and "Traceback (most recent call last)" not in said:
        return ""
    last = said.strip().splitlines()[-1][:120] if said.strip() else "it said nothing"
    return f"exit {code}: {last}"

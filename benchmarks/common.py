"""What the scripts of this directory share: facts of the machine, numbers on the command line, where a report goes."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


def today() -> str:
    """The date, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def machine() -> str:
    """Cores, processor, system and load, without the machine's name."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    strained = "measured under load, so that only ratios say something, those of processor time first; " if load > cores / 2 else ""
    return f"{strained}{cores} cores, {_processor()}{platform.system()}, load {load:.1f}"


def _processor() -> str:
    """The kind of processor; on Linux by its trade name."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, "
    return f"{platform.machine()}, "


def positive(text: str) -> int:
    """For argparse: a whole number from 1 up."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def seconds(text: str) -> float:
    """For argparse: a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def add_bounds(parser: argparse.ArgumentParser) -> None:
    """How much is measured, and where the report goes."""
    parser.add_argument("--tool-venv", type=Path, metavar="DIR", help="run every tool from this environment, made or renewed first")
    add_rounds(parser)
    parser.add_argument("--jobs", type=positive, default=4, metavar="N", help="processes for session-lint and flake8 (4)")


def add_rounds(parser: argparse.ArgumentParser) -> None:
    """How many rounds of runs of which length, and where the report goes."""
    parser.add_argument("--runs", type=positive, default=3, metavar="N", help="rounds (3)")
    parser.add_argument("--timeout", type=seconds, default=120, metavar="SECONDS", help="end a run that takes longer, and say so (120)")
    parser.add_argument("--once", type=seconds, default=20, metavar="SECONDS", help="do not repeat a run that took longer (20)")
    add_output(parser)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where the report goes."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the Markdown there; standard output otherwise")
    parser.add_argument("--save", action="store_true", help="write the Markdown to benchmarks/results/")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run as JSON there")


def write(options: argparse.Namespace, text: str, numbers: dict[str, object], name: str) -> None:
    """The report to where the options say; `name` is its file in results/ without the suffix."""
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    target = options.output
    if options.save:
        RESULTS.mkdir(exist_ok=True)
        target = RESULTS / f"{name}.md"
    if target:
        target.write_text(text, encoding="utf-8")
        print(f"written to {target}", file=sys.stderr)
    else:
        print(text, end="")

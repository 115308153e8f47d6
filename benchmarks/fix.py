"""Times `session-lint fix` beside `session-lint check`, on a project made up for it: `python benchmarks/fix.py`. See README.md here."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from common import add_bounds, machine, positive, today, write
from made import make
from measuring import Bounds, Series, Variant, interleaved
from refused import RefusedError, ended
from report import MEASURED, measured, ratio, table
from tools import Tools, install
from trees import sources

COLUMNS = ("tool", "runs", *MEASURED, "x check", "exit")
_COLD, _WARM = "no cache", "warm cache"


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the report. Exit code 2: something could not be done, and is named."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    tools = Tools(install(options.tool_venv.absolute()) if options.tool_venv else None, options.jobs)
    tools.require(("session-lint",))
    bounds = Bounds(options.runs, options.timeout, options.once)
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch:
        cold, warm, tree = (Path(scratch) / name for name in ("cold", "warm", "tree"))
        for made in (cold, warm):
            make(made, options.files, options.findings)
        command = tools.path("session-lint") or "session-lint"
        before = _findings((command, "check", "--no-cache", "--output-format", "json"), cold)
        _findings((command, "check", "--output-format", "json"), warm)  # leaves a full cache there
        facts = {
            "date": today(),
            "machine": machine(),
            "Python": platform.python_version(),
            **tools.versions(()),
            "project": f"made up: {len(sources(cold))} files, {len(before)} findings",
            "processes": str(tools.jobs),
            "runs": f"{bounds.runs} rounds, every command once per round, each on a fresh copy of the project",
            "x check": "median, over the rounds, of the time by that of `check` with the same cache in the same round",
        }
        series = interleaved(_variants(command, tools.jobs, cold, warm), tree, bounds)
        facts["repaired"] = _repaired((command, "fix", "--unsafe-fixes", "--no-cache", "--output-format", "json"), cold)
    facts["machine"] += f" at the start, {os.getloadavg()[0]:.1f} at the end"
    write(options, _markdown(facts, series), {"facts": facts, "series": [asdict(one) for one in series]}, f"{today()}-fix")
    return 2 if any(one.problem for one in series) else 0


def _variants(command: str, jobs: int, cold: Path, warm: Path) -> list[Variant]:
    found = []
    for label, project, cache in ((_COLD, cold, ("--no-cache",)), (_WARM, warm, ())):
        for words in (("check",), ("fix", "--unsafe-fixes", "--diff"), ("fix", "--unsafe-fixes")):
            arguments = (command, *words, "--quiet", "--jobs", str(jobs), *cache)
            found.append(Variant(f"{' '.join(words)}, {label}", arguments, restores=project))
    return found


def _findings(command: tuple[str, ...], project: Path) -> list[dict[str, object]]:
    """Of a project that has some, as it should. Raises RefusedError."""
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RefusedError(f"`{' '.join(command[1:])}` ended with exit code {done.returncode}: {done.stderr.strip()[-200:]}")
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def _repaired(command: tuple[str, ...], project: Path) -> str:
    found = _findings(command, project)
    return f"{sum(bool(finding['repaired']) for finding in found)} of {len(found)} findings by `fix --unsafe-fixes`"


def _markdown(facts: dict[str, str], series: list[Series]) -> str:
    parts = ["# Benchmark of fix", "", "Written by `benchmarks/fix.py`; no number here is typed by hand.", ""]
    parts += [f"- {name}: {value}" for name, value in facts.items()]
    rows = []
    for one in series:
        if one.problem:
            rows.append((one.label, str(len(one.runs)), *["-"] * (len(COLUMNS) - 3), one.problem.split(":")[0]))
            continue
        base = next(other for other in series if other.label == f"check, {one.label.rpartition(', ')[2]}")
        codes = ", ".join(str(code) for code in sorted({run.exit_code for run in one.runs}))
        rows.append((one.label, str(len(one.runs)), *measured(one), ratio(one, base), "-" if one.late else codes))
    parts += ["", *table(COLUMNS, rows)]
    parts += ["", *(f"- {one.label}: {one.problem}" for one in series if one.problem)]
    return "\n".join(parts).rstrip() + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=positive, default=1000, metavar="N", help="files of the project (1000)")
    parser.add_argument("--findings", type=positive, default=50, metavar="N", help="defects in it (50)")
    add_bounds(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

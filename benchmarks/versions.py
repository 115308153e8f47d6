"""Times this working copy against another revision of it: `python benchmarks/versions.py --base REV --tree PATH`. See README.md here."""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from common import add_rounds, machine, positive, today, write
from measuring import Bounds, Series, Variant, interleaved
from refused import RefusedError, ended
from report import table
from tools import REPOSITORY
from trees import Tree

_COLUMNS = ("tree", "rounds", "CPU s", "base CPU s", "CPU ratio", "min-max", "wall ratio", "MiB all", "base MiB all")
_CHECK = ("-m", "session_lint", "check", "--no-cache", "--isolated", "--exit-zero", "--output-format", "json", ".")
_SMALL = {"app.py": 'def greet(name):\n    return f"hello {name}"\n'}  # nothing to find: what is left is the start of the process


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the report. Exit code 1: a ratio is above `--most`. 2: something could not be done."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    missing = [str(path) for path in options.tree if not path.is_dir()]
    if missing:
        raise RefusedError(f"no such directory: {', '.join(missing)}")
    bounds = Bounds(options.runs, options.timeout, options.once)
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch, _revision(options.base, Path(scratch)) as base:
        trees = [_small(Path(scratch)), *(Tree(path.resolve().name, path.resolve()) for path in options.tree)]
        sources = {"now": REPOSITORY / "src", "base": base / "src"}
        for folder in sources.values():
            compileall.compile_dir(folder, quiet=1)  # what is installed has its bytecode
        variants = [Variant(label, _command(folder, options.jobs), (0, 1, 2)) for label, folder in sources.items()]
        found = {tree.name: interleaved(variants, tree.path, bounds) for tree in trees}
    jobs = str(options.jobs) if options.jobs else "as the tool thinks pay"
    facts = {
        "machine": machine(),
        "now": _commit("HEAD"),
        "base": _commit(options.base),
        "processes": jobs,
        "rounds": f"{options.runs}, the two in turns; ratios are medians",
    }
    numbers: dict[str, object] = {"facts": facts, "trees": {name: [asdict(one) for one in series] for name, series in found.items()}}
    write(options, _markdown(facts, found), numbers, f"{today()}-versions")
    if any(series.problem for both in found.values() for series in both):
        return 2
    ratios = [now.cpu_ratio(base) or 0.0 for now, base in found.values()]
    return int(options.most is not None and max(ratios) > options.most)


@contextmanager
def _revision(name: str, scratch: Path) -> Iterator[Path]:
    """A directory with the files of a revision."""
    folder = scratch / "base"
    done = subprocess.run(
        ["git", "worktree", "add", "--detach", str(folder), _commit(name)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RefusedError(f"cannot check {name} out: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=REPOSITORY, capture_output=True, check=False)


def _commit(name: str) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "--verify", f"{name}^{{commit}}"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RefusedError(f"no such revision: {name}")
    return done.stdout.strip()


def _small(scratch: Path) -> Tree:
    """A project of one file."""
    folder = scratch / "one small file"
    folder.mkdir()
    for name, text in _SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Tree(folder.name, folder)


def _command(source: Path, number: int | None) -> tuple[str, ...]:
    jobs = ("--jobs", str(number)) if number else ()
    return ("env", f"PYTHONPATH={source}{os.pathsep}", sys.executable, *_CHECK, *jobs)


def _markdown(facts: dict[str, str], found: dict[str, list[Series]]) -> str:
    parts = ["# This version beside another", "", "Written by `benchmarks/versions.py`; no number here is typed by hand.", ""]
    parts += [f"- {name}: {value}" for name, value in facts.items()]
    parts += ["", *table(_COLUMNS, [_row(tree, *both) for tree, both in found.items()]), ""]
    parts += [f"- {tree}, {one.label}: {one.problem}" for tree, both in found.items() for one in both if one.problem]
    return "\n".join(parts).rstrip() + "\n"


def _row(tree: str, now: Series, base: Series) -> tuple[str, ...]:
    both = list(zip(now.runs, base.runs, strict=False))
    ratio, wall = now.cpu_ratio(base), now.ratio(base)
    spread = sorted(mine.cpu / theirs.cpu for mine, theirs in both) if ratio is not None else []
    cpu = [sorted(run.cpu for run in one.runs)[len(one.runs) // 2] if one.runs else 0.0 for one in (now, base)]
    return (
        *(tree, str(len(both)), f"{cpu[0]:.2f}", f"{cpu[1]:.2f}", _shown(ratio)),
        *(f"{spread[0]:.2f}-{spread[-1]:.2f}" if spread else "-", _shown(wall), _mib(now), _mib(base)),
    )


def _shown(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _mib(series: Series) -> str:
    return "-" if series.all_mib is None else f"{series.all_mib:.0f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Time this working copy against another revision, in one run, by turns.")
    parser.add_argument("--base", required=True, metavar="REV", help="the revision to compare with")
    parser.add_argument("--tree", type=Path, nargs="+", default=[], action="extend", metavar="PATH", help="directories to measure on")
    parser.add_argument("--most", type=float, metavar="RATIO", help="exit with 1 when a ratio of processor time is above this")
    parser.add_argument("--jobs", type=positive, metavar="N", help="worker processes; as many as the tool thinks pay when not given")
    add_rounds(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

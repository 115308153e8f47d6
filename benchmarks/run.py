"""Times session-lint against other linters on real trees: `python benchmarks/run.py --tree PATH`. See README.md here."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measuring import interleaved, measure
from report import Comparison, Growth, data, markdown
from tools import OTHERS, RUFF, Tools, install
from trees import fetch, multiply

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much to measure. `timeout` in seconds, for one run."""

    runs: int
    timeout: float


def main(arguments: list[str] | None = None) -> int:
    """Measure what the command line asks for and write the report."""
    options = _parser().parse_args(arguments)
    tools = Tools(install(options.tool_venv.absolute()) if options.tool_venv else None, options.jobs)
    trees = [tree.resolve() for tree in options.tree] + fetch(options.download, options.work.resolve())
    missing = [str(tree) for tree in trees if not tree.is_dir()]
    if missing or not trees:
        raise SystemExit(f"no such directory: {', '.join(missing)}" if missing else "name a tree with --tree, or a package with --download")
    bounds = Bounds(options.runs, options.timeout)
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch:
        comparisons = [compare(tree, tools, tuple(options.compare), bounds, Path(scratch)) for tree in trees]
        growths = [grow(tree, tools, options.growth, bounds, Path(scratch)) for tree in trees] if options.growth else []
    facts = _facts(tools, tuple(options.compare), bounds)
    _write(options, markdown(facts, comparisons, growths), data(facts, comparisons, growths))
    return 1 if any(series.problem for comparison in comparisons for series in comparison.series) else 0


def compare(tree: Path, tools: Tools, wanted: tuple[str, ...], bounds: Bounds, scratch: Path) -> Comparison:
    """All tools on a copy of the tree, in turns."""
    print(f"{tree.name}: side by side", file=sys.stderr, flush=True)
    copy, cache = scratch / "tree", scratch / "cache"
    size = multiply(tree, copy, 1)
    ours = tools.ours(cache)
    measure(ours[-1], copy, bounds.timeout)  # fills the warm cache; and the machine has read every file once
    return Comparison(tree.name, size, tuple(interleaved([*ours, *tools.others(wanted)], copy, bounds.runs, bounds.timeout)))


def grow(tree: Path, tools: Tools, sizes: list[int], bounds: Bounds, scratch: Path) -> Growth:
    """session-lint without a cache, and ruff, on several copies of the tree side by side."""
    steps = []
    for copies in sizes:
        print(f"{tree.name}: {copies} copies", file=sys.stderr, flush=True)
        size = multiply(tree, scratch / "grown", copies)
        variants = [tools.ours(scratch / "cache")[0], *(v for v in tools.others(("ruff",)) if v.label == RUFF)]
        steps.append((copies, size, tuple(interleaved(variants, scratch / "grown", bounds.runs, bounds.timeout))))
    return Growth(tree.name, tuple(steps))


def _facts(tools: Tools, wanted: tuple[str, ...], bounds: Bounds) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end",
        "python": platform.python_version(),
        **tools.versions(wanted),
        "processes": f"{tools.jobs} for session-lint and flake8; ruff and fixit choose their own number",
        "runs": f"{bounds.runs} rounds, every tool once per round",
        "ratios": "median over the rounds of the time by ruff's (flake8's) in the same round",
        "peak": "resident memory of the largest process of a run",
    }


def _write(options: argparse.Namespace, text: str, numbers: dict[str, object]) -> None:
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    target = options.output
    if options.save:
        RESULTS.mkdir(exist_ok=True)
        target = RESULTS / f"{datetime.datetime.now(tz=datetime.UTC).date().isoformat()}.md"
    if target:
        target.write_text(text, encoding="utf-8")
        print(f"written to {target}", file=sys.stderr)
    else:
        print(text, end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, nargs="+", default=[], action="extend", metavar="PATH", help="directories to measure on")
    parser.add_argument("--download", type=_names, default=[], metavar="NAME,...", help="packages to fetch by name with pip and measure on")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="where downloads are kept")
    parser.add_argument("--tool-venv", type=Path, metavar="DIR", help="run every tool from this environment; made when it is missing")
    parser.add_argument("--compare", type=_tools, default=list(OTHERS), metavar="NAME,...", help="of ruff, flake8, fixit; all of them")
    parser.add_argument("--growth", type=_sizes, default=[], metavar="1,3,10", help="also measure on that many copies of each tree")
    parser.add_argument("--runs", type=_positive, default=5, metavar="N", help="rounds (5)")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS", help="end a run that takes longer (600)")
    parser.add_argument("--jobs", type=_positive, default=4, metavar="N", help="processes for session-lint and flake8 (4)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the Markdown there; standard output otherwise")
    parser.add_argument("--save", action="store_true", help="write the Markdown to benchmarks/results/<date>.md")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run as JSON there")
    return parser


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _tools(text: str) -> list[str]:
    unknown = [name for name in _names(text) if name not in OTHERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(OTHERS)}")
    return _names(text)


def _sizes(text: str) -> list[int]:
    return sorted({_positive(part) for part in _names(text)})


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

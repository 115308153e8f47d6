"""Times session-lint against other linters on real trees: `python benchmarks/run.py --tree PATH`. See README.md here."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from measuring import Bounds, interleaved
from refused import RefusedError
from report import Comparison, Growth, data, markdown
from tools import COLD_CACHE, OTHERS, WARM, Tools, install
from trees import Tree, fetch, multiply, sources

RESULTS = Path(__file__).resolve().parent / "results"


def main(arguments: list[str] | None = None) -> int:
    """Measure what the command line asks for and write the report. Exit code 2: something could not be done, and is named."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except RefusedError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    for file in (options.output, options.json):
        if file and not file.absolute().parent.is_dir():
            raise RefusedError(f"{file}: make the directory first")
    trees = _trees(options)
    tools = Tools(install(options.tool_venv.absolute()) if options.tool_venv else None, options.jobs)
    tools.require(("session-lint", *(options.compare or ())))
    wanted = OTHERS if options.compare is None else tuple(options.compare)
    bounds = Bounds(options.runs, options.timeout, options.once)
    facts = _facts(tools, wanted, bounds)
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch:
        comparisons = [compare(tree, tools, wanted, bounds, Path(scratch)) for tree in trees]
        growths = [grow(trees[0], tools, options.growth, bounds, Path(scratch))] if options.growth else []
    facts["machine"] += f" at the start, {os.getloadavg()[0]:.1f} at the end"
    _write(options, markdown(facts, comparisons, growths), data(facts, comparisons, growths))
    measured = [series for comparison in comparisons for series in comparison.series]
    measured += [series for growth in growths for _, _, step in growth.steps for series in step]
    return 2 if any(series.runs and series.problem for series in measured) else 0


def _trees(options: argparse.Namespace) -> list[Tree]:
    """Downloads first, in the order given. Raises RefusedError for a tree that is not there or holds nothing to measure on."""
    missing = [str(path) for path in options.tree if not path.is_dir()]
    if missing:
        raise RefusedError(f"no such directory: {', '.join(missing)}; --download NAME fetches a package")
    trees = fetch(options.download, options.work.resolve()) + [Tree(path.resolve().name, path.resolve()) for path in options.tree]
    if not trees:
        raise RefusedError("name a tree with --tree PATH, or a package with --download NAME")
    empty = [tree.name for tree in trees if not sources(tree.path)]
    if empty:
        raise RefusedError(f"{', '.join(empty)}: no Python files there")
    return trees


def compare(tree: Tree, tools: Tools, wanted: tuple[str, ...], bounds: Bounds, scratch: Path) -> Comparison:
    """All tools on a copy of the tree, in turns."""
    print(f"{tree.name}: side by side", file=sys.stderr, flush=True)
    size = multiply(tree.path, scratch / "tree", 1)
    variants = [*tools.ours(scratch / "cache"), *tools.others(wanted)]
    return Comparison(tree.name, size, tuple(interleaved(variants, scratch / "tree", bounds)))


def grow(tree: Tree, tools: Tools, sizes: list[int], bounds: Bounds, scratch: Path) -> Growth:
    """session-lint into an empty cache and from the filled one, and ruff, on several copies of the tree side by side."""
    steps = []
    variants = [v for v in tools.ours(scratch / "cache") if v.label in (COLD_CACHE, WARM)] + tools.others(("ruff",))
    for copies in sizes:
        print(f"{tree.name}: {copies} copies", file=sys.stderr, flush=True)
        size = multiply(tree.path, scratch / "grown", copies)
        steps.append((copies, size, tuple(interleaved(variants, scratch / "grown", bounds.times(copies)))))
    return Growth(tree.name, tuple(steps))


def _facts(tools: Tools, wanted: tuple[str, ...], bounds: Bounds) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {_processor()}{platform.system()}, load {os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        **tools.versions(wanted),
        "processes": f"{tools.jobs} for session-lint and flake8; ruff and fixit choose their own number",
        "runs": f"{bounds.runs} rounds, every tool once per round; a run of more than {bounds.once:g} s is not repeated",
        "time bound": f"{bounds.timeout:g} s a run, and that times the copies where a tree is grown; a run that took longer is shown as >, "
        "and what follows from it as > or <",
        "x ruff, x flake8, x fixit": "median, over the rounds, of the time by that tool's in the same round",
        "MiB all": "peak over time of the sum over all processes of a run, pages they share counted once (sampled)",
        "MiB largest": "peak of the largest single process of a run",
    }


def _processor() -> str:
    """The kind of processor; on Linux by its trade name."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, "
    return f"{platform.machine()}, "


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
    parser.add_argument("--download", type=_names, default=[], metavar="NAME,...", help="packages to fetch with pip: NAME or NAME==VERSION")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="where downloads are kept")
    parser.add_argument("--tool-venv", type=Path, metavar="DIR", help="run every tool from this environment, made or renewed first")
    parser.add_argument("--compare", type=_tools, metavar="NAME,...", help="of ruff, flake8, fixit; those installed")
    parser.add_argument("--growth", type=_sizes, default=[], metavar="1,3,10", help="also measure on that many copies of the first tree")
    parser.add_argument("--runs", type=_positive, default=3, metavar="N", help="rounds (3)")
    parser.add_argument("--timeout", type=_seconds, default=120, metavar="SECONDS", help="end a run that takes longer, and say so (120)")
    parser.add_argument("--once", type=_seconds, default=20, metavar="SECONDS", help="do not repeat a run that took longer (20)")
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


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())

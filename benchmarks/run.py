"""Times session-lint against other linters on real trees: `python benchmarks/run.py --tree PATH`. See README.md here."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from common import add_bounds, machine, positive, today, write
from measuring import Bounds, interleaved
from refused import RefusedError, ended
from report import Comparison, Growth, data, markdown
from tools import COLD_CACHE, OTHERS, WARM, Tools, install
from trees import Tree, fetch, multiply, sources


def main(arguments: list[str] | None = None) -> int:
    """Measure what the command line asks for and write the report. Exit code 2: something could not be done, and is named."""
    return ended(_run, _parser().parse_args(arguments))


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
    write(options, markdown(facts, comparisons, growths), data(facts, comparisons, growths), today())
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
    copy = scratch / "tree"
    size = multiply(tree.path, copy, 1)
    files = [path for path, _ in sources(copy)]
    edited = tools.edited(scratch / "cache", copy, files, bounds.timeout)
    variants = [*tools.ours(scratch / "cache"), *edited, *tools.others(wanted)]
    return Comparison(tree.name, size, tuple(interleaved(variants, copy, bounds)))


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
        "date": today(),
        "machine": machine(),
        "Python": platform.python_version(),
        **tools.versions(wanted),
        "processes": f"{tools.jobs} for session-lint and flake8; ruff and fixit choose their own number",
        "runs": f"{bounds.runs} rounds, every tool once per round; a run of more than {bounds.once:g} s is not repeated",
        "time bound": f"{bounds.timeout:g} s a run, and that times the copies where a tree is grown; a run that took longer is shown as >, "
        "and what follows from it as > or <",
        "x ruff, x flake8, x fixit": "median, over the rounds, of the time by that tool's in the same round",
        "CPU s": "median of the processor time of all processes of a run; CPU x ruff is the median of its ratios within a round",
        "edited": "from the warm cache, after a function of a new name that calls a new name was added to one file",
        "MiB all": "peak over time of the sum over all processes of a run, pages they share counted once (sampled)",
        "MiB largest": "peak of the largest single process of a run",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, nargs="+", default=[], action="extend", metavar="PATH", help="directories to measure on")
    parser.add_argument("--download", type=_names, default=[], metavar="NAME,...", help="packages to fetch with pip: NAME or NAME==VERSION")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="where downloads are kept")
    parser.add_argument("--compare", type=_tools, metavar="NAME,...", help="of ruff, flake8, fixit; those installed")
    parser.add_argument("--growth", type=_sizes, default=[], metavar="1,3,10", help="also measure on that many copies of the first tree")
    add_bounds(parser)
    return parser


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _tools(text: str) -> list[str]:
    unknown = [name for name in _names(text) if name not in OTHERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(OTHERS)}")
    return _names(text)


def _sizes(text: str) -> list[int]:
    return sorted({positive(part) for part in _names(text)})


if __name__ == "__main__":
    sys.exit(main())

"""Runs the metamorphic tests in full: every transformation alone on every program it fits, and pairs drawn by a fixed seed.

python tools/run_metamorphic.py                          print the matrix; write docs/metamorphic.md and tests/metamorphic/losses.txt
python tools/run_metamorphic.py --only NAME [--show]     one transformation: what it loses, with --show the rewritten files; writes nothing
python tools/run_metamorphic.py --folder DIRECTORY       programs of a directory, marked with `# expect: CODE`; writes nothing
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from metamorphic import report, runner  # noqa: E402
from metamorphic.programs import Program, every_program, folders  # noqa: E402

PAIRS = 12  # for each transformation


def main() -> int:
    """Exit code 0, or 1 when something is lost that was not lost before and has no reason."""
    options = _options()
    before = runner.known_losses()
    programs, wrong = runner.held(tuple(folders(options.folder)) if options.folder else every_program())
    chosen = [one for one in runner.transformations() if options.only in ("", one.name)]
    whole = not (options.only or options.folder)
    alone: list[runner.Outcome] = []
    pairs: list[runner.Outcome] = []
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:  # each process has the programs already
        for one, (mine, ours) in zip(chosen, pool.map(partial(_tried, programs, pairs=whole), [one.name for one in chosen]), strict=True):
            alone += mine
            pairs += ours
            print(report.progress(one.name, alone), flush=True)
    found = report.Found(tuple(chosen), tuple(alone), tuple(pairs), len(programs), tuple(wrong))
    if options.only or options.folder:
        print("\n".join(report.losses(found, show=options.show)))
    else:
        (ROOT / "docs" / "metamorphic.md").write_text(report.page(found), encoding="utf-8")
        runner.write_losses([one for one in (*alone, *pairs) if not report.reason(one)])
    print(report.summary(found))
    new = [one for one in alone if one.lost and not report.reason(one) and one.key not in before] if not options.folder else []
    print("\n".join(f"new: {one.key}: {one.lost}" for one in new))
    return int(bool(new))


def _tried(programs: Sequence[Program], name: str, *, pairs: bool) -> tuple[list[runner.Outcome], list[runner.Outcome]]:
    """One transformation on every program that it fits, alone and with others."""
    one = next(one for one in runner.transformations() if one.name == name)
    alone = list(runner.alone(one, programs))
    return alone, list(runner.pairs(one, runner.transformations(), programs, PAIRS)) if pairs else []


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="NAME")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--folder", type=Path, metavar="DIRECTORY")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

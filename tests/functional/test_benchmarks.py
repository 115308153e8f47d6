"""The benchmark script on a tiny tree: its table, its data and its refusals. How fast anything is, is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from functional.project import TWICE, clean_environment, write

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


def bench(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=240, check=False)


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
    assert header == ["tool", "runs", "median s", "min-max s", "x ruff", "x flake8", "peak MiB", "exit"]
    assert [row[0] for row in table] == [
        "session-lint, no cache",
        "session-lint, empty cache",
        "session-lint, warm cache",
        "ruff check --no-cache",
    ]
    assert all(float(row[2]) > 0 and float(row[4]) > 0 and float(row[6]) > 0 for row in table)
    assert table[-1][4] == "1.00"
    assert [row[7] for row in table[:3]] == ["1", "1", "1"]  # the finding is there in each way of running


def test_growth_counts_every_copy(measured: tuple[str, dict[str, object], str]) -> None:
    report, numbers, tree = measured
    header, *table = rows(report, f"## Growth on {tree}")
    assert header == ["tool", "copies", "files", "lines", "median s", "min-max s", "peak MiB"]
    assert [row[1:3] for row in table if row[0] == "session-lint, no cache"] == [["1", "2"], ["2", "4"]]
    assert "time grows with lines to the power" in report
    assert numbers["growth"][0]["exponents"].keys() == {"session-lint, no cache", "ruff check --no-cache"}  # type: ignore[index]


def test_the_data_holds_every_run(measured: tuple[str, dict[str, object], str]) -> None:
    _, numbers, _ = measured
    (comparison,) = numbers["comparisons"]  # type: ignore[misc]
    assert all(len(series["runs"]) == 1 and series["runs"][0]["seconds"] > 0 for series in comparison["series"])
    assert all(ratios["ruff"] > 0 for ratios in comparison["ratios"].values())
    assert all(ratios["flake8"] is None for ratios in comparison["ratios"].values())


def test_a_tool_that_runs_out_of_time_has_no_time(tmp_path: Path) -> None:
    done = bench("--tree", write(tmp_path, handler=TWICE), "--compare", "", "--runs", "1", "--timeout", "0.01", cwd=tmp_path)
    assert done.returncode == 1
    (row,) = [row for row in rows(done.stdout, "(2 files, ") if row[0] == "session-lint, no cache"]
    assert (row[2], row[7]) == ("-", "not done in 0.01 s")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tree", "absent"], "no such directory"),
        ([], "name a tree with --tree"),
        (["--download", "git+ssh://example/x"], "takes package names"),
        (["--tree", ".", "--compare", "mypy"], "choose from ruff, flake8, fixit"),
    ],
)
def test_what_it_cannot_do_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = bench(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert message in done.stderr

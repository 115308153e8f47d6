"""The comparison with other tools, on two programs and session-lint alone: the other tools are not there in a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functional.test_benchmarks import SCRIPT, bench

PEERS = SCRIPT.with_name("peers.py")
STORE = """
import sqlite3

conn = sqlite3.connect("x.db")


def set_notes(chat, texts):
    conn.execute("DELETE FROM note WHERE chat = ?", (chat,))
    conn.commit()
    conn.executemany("INSERT INTO note (chat, text) VALUES (?, ?)", [(chat, text) for text in texts])MARK
    conn.commit()


def forget(chat):
    conn.execute("DELETE FROM note WHERE chat = ?", (chat,))MISSED
    conn.commit()
"""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, dict[str, int]]]:
    """The report and the numbers of a program with a mark that is found and one that is not, and of one without a mark."""
    folder = tmp_path_factory.mktemp("peers")
    for name, mark, missed in (("marked", "  # expect: ONE201|ONE202", "  # expect: ONE202"), ("bare", "", "")):
        program = folder / "programs" / "notes" / name
        program.mkdir(parents=True)
        program.joinpath("pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
        program.joinpath("store.py").write_text(STORE.replace("MARK", mark).replace("MISSED", missed), encoding="utf-8")
    done = bench("--programs", folder / "programs", "--json", folder / "all.json", cwd=folder, script=PEERS)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "all.json").read_text(encoding="utf-8"))["programs"]


def test_a_mark_is_found_or_missed_and_a_place_without_one_is_a_false_alarm(counted: tuple[str, dict[str, dict[str, int]]]) -> None:
    report, numbers = counted
    assert numbers["session-lint"] == {"found": 1, "marks": 2, "false": 1}
    assert "| session-lint | 1 of 2, 1 | 1 of 2, 1 |" in report
    assert numbers["spans"] == {"one function": 1}


def test_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    done = bench(cwd=tmp_path, script=PEERS)
    assert (done.returncode, done.stderr.startswith("error: nothing to compare")) == (2, True)


def test_a_tree_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = bench("--cfinder", tmp_path, "--trees", tmp_path, cwd=tmp_path, script=PEERS)
    assert (done.returncode, "no such directory: " in done.stderr) == (2, True)

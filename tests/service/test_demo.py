"""The closed loop of `make demo`: the application runs, is linted, repaired and runs again, on both databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "demo.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_three_sessions_for_one_click_and_one_after_the_repair(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = database if database == "sqlite" else request.getfixturevalue("postgres_server")
    copy = tmp_path / "copy"
    done = demo("--database", url, "--keep", str(copy))
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert "3 sessions for one click before the repair, 1 after it." in lines
    assert re.fullmatch(r"[1-9]\d* errors for 40 clicks before the repair, 0 after it\.", lines[-2])
    rows = [line.split()[3:] for line in lines if line.startswith("rows in conversation_sessions:")]
    assert rows == [["3"], ["1"], ["5", "for", "5", "users"], ["5", "for", "5", "users"]]
    assert "Found 1 finding: 1 repaired, none left." in lines
    assert [line.split()[-1] for line in lines if line.startswith("calls of get_or_create_session:")] == ["3", "1"]
    assert lines.count("call path:") == 4, "the race of the getter has none"
    assert "Found 4 findings." in lines, "the other four come to light by the repairs of these"
    assert "Found 8 findings: 8 repaired, none left." in lines
    assert '+                    on_conflict="subcontractor_id",' in lines
    repaired = " ".join((copy / "src/handlers/message_pipeline.py").read_text(encoding="utf-8").split())
    assert 'action="open_project", user_id=ctx.user_id, argument=argument, session_id=ctx.session_id' in repaired


def test_a_copy_is_not_laid_over_what_exists(tmp_path: Path) -> None:
    done = demo("--keep", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(f"--keep {tmp_path}: it exists; name a directory that does not")


def test_a_demonstration_that_shows_nothing_fails(tmp_path: Path) -> None:
    """Shown on the hotfix, which makes one session for the click: the loop is not to call that three."""
    program = (ROOT / "tools" / "demo.py").read_text(encoding="utf-8").replace('LAYERS["account"]', 'LAYERS["hotfix"]')
    (tmp_path / "demo.py").write_text(program.replace("parents[1]", f"parents[0] / {str(ROOT)!r}"), encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "demo.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1]
        == "The demonstration failed: the click was to make 3 calls and 3 sessions, and to be answered with the greeting"
    )

"""A project that stays in memory finds what a fresh check finds, also where it hangs on files of statements and how the project is cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functional.project import TWICE, write
from session_lint import api
from session_lint.analysis.resident import Resident, Stopped
from session_lint.runtime import going_on

STATEMENTS = """\
import pathlib
import psycopg


def renew(conn: psycopg.Connection, owner, secret):
    conn.execute(pathlib.Path("{}").read_text(), (owner,))
    conn.execute("INSERT INTO tokens (owner, secret) VALUES (%s, %s)", (owner, secret))
    conn.commit()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, app=STATEMENTS.format("queries/clear.sql"))
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "clear.sql").write_text("DELETE FROM tokens WHERE owner = %s\n", encoding="utf-8")
    (tmp_path / "look.sql").write_text("SELECT * FROM tokens WHERE owner = %s\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def resident(project: Path) -> Iterator[Resident]:
    made = Resident(api.load_settings([project]), api.rules)
    made.look()
    yield made
    made.end()


def found(resident: Resident, **texts: str) -> list[tuple[str, int, str]]:
    """What the resident project finds with these texts in place of files, which is what a fresh check finds."""
    root = resident.settings.root
    overlay = {f"{name}.py": text.encode() for name, text in texts.items()}
    report = resident.run(overlay, lambda *_: None).report
    fresh = api.check_paths([root], settings=api.load_settings([root]), options=api.RunOptions(use_cache=False, overlay=dict(overlay)))
    assert (report.findings, report.notices) == (fresh.findings, fresh.notices)
    return [(one.place.path, one.place.span.row, one.code) for one in report.findings]


def test_the_file_of_statements_that_is_meant(resident: Resident, project: Path) -> None:
    assert found(resident) == [("app.py", 7, "ONE201")]
    assert found(resident, app=STATEMENTS.format("look.sql")) == []
    assert found(resident, app=STATEMENTS.format("queries/clear.sql") + "# a remark\n") == [("app.py", 7, "ONE201")]
    (project / "queries" / "clear.sql").write_text("SELECT 1 FROM tokens WHERE owner = %s\n", encoding="utf-8")
    resident.look()
    assert found(resident) == []
    (project / "queries" / "clear.sql").unlink()
    resident.look()
    assert found(resident) == []


def test_how_the_project_is_cut(resident: Resident, project: Path) -> None:
    """An import that makes a folder a source root, and a head that makes a file a generated one."""
    assert ("handler.py", 7, "ONE101") in found(resident, handler=TWICE)
    assert ("handler.py", 8, "ONE101") not in found(resident, handler="# @generated\n" + TWICE)
    (project / "inner").mkdir()
    (project / "inner" / "kept.py").write_text("from service import get_or_create_session as kept\n", encoding="utf-8")
    (project / "inner" / "user.py").write_text(TWICE.replace("from service", "from other"), encoding="utf-8")
    resident.look()
    assert ("inner/user.py", 7, "ONE101") not in found(resident)
    text = TWICE.replace("from service import get_or_create_session", "from kept import kept as get_or_create_session")
    assert ("inner/user.py", 7, "ONE101") in found(resident, **{"inner/user": text})


def test_a_run_that_is_stopped_leaves_nothing_behind(resident: Resident) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        resident.run({"handler.py": TWICE.encode()}, stop)
    assert ("handler.py", 7, "ONE101") in found(resident, handler=TWICE)


def test_a_run_can_be_stopped_anywhere(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the middle of what no file divides: select, and what functions do that call each other."""
    monkeypatch.setattr(going_on, "_EVERY", 0.0)
    asked: list[str] = []

    def stop(last: int, stage: str) -> None:
        asked.append(stage)
        if len(asked) == last:
            raise Stopped

    wanted = found(resident, handler=TWICE)
    resident.run({"handler.py": f"def other():\n    pass\n\n\n{TWICE}".encode()}, lambda stage, *_: stop(0, stage))
    every = len(asked)
    assert asked.count("rules") > 20
    for number, last in enumerate(range(1, every, every // 10)):
        asked.clear()
        with pytest.raises(Stopped):
            resident.run(
                {"handler.py": f"def other_{number}():\n    pass\n\n\n{TWICE}".encode()}, lambda stage, *_, last=last: stop(last, stage)
            )
    assert found(resident, handler=TWICE) == wanted
    assert found(resident, handler="import os\n" + TWICE) != wanted

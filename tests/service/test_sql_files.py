"""deploy/sql: the migrations as SQL for a dashboard are those of the code, and make the same schema (R11)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.databases import execute, is_sqlite, ledger, new_database, rows, schema
from session_service import migrator

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest, postgres_server: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases of one kind: one for the files, one for the migrator."""
    with new_database(request.param, postgres_server, tmp_path) as one, new_database(request.param, postgres_server, tmp_path) as other:
        yield one, other


def folder(url: str) -> Path:
    return ROOT / "deploy" / "sql" / ("sqlite" if is_sqlite(url) else "postgresql")


def test_r11_the_sql_files_are_what_the_migrations_say() -> None:
    command = [sys.executable, ROOT / "tools" / "generate_sql.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_file_that_is_stale_or_of_no_migration_is_named(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    tool = tmp_path / "tools" / "generate_sql.py"
    tool.write_text((ROOT / "tools" / "generate_sql.py").read_text(encoding="utf-8"), encoding="utf-8")
    assert subprocess.run([sys.executable, tool], check=False).returncode == 0
    changed = tmp_path / "deploy" / "sql" / "sqlite" / "010_initial.sql"
    changed.write_text(changed.read_text(encoding="utf-8").replace("fingerprint TEXT", "fingerprint BLOB"), encoding="utf-8")
    (tmp_path / "deploy" / "sql" / "sqlite" / "099_gone.sql").touch()
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (
        1,
        ["stale:", "deploy/sql/sqlite/010_initial.sql", "stale:", "deploy/sql/sqlite/099_gone.sql"],
    )


def test_r11_executed_one_after_the_other_the_files_make_the_schema_of_the_migrator_and_go_back(urls: tuple[str, str]) -> None:
    by_hand, migrated = urls
    files = sorted(file for file in folder(by_hand).glob("*.sql") if not file.stem.endswith("_down"))
    assert [file.stem.partition("_")[0] for file in files] == list(migrator.revisions())
    for file, revision in zip(files, migrator.revisions(), strict=True):
        execute(by_hand, file.read_text(encoding="utf-8"))
        migrator.upgrade(migrated, revision)
        assert (schema(by_hand), ledger(by_hand)) == (schema(migrated), ledger(migrated))
    assert migrator.state(by_hand).ready
    for file in sorted(folder(by_hand).glob("*_down.sql"), reverse=True):
        execute(by_hand, file.read_text(encoding="utf-8"))
    migrator.downgrade(migrated, "010")
    assert (schema(by_hand), ledger(by_hand)) == (schema(migrated), ledger(migrated))
    assert rows(by_hand, "SELECT count(*) FROM conversation_sessions") == [(0,)]

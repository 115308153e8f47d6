"""Writes deploy/sql: the migrations as SQL, for whoever reaches a database by a dashboard only.

python tools/generate_sql.py           write the files
python tools/generate_sql.py --check   exit with 1 and name the files that are stale
"""

from __future__ import annotations

import argparse
from pathlib import Path

from session_service import migrations, migrator

SQL = Path(__file__).parents[1] / "deploy" / "sql"
DATABASES = {"postgresql": "postgresql://", "sqlite": "sqlite:///session_service.db"}
_WRITTEN_BY = "-- written by tools/generate_sql.py: change the migration, then run it\n"
# PostgreSQL undoes a transaction in which something failed; the shell of SQLite would go on to the COMMIT
_HOW = {
    "postgresql": "-- one transaction, all or nothing: psql -v ON_ERROR_STOP=1 -f FILE, or paste it into a dashboard\n",
    "sqlite": "-- one transaction, all or nothing, if whoever runs it stops at the first error: sqlite3 -bail DATABASE < FILE\n",
}


def scripts() -> dict[Path, str]:
    """Every file with its text: for each database one script for each revision, and one back for each that can be taken back."""
    versions = Path(migrations.__file__).parent / "versions"
    found: dict[Path, str] = {}
    for name, url in DATABASES.items():
        before = None
        for revision in migrator.revisions():
            [stem] = [file.stem for file in versions.glob(f"{revision}_*.py")]
            found[SQL / name / f"{stem}.sql"] = _tidy(name, migrator.script(url, revision, before))
            if before is not None:
                found[SQL / name / f"{stem}_down.sql"] = _tidy(name, migrator.script(url, before, revision))
            before = revision
    return found


def stale() -> list[Path]:
    """The files that are not what the migrations say, and those of migrations that are gone."""
    wanted = scripts()
    changed = {path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    return sorted(changed | (set(SQL.glob("*/*.sql")) - wanted.keys()))


def _tidy(name: str, script: str) -> str:
    lines = (line.rstrip() for line in script.strip().splitlines())
    return f"{_WRITTEN_BY}{_HOW[name]}\n" + "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the files; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a file is stale")
    if parser.parse_args().check:
        old = stale()
        for path in old:
            print(f"stale: {path.relative_to(SQL.parents[1])}")
        return 1 if old else 0
    for path in stale():
        path.unlink(missing_ok=True)
    for path, text in scripts().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

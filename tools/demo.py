"""The closed loop: the incident application runs and makes 3 sessions for one click, is linted, repaired, runs again and makes 1.

The user gets the greeting before, as the user of the account did, and the tasks of the project afterwards.

Then the same for the race that is left in its getter: clicks at the same moment get errors, and after the repair none does.

    python tools/demo.py [--database sqlite|postgres|URL of a PostgreSQL] [--keep DIRECTORY]

Ends with 0 only if it came out so; the copy that is repaired is thrown away unless it is to be kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from fixtures.incident.runtime.application import LAYERS, TASKS, NotRepaired, assemble, environment, repair, repair_race  # noqa: E402
from fixtures.incident.runtime.click import Click, ClickFailed, one_click  # noqa: E402
from fixtures.incident.runtime.databases import NewDatabase, databases  # noqa: E402
from fixtures.incident.runtime.replay import Result, clicks, play  # noqa: E402
from fixtures.incident.runtime.stage import ApplicationStage  # noqa: E402

_CALLS, _SESSIONS = 3, 3  # of one click, in the account
_GREETING = "Hello! Which project?"
_AT_ONCE, _ROUNDS = 8, 5


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Runs the incident application, lints it, repairs it, runs it again.")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a server of its own), or the URL of a PostgreSQL (sqlite)")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="put the copy here and leave it; the directory must not exist")
    options = parser.parse_args()
    if options.keep is not None and options.keep.exists():
        parser.error(f"--keep {options.keep}: it exists; name a directory that does not")
    with tempfile.TemporaryDirectory(prefix="demo-") as name, databases(options.database, Path(name)) as new_database:
        application = assemble(LAYERS["account"], options.keep or Path(name) / "application")
        try:
            problem = _loop(application, new_database, options.database) or _race(Path(name), new_database)
        except (ClickFailed, NotRepaired) as error:
            problem = f"{type(error).__name__}: {error}"
    if problem:
        print(f"\nThe demonstration failed: {problem}", file=sys.stderr)
    elif options.keep is not None:
        print(f"The repaired copy is in {options.keep}.")
    return 1 if problem else 0


def _loop(application: Path, new_database: NewDatabase, kind: str) -> str:
    """What went otherwise than it should; "" when nothing did."""
    _title(f"1. One click on the application as it was, on {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}")
    before = one_click(application, new_database("before"))
    _tell(before)
    if (before.calls, before.sessions, before.answer) != (_CALLS, _SESSIONS, _GREETING):
        return f"the click was to make {_CALLS} calls and {_SESSIONS} sessions, and to be answered with the greeting"
    assemble(["repaired"], application)
    print("\nThe unique index that an upsert needs is declared: migrations/003_one_progress_update.sql.")
    _title("2. session-lint check")
    if _lint(application, "check") != 1:
        return "session-lint was to find something (exit code 1)"
    _title("3. session-lint fix --unsafe-fixes --diff")
    if _lint(application, "fix", "--unsafe-fixes", "--diff") != 1:
        return "session-lint was to have something to repair (exit code 1)"
    _title("4. session-lint fix --unsafe-fixes")
    print(repair(application), end="")
    _title("5. The same click on the repaired application")
    after = one_click(application, new_database("after"))
    _tell(after)
    if (after.calls, after.sessions, after.answer) != (1, 1, "\n".join(TASKS)):
        return "the click was to make 1 call and 1 session, and to be answered with the tasks"
    print(f"\n{before.sessions} sessions for one click before the repair, {after.sessions} after it.")
    return ""


def _race(directory: Path, new_database: NewDatabase) -> str:
    """What went otherwise than it should with the race of the getter; "" when nothing did."""
    before, after = (ApplicationStage(assemble(LAYERS["race"], directory / name), new_database(name)) for name in ("racing", "adopting"))
    _title(
        f"6. {_AT_ONCE} clicks of one user at once, for {_ROUNDS} users, where only the race of the getter is left, behind a unique index"
    )
    (raced,) = play(before, [clicks(_AT_ONCE, _ROUNDS)])
    _told(raced)
    _title("7. session-lint check")
    if _lint(after.application, "check") != 1:
        return "session-lint was to find the race (exit code 1)"
    _title("8. session-lint fix --unsafe-fixes --select ONE203 --diff")
    _lint(after.application, "fix", "--unsafe-fixes", "--select", "ONE203", "--diff")
    print(repair_race(after.application), end="")
    _title("9. The same clicks on the repaired application")
    (adopted,) = play(after, [clicks(_AT_ONCE, _ROUNDS)])
    _told(adopted)
    if not raced.failed or not adopted.clean or adopted.sessions != _ROUNDS:
        return "clicks at once were to fail before the repair of the race, and none after it"
    print(f"\n{raced.failed} errors for {raced.requests} clicks before the repair, {adopted.failed} after it.")
    return ""


def _told(result: Result) -> None:
    print(f"clicks:                         {result.requests}")
    print(f"errors:                         {result.failed}")
    print(f"rows in conversation_sessions:  {result.sessions} for {_ROUNDS} users", flush=True)


def _title(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


def _tell(click: Click) -> None:
    print(f"calls of get_or_create_session: {click.calls}")
    print(f"rows in conversation_sessions:  {click.sessions}")
    print(f"what the user saw:              {click.answer!r}", flush=True)


def _lint(application: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "session_lint", *arguments, "--no-cache"]
    return subprocess.run(command, cwd=application, check=False, env=environment()).returncode


if __name__ == "__main__":
    sys.exit(main())

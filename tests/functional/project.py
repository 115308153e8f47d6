"""A tiny project with one defect, and a way to run the real command on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from functional.forked import forks

GETTER = """\
from supabase import create_client

db = create_client("url", "key")


def get_or_create_session(user_id):
    found = db.table("sessions").select("*").eq("user_id", user_id).execute()
    if found.data:
        return found.data[0]
    row = {"user_id": user_id}
    made = db.table("sessions").upsert(row, on_conflict="user_id").execute()
    return made.data[0]
"""

TWICE = """\
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    print(session["id"])
    again = get_or_create_session(user_id)
    return again
"""

MAYBE = """\
from service import get_or_create_session


def handle(user_id, order):
    session = get_or_create_session(user_id)
    again = get_or_create_session(order.owner or user_id)
    return session, again
"""

ONCE = """\
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    return session["id"]
"""


def write(root: Path, **files: str) -> Path:
    """A project at `root`: `handler=text` is handler.py, and service.py holds the getter."""
    (root / "pyproject.toml").write_text("[tool.session-lint]\n", encoding="utf-8")
    (root / "service.py").write_text(GETTER, encoding="utf-8")
    for name, text in files.items():
        (root / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def lint(cwd: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m session_lint` as a user would, in a process of its own; one that is forked, unless variables are set for Python."""
    forked = None if any(name.startswith("PYTHON") for name in environment) else forks()
    if forked is not None:
        return forked.run(cwd, arguments, stdin, clean_environment() | environment)
    return started(cwd, *arguments, stdin=stdin, **environment)


def started(cwd: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a Python that starts for it."""
    return subprocess.run(
        [sys.executable, "-m", "session_lint", *arguments],
        cwd=cwd,
        env=clean_environment() | environment,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """This process's environment without what changes how output looks."""
    unwanted = {"NO_COLOR", "FORCE_COLOR", "FORCE_HYPERLINK", "SESSION_LINT_DEBUG"}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONIOENCODING": "utf-8"}

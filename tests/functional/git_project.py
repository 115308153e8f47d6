"""A git repository with a project in it, for tests that run the real `git` and what hooks into it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from functional.project import clean_environment, write

SHOW = """\
from service import get_or_create_session


def show(user_id):
    return get_or_create_session(user_id)["id"]
"""
HANDLE_ONCE = """\
from lower import show


def handle(user_id):
    return show(user_id)
"""
HANDLE_TWICE = """\
from lower import show
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    print(session["id"])
    return show(user_id)
"""


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree. `variables` are set for everything that runs in it."""

    root: Path
    variables: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in the work tree; standard error is in its standard output."""
        return subprocess.run(
            command,
            cwd=self.root,
            env=environment(self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=240,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        """A git command that must succeed."""
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def write(self, **files: str) -> None:
        """`handler=text` is handler.py."""
        for name, text in files.items():
            (self.root / f"{name}.py").write_text(text, encoding="utf-8")

    def add(self, **files: str) -> None:
        """Written, and all of the work tree staged."""
        self.write(**files)
        self.git("add", "--all")

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """`git commit` of all of the work tree, which a hook may refuse."""
        self.add(**files)
        return self.run("git", "commit", "--message", "change")

    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def text(self, name: str) -> str:
        """The text of name.py in the work tree."""
        return (self.root / f"{name}.py").read_text(encoding="utf-8")


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Without the user's git settings, and without what a git hook or a test run around us has set."""
    kept = {
        name: value
        for name, value in clean_environment().items()
        if not name.startswith(("GIT_", "PRE_COMMIT", "PYTHONPATH", "TRAVIS")) and name != "SKIP"
    }
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "T"), ("EMAIL", "t@example.org"))}
    return kept | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | variables


def repository(root: Path, variables: dict[str, str] | None = None, **files: str) -> Repository:
    """A new repository at `root`: service.py with the getter, lower.py that fetches once, and the files. One commit."""
    root.mkdir(parents=True, exist_ok=True)
    found = Repository(root, variables or {})
    found.git("init", "--quiet", "--initial-branch", "main")
    write(root, **{"lower": SHOW, "upper": HANDLE_ONCE, **files})
    assert found.commit().returncode == 0
    return found

"""`check --watch`: a real process that is left running while files change."""

from __future__ import annotations

import importlib.util
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, clean_environment, lint, write

WAIT = 60.0
LAST = "Watching"


class Watching:
    """A watching process and the lines it prints, both streams together."""

    def __init__(self, cwd: Path, *arguments: str, blocked: str = "") -> None:
        code = f"import sys; sys.modules[{blocked!r}] = None; from session_lint.cli import main; main()" if blocked else ""
        start = ["-c", code] if blocked else ["-m", "session_lint"]
        self.process = subprocess.Popen(
            [sys.executable, *start, "check", "--watch", "--output-format", "concise", *arguments],
            cwd=cwd,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, start: str) -> None:
        """Reads on to a line that starts so. A file that is being written may be seen half done: then there is one run more."""
        while not self._lines.get(timeout=WAIT).startswith(start):
            pass

    def rest(self) -> str:
        """All that is left to read, after the end."""
        self._reader.join(WAIT)
        return "\n".join(self._lines.get() for _ in range(self._lines.qsize()))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))


@pytest.fixture(params=["", "watchfiles"], ids=["told", "looking"])
def watching(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watching]:
    if not request.param and importlib.util.find_spec("watchfiles") is None:
        pytest.skip("watchfiles is not installed")
    write(tmp_path, handler=ONCE)
    started = Watching(tmp_path, blocked=request.param)
    yield started
    started.process.kill()
    started.process.wait(WAIT)
    assert started.process.stdout is not None
    started.process.stdout.close()


def test_runs_again_when_files_or_settings_change(watching: Watching, tmp_path: Path) -> None:
    watching.until("All checks passed!")
    (tmp_path / "handler.py").write_text(TWICE, encoding="utf-8")
    watching.until("handler.py:7:13: ONE101")
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\nselekt = []\n", encoding="utf-8")
    watching.until('error: pyproject.toml:2: [tool.session-lint] unknown key "selekt"')
    (tmp_path / "pyproject.toml").write_text('[tool.session-lint]\nignore = ["ONE101"]\n', encoding="utf-8")
    watching.until("All checks passed!")
    (tmp_path / "added.py").write_text("def f(:\n", encoding="utf-8")
    watching.until("warning: added.py:1")
    (tmp_path / "added.py").unlink()
    watching.until("All checks passed!")
    watching.until(LAST)
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(WAIT) == 130
    assert watching.rest().strip() == ""  # no traceback


def test_the_screen_is_cleared_in_a_terminal_only(tmp_path: Path) -> None:
    write(tmp_path, handler=ONCE)
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "session_lint", "check", "--watch"]
    process = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stdout=follower, stderr=subprocess.PIPE, text=True)
    os.close(follower)
    assert process.stderr is not None
    assert process.stderr.readline().startswith(LAST)
    printed = os.read(leader, 65_536).decode()
    assert printed.startswith("\x1b[2J")
    assert "All checks passed!" in printed
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT) == 130
    assert process.stderr.read().strip() == ""
    process.stderr.close()
    os.close(leader)


def test_what_cannot_be_combined(tmp_path: Path) -> None:
    write(tmp_path)
    assert "standard input" in lint(tmp_path, "check", "--watch", "-").stderr
    assert "cannot be combined" in lint(tmp_path, "check", "--watch", "--add-noqa").stderr

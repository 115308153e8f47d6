"""Runs of the command line in processes of their own that need not start Python and import the tool anew: each is forked.

One process for each worker of the tests imports the tool, runs nothing itself, and forks for every run. What only a start of Python shows,
what is imported when, what `PYTHON...` variables do, is for real processes.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_WORK, _LONGEST = 120, 1200  # seconds of a run: of processor time, which a loaded machine does not use up, and until nothing more will come
_APART = (
    "session_lint.__main__",
    "session_lint.editor",
    "session_lint.flake8_plugin",
)  # nothing that `python -m session_lint check` imports


class Forks:
    """The process that forks, and how to ask it."""

    def __init__(self) -> None:
        there, back = os.pipe(), os.pipe()
        command = [sys.executable, __file__, str(there[0]), str(back[1])]
        environment = os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(command, pass_fds=(there[0], back[1]), env=environment, stdin=subprocess.DEVNULL)
        os.close(there[0])
        os.close(back[1])
        self._ask, self._answer = os.fdopen(there[1], "w", encoding="utf-8"), os.fdopen(back[0], encoding="utf-8")
        self._lock = threading.Lock()
        atexit.register(self.end)

    def run(
        self, cwd: Path, arguments: Sequence[str], stdin: str, environment: dict[str, str], module: str = "session_lint"
    ) -> subprocess.CompletedProcess[str]:
        """One run of `python -m session_lint`, or of another module that is a command."""
        mask = os.umask(0)
        os.umask(mask)
        with tempfile.TemporaryDirectory() as folder:
            streams = [str(Path(folder) / name) for name in ("in", "out", "err")]
            Path(streams[0]).write_text(stdin, encoding="utf-8")
            asked = {"cwd": str(cwd), "environment": environment, "streams": streams, "mask": mask}
            asked |= {"module": module, "arguments": [*arguments]}
            with self._lock:
                self._ask.write(json.dumps(asked) + "\n")
                self._ask.flush()
                code = int(self._answer.readline())
            out, err = (Path(stream).read_text(encoding="utf-8") for stream in streams[1:])
        if code in (-signal.SIGPROF, -signal.SIGALRM):
            raise subprocess.TimeoutExpired([*arguments], _LONGEST, out, err)
        return subprocess.CompletedProcess([module, *arguments], code, out, err)

    def end(self) -> None:
        self._ask.close()
        self._process.wait(timeout=60)
        self._answer.close()


@cache
def forks() -> Forks | None:
    """The one of this process; None where processes cannot be forked."""
    return Forks() if hasattr(os, "fork") else None


def _serve(ask: int, answer: int) -> None:
    for module in pkgutil.walk_packages(importlib.import_module("session_lint").__path__, "session_lint."):
        if not module.name.startswith(_APART):
            importlib.import_module(module.name)
    with os.fdopen(ask, encoding="utf-8") as asked, os.fdopen(answer, "w", encoding="utf-8") as answers:
        while line := asked.readline():
            child = os.fork()
            if child == 0:
                os.close(asked.fileno())
                os.close(answers.fileno())
                _run(**json.loads(line))
            answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
            answers.flush()


def _run(cwd: str, arguments: list[str], environment: dict[str, str], streams: list[str], mask: int, module: str) -> None:
    """In the process of one run: as `python -m session_lint` begins."""
    signal.setitimer(signal.ITIMER_PROF, _WORK)
    signal.alarm(_LONGEST)
    os.umask(mask)
    for number, path in enumerate(streams):
        stream = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = cwd
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001 - as Python ends with it
        traceback.print_exc()
        code = 1
    else:
        code = 99  # a command line ends its process itself
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))

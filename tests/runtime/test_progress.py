"""The bar on long runs: when it is drawn, what it says, and that a run tells it the truth."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from functional.project import TWICE, clean_environment, write
from session_lint import api
from session_lint.runtime.progress import Bar

SHOWN = "from session_lint.runtime import progress\nwith progress.shown(quiet={quiet}) as bar: print(bar is not None)"


def test_nothing_is_drawn_in_the_first_second_and_all_is_taken_away() -> None:
    now = [0.0]
    stream = io.StringIO()
    bar = Bar(stream, lambda: now[0])
    now[0] = 0.9
    bar("index", 1, 4)
    bar.close()
    assert stream.getvalue() == ""
    now[0] = 1.1
    bar("facts", 1, 4)
    assert stream.getvalue() == "\r\x1b[2Kanalysing [#####...............] 1/4 files"
    bar.close()
    assert stream.getvalue().endswith("\r\x1b[2K")


def test_a_run_tells_each_stage_to_its_end_and_finds_the_same(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE, other=TWICE)
    told: list[tuple[str, int, int]] = []
    options = api.RunOptions(jobs=1, use_cache=False, progress=lambda *state: told.append(state))
    report = api.check_paths([tmp_path], options=options)
    assert told == [("index", 1, 3), ("index", 2, 3), ("index", 3, 3), ("facts", 1, 3), ("facts", 2, 3), ("facts", 3, 3)]
    assert report == api.check_paths([tmp_path], options=api.RunOptions(jobs=1, use_cache=False))


def _wanted(*, terminal: bool, quiet: bool = False, **environment: str) -> bool:
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", SHOWN.format(quiet=quiet)],
        env={key: value for key, value in clean_environment().items() if key != "CI"} | {"TERM": "xterm"} | environment,
        stdout=subprocess.PIPE,
        stderr=follower if terminal else subprocess.DEVNULL,
        text=True,
        check=True,
    )
    os.close(follower)
    os.close(leader)
    return done.stdout == "True\n"


def test_only_a_terminal_that_can_take_it_gets_a_bar() -> None:
    assert _wanted(terminal=True)
    assert not _wanted(terminal=False)
    assert not _wanted(terminal=True, quiet=True)
    assert not _wanted(terminal=True, CI="true")
    assert not _wanted(terminal=True, TERM="dumb")

"""Whatever stops a write of several files, at whatever point: afterwards all of them have changed, or none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from functional.project import lint
from properties import killing
from properties.killing import AFTER, CHANGES, FILES, found, prepare, stopped_at
from session_lint.errors import SessionLintError
from session_lint.runtime import all_or_none

MOST = 400  # more calls than a write of these files makes
WAYS: dict[str, Callable[[], BaseException]] = {
    "full disk": lambda: OSError(28, "No space left on device"),
    "interrupt": KeyboardInterrupt,
}


def calls(root: Path) -> list[str]:
    """The names of the calls of a whole write."""
    with stopped_at(0, lambda _: None) as seen:
        all_or_none.write(prepare(root), CHANGES)
    assert found(root) == AFTER
    return seen


def test_every_sort_of_call_is_there(tmp_path: Path) -> None:
    seen = calls(tmp_path)
    assert {"open", "write", "fsync", "fchmod", "link", "replace", "unlink", "close"} <= set(seen)
    assert seen.count("replace") == len(FILES)
    assert len(seen) < MOST


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("way", WAYS)
def test_an_exception_at_every_point(tmp_path: Path, way: str, after: bool) -> None:
    (tmp_path / "whole").mkdir()
    for number in range(1, len(calls(tmp_path / "whole")) + 1):
        root = tmp_path / str(number)
        root.mkdir()
        prepare(root)

        def stop(_: str) -> None:
            raise WAYS[way]()

        raised: BaseException | None = None
        try:
            with stopped_at(number, stop, after=after) as seen:
                all_or_none.write(root, CHANGES)
        except (SessionLintError, KeyboardInterrupt) as error:
            raised = error
        point = f"{number}: {seen[number - 1]}"
        recovered = all_or_none.recover(root)  # what the next run does first
        files = found(root)
        assert files in (FILES, AFTER), point
        assert all((root / path).stat().st_mode & 0o777 == 0o640 for path in FILES), point
        if isinstance(raised, SessionLintError):
            assert files == FILES, point
        if raised is None:
            assert files == AFTER, point
        if way == "full disk":
            assert not recovered or seen[number - 1] in ("unlink", "replace", "close", "open"), f"{point} should have been undone at once"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_every_point(tmp_path: Path, when: str) -> None:
    (tmp_path / "whole").mkdir()
    total = len(calls(tmp_path / "whole"))
    points = [(number, prepare(tmp_path / str(number))) for number in range(1, total + 2)]
    codes = _killed(when, points)
    outcomes = set()
    for (number, root), code in zip(points, codes, strict=True):
        assert code == (0 if number > total else killing.KILLED), number
        all_or_none.recover(root)
        files = found(root)
        assert files in (FILES, AFTER), number
        assert all((root / path).stat().st_mode & 0o777 == 0o640 for path in FILES), number
        outcomes.add(files == AFTER)
    assert outcomes == {True, False}


def _killed(when: str, points: Sequence[tuple[int, Path]]) -> list[int]:
    """The exit codes of processes that write in a folder and are killed at a call."""
    command = [sys.executable, killing.__file__, when, *(str(part) for number, root in points for part in (root, number))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return [int(line) for line in done.stdout.split()]


def test_the_next_run_of_check_undoes_what_was_left(tmp_path: Path) -> None:
    """After a kill between two renames, a command that only reads puts the files back."""
    prepare(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\n", encoding="utf-8")
    with stopped_at(0, lambda _: None) as seen:
        (tmp_path / "whole").mkdir()
        all_or_none.write(prepare(tmp_path / "whole"), CHANGES)
    point = seen.index("replace") + 3
    assert _killed("after", [(point, tmp_path)]) == [killing.KILLED]
    assert {path: (tmp_path / path).read_bytes() for path in FILES} not in (FILES, AFTER)

    done = lint(tmp_path, "check", "--no-cache")

    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert {path: (tmp_path / path).read_bytes() for path in FILES} == FILES

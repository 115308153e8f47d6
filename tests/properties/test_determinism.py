"""The report is a function of the files: cold or warm cache, one process or several, two runs at once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from properties.projects import WRITTEN, Files, generated
from properties.runs import as_json, settings_of, write
from session_lint import api
from session_lint.api import RunOptions
from session_lint.runtime import pool

# what one machine-wide pool of threads would make of a fork is no matter of these tests
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
BIG = dict(WRITTEN)["incident before"]
SEVERAL = st.one_of(generated(), st.sampled_from([files for _, files in WRITTEN if len(files) > 2]))


def report(root: Path, cache: Path | None = None, *, jobs: int = 1) -> str:
    """The findings, notices and unresolved calls of the project as text."""
    options = RunOptions(jobs=jobs, use_cache=cache is not None)
    return as_json(api.check_paths([root], settings=settings_of(root, cache), options=options))


@settings(max_examples=15)
@given(SEVERAL, st.data())
def test_a_warm_cache_changes_nothing(files: Files, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root, cache = Path(directory) / "project", Path(directory) / "cache"
        write(files, root)
        cold = report(root, cache)
        assert list(cache.glob("*.sqlite3")), "the cache is really there"
        assert report(root, cache) == cold == report(root)

        # one file becomes another one, and comes back
        changed = data.draw(st.sampled_from(sorted(files)))
        text = files[changed]
        other = data.draw(
            st.sampled_from(
                ["", text + text, "def broken(:\n", "\n\n" + text, text.replace("user_id", "other_id"), text.replace("talk_for", "x")]
            )
        )
        (root / changed).write_text(other, encoding="utf-8")
        assert report(root, cache) == report(root)
        (root / changed).unlink()
        assert report(root, cache) == report(root)
        (root / changed).write_text(text, encoding="utf-8")
        assert report(root, cache) == cold


@settings(max_examples=8)
@given(SEVERAL, st.integers(2, 4))
def test_the_number_of_processes_changes_nothing(files: Files, jobs: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "project"
        write(files, root)
        assert len(pool.balanced(sorted(files), len, jobs)) > 1, "more than one process works"
        alone = report(root)
        assert report(root, jobs=jobs) == alone
        assert report(root, Path(directory) / "cache", jobs=jobs) == alone
        assert report(root, Path(directory) / "cache", jobs=1) == alone


def _command(root: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "session_lint", "check", str(root), "--output-format", "json", "--isolated", *options]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root, env=environment)


def test_two_runs_at_once_on_one_cache_agree(tmp_path: Path) -> None:
    """Real processes, each with its own hash seed; the second round meets a warm cache, after it a changed file."""
    root, cache = tmp_path / "project", tmp_path / "cache"
    write(BIG, root)
    outputs = []
    for text in ("", "", "\n\n"):
        first = root / sorted(BIG)[0]
        first.write_text(text + BIG[sorted(BIG)[0]], encoding="utf-8")
        runs = [_command(root, "--cache-dir", str(cache), "--jobs", jobs) for jobs in ("1", "1", "2")]
        runs.append(_command(root, "--no-cache", "--jobs", "1"))
        results = [(*run.communicate(timeout=120), run.returncode) for run in runs]
        assert [status for _, _, status in results] == [1] * len(runs), results
        assert len({out for out, _, _ in results}) == 1
        outputs.append(results[0][0])
    assert outputs[0] == outputs[1]
    assert '"code": "ONE' in outputs[0]


def test_a_warm_cache_does_not_hide_that_a_directory_cannot_be_read(tmp_path: Path) -> None:
    root, cache = tmp_path / "project", tmp_path / "cache"
    write(BIG, root)
    whole = report(root, cache)
    handle = os.open(root, os.O_RDONLY)
    name = "d" * 200  # the path gets longer than the system takes: unreadable even for the superuser
    for _ in range(25):
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    assert "directory cannot be read" in report(root, cache)
    (root / name).rename(tmp_path / name)
    assert report(root, cache) == whole

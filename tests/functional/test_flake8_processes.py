"""The plugin in the processes of the real flake8: however they are started and however many there are, the findings are the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from functional.flake8_runs import Flake8, install, lines, of_the_command, started_by
from functional.project import TWICE, write

INCIDENT = Path(__file__).parents[1] / "fixtures" / "incident" / "before"
ONE = ("--select", "ONE")


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The application of the incident, and what the command says of it."""
    project = Path(shutil.copytree(INCIDENT, tmp_path_factory.mktemp("incident") / "project"))
    found = of_the_command(project)
    assert len(found) == 6
    (project / "broken.py").write_text("def f(:\n", encoding="utf-8")  # named on standard error by whoever analyses
    return project, found


@pytest.fixture
def flake8(tmp_path: Path) -> Iterator[Flake8]:
    with tempfile.TemporaryDirectory() as temporary:  # a short name: forkserver makes a socket in it
        yield Flake8(install(tmp_path / "installed"), Path(temporary))


@pytest.mark.parametrize(
    ("method", "jobs"), [("fork", 1), ("fork", 2), ("fork", 8), ("spawn", 2), ("spawn", 8), ("forkserver", 2), ("forkserver", 8)]
)
def test_every_start_method_and_number_of_jobs(flake8: Flake8, incident: tuple[Path, list[str]], method: str, jobs: int) -> None:
    project, expected = incident
    done = flake8.run(project, *ONE, "--jobs", str(jobs), main=started_by(method))
    assert lines(done) == expected
    assert done.stderr.count("broken.py:1") == 1, "one process analyses, the others look up"
    assert list(flake8.temporary.iterdir()) == []  # what was handed over is gone


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_runs_at_the_same_time_on_one_cache(flake8: Flake8, tmp_path: Path, method: str) -> None:
    project = Path(shutil.copytree(INCIDENT, tmp_path / "project"))
    runs = [flake8.start(project, *ONE, "--jobs", "2", main=started_by(method)) for _ in range(3)]
    outputs = []
    for run in runs:
        with run:
            outputs.append(run.communicate(timeout=120))
    assert outputs[0][0].count("ONE") == 6
    assert outputs == [outputs[0]] * 3
    assert sorted(path.name for path in (project / ".session_lint_cache").iterdir() if "sqlite3" not in path.name) == [
        ".gitignore",
        "CACHEDIR.TAG",
    ]
    assert list(flake8.temporary.iterdir()) == []


@pytest.fixture
def two_findings(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    return write(project, first=TWICE, second=TWICE)


FOUND = ["first.py:7:13: ONE101", "second.py:7:13: ONE101"]


def codes(output: list[str]) -> list[str]:
    return [line.partition(" [")[0] for line in output]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_cache_that_cannot_be_written(flake8: Flake8, two_findings: Path, method: str) -> None:
    (two_findings / ".session_lint_cache").write_text("", encoding="utf-8")  # a file: no permission is needed to be in the way
    done = flake8.run(two_findings, *ONE, "--jobs", "2", main=started_by(method))
    assert (codes(lines(done)), done.stderr) == (FOUND, "")
    assert (two_findings / ".session_lint_cache").read_bytes() == b""


@pytest.mark.parametrize("option", [[], ["--session-lint-no-cache"]], ids=["cache", "nowhere"])
def test_no_directory_for_temporary_files(flake8: Flake8, two_findings: Path, option: list[str]) -> None:
    """The result goes to the cache; where there is none either, each worker analyses for itself."""
    before = "import tempfile; tempfile.tempdir = '/dev/null'"  # in the parent; its workers look where nothing is
    done = flake8.run(two_findings, *ONE, "--jobs", "2", *option, main=started_by("spawn", before))
    assert (codes(lines(done)), done.stderr) == (FOUND, "")
    assert not list(two_findings.rglob("*.json"))


def test_inside_another_program(flake8: Flake8, two_findings: Path) -> None:
    """A flake8 that is itself started by multiprocessing has a parent, but none that analysed for it."""
    program = two_findings.parent / "program.py"
    program.write_text(
        "import multiprocessing, sys\n"
        "from flake8.main.cli import main\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('spawn').Process(target=main, args=(sys.argv[1:],))\n"
        "    process.start()\n"
        "    process.join()\n",
        encoding="utf-8",
    )
    main = f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')"
    assert codes(lines(flake8.run(two_findings, *ONE, "--jobs", "2", main=main))) == FOUND

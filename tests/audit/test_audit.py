"""`session-lint audit`: many projects in one table, in processes of this machine and on a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, clean_environment, lint, write

TABLE = """\
project    files  ONE101  all
broken         2       0    0
deep/one       2       1    1
plain          2       0    0
wrong     failed       -    -
all            6       1    1
failed: broken: bad.py:2: cannot be parsed: invalid syntax
failed: wrong: pyproject.toml:2: [tool.session-lint] unknown key "selekt"; did you mean "select"?

4 projects, 1 finding; 1 could not be looked at; 1 not whole.
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four projects: one with a finding, one without, one with a file that cannot be read, one with wrong settings; and what is none."""
    shelf = tmp_path_factory.mktemp("shelf")
    for name, text in {"deep/one": TWICE, "plain": ONCE, "broken": "", "wrong": TWICE}.items():
        (shelf / name).mkdir(parents=True)
        write(shelf / name, **{"bad" if name == "broken" else "handler": text or "from service import get_or_create_session\ndef f(:\n"})
    (shelf / "wrong" / "pyproject.toml").write_text("[tool.session-lint]\nselekt = []\n", encoding="utf-8")
    (shelf / "notes").mkdir()
    (shelf / "notes" / "handler.py").write_text(TWICE, encoding="utf-8")  # no project: nothing says so
    return shelf


@pytest.fixture(scope="module")
def first(shelf: Path) -> subprocess.CompletedProcess[str]:
    """One audit as JSON."""
    return lint(shelf, "audit", ".", "--output-format", "json", "--no-cache")


def test_one_table(shelf: Path) -> None:
    done = lint(shelf, "audit", ".", "--jobs", "2", "--no-cache")
    assert (done.returncode, done.stderr, done.stdout) == (2, "", TABLE)


def test_the_record(shelf: Path, first: subprocess.CompletedProcess[str]) -> None:
    data = json.loads(first.stdout)
    one = next(project for project in data["projects"] if project["name"] == "deep/one")
    (found,) = one["findings"]
    assert (data["version"], data["total"], one["rules"], one["change"]) == (1, {"ONE101": 1}, {"ONE101": 1}, None)
    assert (found["code"], found["path"], found["row"], found["confidence"]) == ("ONE101", "handler.py", 7, "certain")


def test_what_has_changed_since(shelf: Path, first: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    last = tmp_path / "last.json"
    data = json.loads(first.stdout)
    plain = next(project for project in data["projects"] if project["name"] == "plain")
    one = next(project for project in data["projects"] if project["name"] == "deep/one")
    # as if the finding of one project had been in another one
    plain["findings"], one["findings"] = one["findings"], []
    data["projects"].append(plain | {"name": "left", "findings": []})
    last.write_text(json.dumps(data), encoding="utf-8")
    listed = tmp_path / "list.txt"
    listed.write_text(f"# the two that matter\n{shelf / 'plain'}  # without a finding\n\n{shelf / 'deep' / 'one'}\n", encoding="utf-8")
    assert lint(shelf, "audit", str(listed), "--no-cache", "--exit-zero").returncode == 0

    done = lint(shelf, "audit", ".", "--since", str(last), "--no-cache")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    assert (rows["project"][-1], rows["plain"][-2:], rows["deep/one"][-2:]) == ("change", ["+0", "-1"], ["+1", "-0"])
    assert (rows["all"][-2:], rows["wrong"][-1], rows["gone:"][0]) == (["+1", "-1"], "?", "left:")


def test_a_page(shelf: Path, first: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    (tmp_path / "last.json").write_text(first.stdout.replace('"ONE101"', '"ONE102"'), encoding="utf-8")
    target = tmp_path / "audit.html"
    done = lint(shelf, "audit", ".", "--since", str(tmp_path / "last.json"), "--output-format", "html", "-o", str(target), "--no-cache")
    page = target.read_text(encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert "<td>deep/one</td><td>2</td><td>1</td><td>1</td><td>+0 -0</td>" in page
    assert "handler.py:7</code> <b>ONE101</b> `get_or_create_session(user_id)` obtains" in page
    assert "unknown key &quot;selekt&quot;" in page


def test_a_list_names_folders_that_are_not_there(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{shelf / 'plain'}\nnowhere\n", encoding="utf-8")
    done = lint(tmp_path, "audit", "list.txt", "--no-cache")
    assert done.returncode == 2
    assert "failed: nowhere: no such directory\n" in done.stdout
    assert "2 projects, 0 findings; 1 could not be looked at." in done.stdout


def test_a_project_that_takes_too_long_or_crashes(shelf: Path, tmp_path: Path) -> None:
    slow = lint(shelf, "audit", "plain", "--timeout", "0.001", "--no-cache")
    assert (slow.returncode, "was not done after 0.001 seconds" in slow.stdout) == (2, True)
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif sys.argv[0] == '-c':\n    os.write(2, b'out of memory'); os.kill(os.getpid(), 9)\n", encoding="utf-8"
    )
    crashed = lint(shelf, "audit", "plain", "--no-cache", PYTHONPATH=_path(tmp_path))
    assert "failed: plain: its process ended with signal 9: out of memory" in crashed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["nowhere"], "nowhere: no such directory, and no list of directories"),
        (["notes"], "notes: names no project: no folder in it has a pyproject.toml"),
        (["plain/service.py", "--since", "nowhere.json"], "nowhere.json: there is no such record"),
        (["plain", "--since", "plain/pyproject.toml"], "is no record of an audit"),
        (["plain", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "--jobs is about this machine"),
    ],
)
def test_what_cannot_be(shelf: Path, arguments: list[str], message: str) -> None:
    done = lint(shelf, "audit", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


WAITS = """
import os, pathlib, sys, time
if sys.argv[0] == "-c" and len(sys.argv) == 4:
    here = pathlib.Path(__file__).parent
    (here / f"begun-{os.getpid()}-{os.getppid()}").touch()
    end = time.monotonic() + 60
    while not (here / "go").exists() and time.monotonic() < end:
        time.sleep(0.02)
"""


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a cluster on this machine, whose projects wait until there is a file `go`."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    (tmp_path / "sitecustomize.py").write_text(WAITS, encoding="utf-8")
    code = (
        "import sys, distributed\n"
        "if __name__ == '__main__':\n"
        "    options = dict(n_workers=2, threads_per_worker=1, dashboard_address=None, host='127.0.0.1')\n"
        "    with distributed.LocalCluster(**options) as cluster:\n"
        "        print(cluster.scheduler_address, flush=True)\n"
        "        sys.stdin.read()\n"
    )
    (tmp_path / "cluster.py").write_text(code, encoding="utf-8")
    del distributed
    process = subprocess.Popen(
        [sys.executable, tmp_path / "cluster.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=clean_environment() | {"PYTHONPATH": _path(tmp_path)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


def test_a_worker_of_the_cluster_is_killed(shelf: Path, scheduler: str, tmp_path: Path) -> None:
    """While it looks at a project: another one does it again, and the table is that of this machine alone."""
    command = [sys.executable, "-m", "session_lint", "audit", ".", "--scheduler", scheduler, "--output-format", "json", "--no-cache"]
    with subprocess.Popen(
        command, cwd=shelf, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        worker = _begun(tmp_path)
        os.kill(worker, signal.SIGKILL)
        (tmp_path / "go").touch()
        out, said = running.communicate(timeout=120)
    here = lint(shelf, "audit", ".", "--output-format", "json", "--no-cache")
    assert (running.returncode, out) == (2, here.stdout), said
    assert len(list(tmp_path.glob("begun-*"))) > 4  # one of the four was begun twice


def _begun(folder: Path) -> int:
    """The worker that has begun with a project, once two have."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        begun = sorted(folder.glob("begun-*"))
        if len(begun) > 1:
            return int(begun[0].name.rpartition("-")[2])
        time.sleep(0.05)
    raise TimeoutError("no project was begun")


def _path(folder: Path) -> str:
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])

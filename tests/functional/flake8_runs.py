"""Runs the real flake8 with the plugin as pyproject.toml declares it, whether or not this version of it is what is installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import session_lint
from functional.project import clean_environment, lint

SOURCE = Path(session_lint.__file__).parents[1]
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
MAIN = "import sys; from flake8.main.cli import main; raise SystemExit(main(sys.argv[1:]))"


def install(place: Path) -> Path:
    """The metadata of an installed session-lint, with the entry points of pyproject.toml. flake8 takes the first it finds."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    metadata = place / f"session_lint-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: session-lint\nVersion: {project['version']}\n", encoding="utf-8")
    points = project["entry-points"]["flake8.extension"]
    lines = ["[flake8.extension]", *(f"{name} = {target}" for name, target in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


class Flake8:
    """flake8 in a directory. `main` is what a Python process runs in place of the command."""

    def __init__(self, installed: Path, temporary: Path) -> None:
        self.temporary = temporary
        self._environment = clean_environment() | {"PYTHONPATH": f"{installed}:{SOURCE}", "TMPDIR": str(temporary)}

    def start(self, cwd: Path, *arguments: str, main: str = MAIN, encoding: str = "utf-8") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", main, *arguments],
            cwd=cwd,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding=encoding,
        )

    def run(
        self, cwd: Path, *arguments: str, main: str = MAIN, stdin: str = "", encoding: str = "utf-8"
    ) -> subprocess.CompletedProcess[str]:
        with self.start(cwd, *arguments, main=main, encoding=encoding) as process:
            out, err = process.communicate(stdin, timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def places(self, cwd: Path, *arguments: str, stdin: str = "") -> list[str]:
        """`file:row:code` of the findings of the plugin; nothing else may have been said."""
        done = self.run(cwd, *arguments, stdin=stdin)
        assert done.stderr == "", done.stderr
        assert done.returncode == bool(done.stdout), done.stdout
        return places(done.stdout)


def started_by(method: str, also: str = "pass") -> str:
    """A main program whose workers are started by this method."""
    return f"import multiprocessing; multiprocessing.set_start_method({method!r}); {also}; {MAIN}"


def places(output: str) -> list[str]:
    found = []
    for line in output.splitlines():
        path, row, _, rest = line.split(":", 3)
        found.append(f"{path.removeprefix('./')}:{row}:{rest.split()[0]}")
    return found


def of_the_command(cwd: Path, *arguments: str, stdin: str = "") -> list[str]:
    """What `session-lint check` prints, line for line."""
    done = lint(cwd, "check", "--output-format", "concise", "--quiet", *arguments, stdin=stdin)
    assert done.returncode < 2, done.stderr
    return sorted(done.stdout.splitlines())


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return sorted(line.removeprefix("./") for line in done.stdout.splitlines())

"""Runs the core of the linter's tests on every Python and every flake8 that is supported, as far as this machine has or can get them.

python tools/matrix.py               all of them
python tools/matrix.py 3.12 3.13     these Pythons, with the newest flake8

An interpreter is one on PATH, one of pyenv, or one that uv can bring; one that cannot be had is named and
left out. Exit code 1: tests failed somewhere, or one could not be had although `--all` asks for all.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
FLAKES = ("flake8>=6,<7", "flake8>=7,<8")
_UV = (sys.executable, "-m", "uv", "--quiet")
_CORE = (  # what reaches into most of the linter
    "tests/rules/test_examples.py",
    "tests/settings",
    "tests/project",
    "tests/functional/test_flake8.py",
    "tests/functional/test_fix.py",
)
_OF_FLAKE8 = ("tests/functional/test_flake8.py", "tests/functional/test_flake8_processes.py")
_NEEDED = ("pytest", "hypothesis", "pyyaml", "jsonschema")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when all that could be tried passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help=f"of {', '.join(PYTHONS)}")
    parser.add_argument("--all", action="store_true", help="fail when one of them cannot be had")
    options = parser.parse_args(arguments)
    chosen = options.pythons or list(PYTHONS)
    cells = [(python, FLAKES[-1], _CORE) for python in chosen]
    cells += [] if options.pythons else [("3.11", FLAKES[0], _OF_FLAKE8)]
    outcome = {f"Python {python}, {flake8}": tried(python, flake8, tests) for python, flake8, tests in cells}
    for cell, said in outcome.items():
        print(f"{cell}: {said}")
    missing = options.all and "not to be had" in outcome.values()
    return int(missing or any(said.startswith("failed") for said in outcome.values()))


def found(python: str) -> str:
    """The interpreter of a version: the newest that pyenv has installed, whether it is the chosen one there or not; else what uv finds."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    installed = sorted(versions.glob(f"{python}.*/bin/python"), key=lambda one: [int(part) for part in re.findall(r"\d+", one.parts[-3])])
    return str(installed[-1]) if installed else python


def tried(python: str, flake8: str, tests: tuple[str, ...]) -> str:
    """What came of the tests in an environment of their own: "passed", "failed: ...", or "not to be had"."""
    with tempfile.TemporaryDirectory(prefix="session-lint-matrix-") as place:
        interpreter = str(Path(place, "bin", "python"))
        if subprocess.run([*_UV, "venv", "--clear", "--python", found(python), place], check=False, capture_output=True).returncode:
            return "not to be had"
        install = (*_UV, "pip", "install", "--python", interpreter, str(ROOT), flake8, *_NEEDED)
        run = (interpreter, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
        for command in (install, run):
            done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                return f"failed: {' '.join(command)}\n{done.stdout[-4000:]}"
        return f"passed ({done.stdout.strip().splitlines()[-1]})"


if __name__ == "__main__":
    sys.exit(main())

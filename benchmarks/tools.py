"""The linters that are compared, and how each is started. A tool that is not installed is left out, and named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from measuring import Variant

REPOSITORY = Path(__file__).resolve().parent.parent
OTHERS = ("ruff", "flake8", "fixit")
COLD, COLD_CACHE, WARM = "session-lint, no cache", "session-lint, empty cache", "session-lint, warm cache"
RUFF, FLAKE8, FIXIT = "ruff check --no-cache", "flake8 -j", "fixit lint"


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the tools are. `jobs` is how many processes each may use."""

    folder: Path | None
    jobs: int

    def path(self, name: str) -> str | None:
        """The tool's command: from the folder if one was given, else next to this Python, else on PATH."""
        places = [str(self.folder)] if self.folder else [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        return next((found for place in places if (found := shutil.which(name, path=place))), None)

    def ours(self, cache: Path, *extra: str) -> list[Variant]:
        """session-lint without a cache, into an empty one, and from a filled one. Exit 2 is a file that nothing parses."""
        program = self.path("session-lint")
        if program is None:
            raise SystemExit("session-lint is not installed here; run `pip install .` or give --tool-venv")
        check = (program, "check", "--quiet", "--jobs", str(self.jobs), *extra)
        return [
            Variant(COLD, (*check, "--no-cache", "."), (0, 1, 2)),
            Variant(COLD_CACHE, (*check, "--cache-dir", str(cache / "cold"), "."), (0, 1, 2), clears=cache / "cold"),
            Variant(WARM, (*check, "--cache-dir", str(cache / "warm"), "."), (0, 1, 2)),
        ]

    def others(self, wanted: tuple[str, ...]) -> list[Variant]:
        """The wanted competitors that are installed, each with its own defaults and no settings of the tree."""
        ruff, flake8, fixit = (self.path(name) if name in wanted else None for name in OTHERS)
        found = []
        if ruff:
            found.append(Variant(RUFF, (ruff, "check", "--no-cache", "--isolated", "--quiet", ".")))
        if flake8:
            found.append(Variant(f"{FLAKE8} {self.jobs}", (flake8, "--isolated", "-j", str(self.jobs), ".")))
        if fixit:
            found.append(Variant(FIXIT, (fixit, "--quiet", "lint", "."), (0, 1, 2, 3)))  # 1 findings, 2 files it cannot parse
        return found

    def versions(self, wanted: tuple[str, ...]) -> dict[str, str]:
        """The first line of each tool's --version; "not installed" for one that is missing."""
        found = {}
        for name in ("session-lint", *wanted):
            path = self.path(name)
            done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False) if path else None
            said = done.stdout.strip() if done is not None else ""
            found[name] = said.splitlines()[0] if said else "not installed"
        return found


def install(directory: Path) -> Path:
    """The folder of commands of a virtual environment with this project and its competitors, made when it is missing."""
    commands = directory / ("Scripts" if sys.platform == "win32" else "bin")
    if not (commands / "session-lint").exists():
        venv.create(directory, with_pip=True)
        command = [str(commands / "python"), "-m", "pip", "install", "--quiet", f"{REPOSITORY}[bench]"]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return commands

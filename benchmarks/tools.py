"""The linters that are compared, and how each is started. A tool that is not installed is left out, and named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import Variant
from refused import RefusedError

REPOSITORY = Path(__file__).resolve().parent.parent
OTHERS = ("ruff", "flake8", "fixit")
COLD, COLD_CACHE, WARM = "session-lint, no cache", "session-lint, empty cache", "session-lint, warm cache"
EDITED, APART = "session-lint, a file with findings edited", "session-lint, a file edited that nothing imports"
NEW_FILE = "apart_from_all_others.py"  # made for the run
RUFF, FLAKE8, FIXIT = "ruff check --no-cache", "flake8 -j", "fixit lint"
LABELS = {"ruff": RUFF, "flake8": FLAKE8, "fixit": FIXIT}
_VERSION = re.compile(r"\d+(?:\.\d+)+\S*")


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the tools are. `jobs` is how many processes each may use."""

    folder: Path | None
    jobs: int

    def path(self, name: str) -> str | None:
        """The tool's command: from the folder if one was given, else next to this Python, else on PATH."""
        places = [str(self.folder)] if self.folder else [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        return next((found for place in places if (found := shutil.which(name, path=place))), None)

    def require(self, names: tuple[str, ...]) -> None:
        """Raises RefusedError for a tool that is not installed."""
        missing = [name for name in names if self.path(name) is None]
        if missing:
            what = "is not installed" if len(missing) == 1 else "are not installed"
            raise RefusedError(
                f"{', '.join(missing)} {what} here: run `pip install '.[bench]'`, or let --tool-venv DIR make an environment"
            )

    def ours(self, cache: Path) -> list[Variant]:
        """session-lint without a cache, into an empty one, and from the one that this filled. Exit 2 is a file that nothing parses."""
        check = (self.path("session-lint") or "session-lint", "check", "--quiet", "--jobs", str(self.jobs))
        return [
            Variant(COLD, (*check, "--no-cache", "."), (0, 1, 2)),
            Variant(COLD_CACHE, (*check, "--cache-dir", str(cache), "."), (0, 1, 2), clears=cache),
            Variant(WARM, (*check, "--cache-dir", str(cache), "."), (0, 1, 2), needs=COLD_CACHE),
        ]

    def edited(self, cache: Path, tree: Path, files: list[Path], timeout: float) -> list[Variant]:
        """session-lint from the cache that a run filled before an edit that brings a new name: to the file of the first finding, or one in
        the middle where there is none, and to one that hangs together with nothing."""
        (tree / NEW_FILE).write_text("import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n", encoding="utf-8")
        _, _, warm = self.ours(cache)
        command = [warm.command[0], "check", "--quiet", "--exit-zero", "--no-cache", "--output-format", "concise", "."]
        try:
            done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=timeout, check=False)
            said = done.stdout.partition(":")[0]
        except subprocess.TimeoutExpired:
            said = ""
        chosen = said if said.endswith(".py") else str(files[len(files) // 2].relative_to(tree))
        return [replace(warm, label=EDITED, edits=chosen), replace(warm, label=APART, edits=NEW_FILE)]

    def others(self, wanted: tuple[str, ...]) -> list[Variant]:
        """The wanted competitors that are installed, each with its own defaults and no settings of the tree."""
        ruff, flake8, fixit = (self.path(name) if name in wanted else None for name in OTHERS)
        found = []
        if ruff:
            found.append(Variant(RUFF, (ruff, "check", "--no-cache", "--isolated", "--quiet", ".")))
        if flake8:
            # our plugin is installed beside it; where none of its codes can be shown it does nothing
            found.append(Variant(f"{FLAKE8} {self.jobs}", (flake8, "--isolated", "--extend-ignore=ONE", "-j", str(self.jobs), ".")))
        if fixit:
            found.append(Variant(FIXIT, (fixit, "--quiet", "lint", "."), (0, 1, 2, 3)))  # 1 findings, 2 files it cannot parse
        return found

    def versions(self, wanted: tuple[str, ...]) -> dict[str, str]:
        """Each tool's version, as it says it; "not installed" for one that is missing."""
        found = {}
        for name in ("session-lint", *wanted):
            path = self.path(name)
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout if path else ""
            version = _VERSION.search(said)
            found[name] = version.group() if version else "not installed"
        found["session-lint"] += _commit() if self.folder else ""
        return found


def _commit() -> str:
    """Which commit of this repository was installed; empty outside of one."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return f" at {done.stdout.strip()}" if done.returncode == 0 and done.stdout.strip() else ""


def install(directory: Path) -> Path:
    """The folder of commands of a virtual environment with this project, as it is now, and its competitors. Raises RefusedError."""
    commands = directory / ("Scripts" if sys.platform == "win32" else "bin")
    if directory.exists() and not (directory / "pyvenv.cfg").is_file() and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedError(f"--tool-venv {directory} is not a virtual environment: name a new directory, or one that this script made")
    print("installing the tools", file=sys.stderr, flush=True)
    try:
        if not directory.exists() or not any(directory.iterdir()):
            venv.create(directory, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RefusedError(f"--tool-venv {directory}: no virtual environment could be made there: {error}") from None
    # always, even when all is there: pip then renews this project, so that no old copy of it is measured
    command = [str(commands / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{REPOSITORY}[bench]"]
    code = subprocess.run(command, check=False, stdout=sys.stderr).returncode
    if code:
        raise RefusedError(f"--tool-venv {directory}: pip ended with exit code {code}, see above; remove the directory and try again")
    return commands

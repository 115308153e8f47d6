"""Installs the programs that some tests want and pip has not, where they are missing and can be installed: on Debian, with apt-get.

Chromium for the HTML report, zsh and fish for completion (as root), and promtool for the alerts (unpacked into the virtual environment,
so that no Prometheus is started). `--if-possible` makes it no error when it cannot: those tests are then skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import chromium
import promtool

APT = ("apt-get", "-qq", "-o", "Acquire::Retries=2")


@dataclass(frozen=True, slots=True)
class Program:
    """`there` says whether it is installed, or told to be done without; `packages` are Debian's; `unpacked_to`: where the first of them
    is unpacked in place of being installed, for which nobody needs to be root."""

    name: str
    wanted_by: str
    there: Callable[[], bool]
    packages: tuple[str, ...]
    unpacked_to: Path | None = None


def _is_on_path(name: str) -> bool:
    return shutil.which(name) is not None


PROGRAMS = (
    Program(
        "chromium",
        "the tests of the HTML report (CHROMIUM=none: do without)",
        lambda: bool(os.environ.get("CHROMIUM")) or chromium.find() is not None,
        ("chromium", "fonts-dejavu-core"),
    ),
    *(Program(shell, "the tests of completion", partial(_is_on_path, shell), (shell,)) for shell in ("zsh", "fish")),
    Program(
        "promtool",
        "the tests of the alerts (PROMTOOL=none: do without)",
        lambda: bool(os.environ.get("PROMTOOL")) or promtool.find() is not None,
        ("prometheus",),
        promtool.FOLDER,
    ),
)


class MissingError(Exception):
    """A program could not be installed."""


def main() -> int:
    """Exit code 0 when all that were asked for are there, or with `--if-possible`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PROGRAM", help=f"{', '.join(one.name for one in PROGRAMS)}; all when none is named")
    parser.add_argument("--if-possible", action="store_true", help="exit with 0 when one cannot be installed, too")
    asked = parser.parse_args()
    unknown = set(asked.names) - {one.name for one in PROGRAMS}
    if unknown:
        parser.error(f"{sorted(unknown)[0]} is none of {', '.join(one.name for one in PROGRAMS)}")
    missing = [one for one in PROGRAMS if (not asked.names or one.name in asked.names) and not one.there()]
    failed = 0
    for one in missing:
        try:
            _possible(one)
            print(f"installing Debian's {one.packages[0]} for {one.wanted_by}", file=sys.stderr)
            _update()
            _install(one)
        except MissingError as error:
            failed += 1
            print(f"no {one.name} for {one.wanted_by}: {error}", file=sys.stderr)
    return 1 if failed and not asked.if_possible else 0


def _possible(one: Program) -> None:
    if shutil.which("apt-get") is None or (os.geteuid() and one.unpacked_to is None):
        raise MissingError("install it yourself (only on Debian, and but for promtool only for root, it is installed here)")


@cache
def _update() -> None:
    """Once, by who may: what Debian has now."""
    if os.geteuid() == 0:
        _run([*APT, "update"])


def _install(one: Program) -> None:
    if one.unpacked_to is None:
        _run([*APT, "install", "-y", "--no-install-recommends", *one.packages])
    else:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)  # apt-get fetches as a user of its own
            _run([*APT, "download", one.packages[0]], folder)
            package = next(Path(folder).glob("*.deb"), None)
            if package is None:
                raise MissingError("apt-get download gave no package")
            _run(["dpkg-deb", "--extract", str(package), str(one.unpacked_to)])
    if not one.there():
        raise MissingError("it was installed, but is not found")


def _run(command: Sequence[str], folder: str | None = None) -> None:
    """Raises MissingError with what the command said last."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired:
        raise MissingError(f"{' '.join(command)} took more than ten minutes") from None
    if done.returncode:
        raise MissingError(f"{' '.join(command)} failed: {(done.stderr.strip().splitlines() or ['nothing was said'])[-1]}")


if __name__ == "__main__":
    sys.exit(main())

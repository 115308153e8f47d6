"""Installs Debian's Chromium for the tests of the HTML report, where it is missing and can be installed: as root, with apt-get.

`--if-possible` makes it no error when it cannot: those tests are then skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import chromium

APT = ("apt-get", "-qq", "-o", "Acquire::Retries=2")


def main() -> int:
    """Exit code 0 when there is a browser, or with `--if-possible`."""
    if os.environ.get("CHROMIUM") or chromium.find() is not None:
        return 0
    reason = _install()
    if reason:
        print(f"no browser for the tests of the HTML report: {reason}", file=sys.stderr)
    return 1 if reason and "--if-possible" not in sys.argv[1:] else 0


def _install() -> str:
    """Why it could not be done; "" when it was."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return "install Chromium, or name one with CHROMIUM=/path/to/program (only root on Debian gets it installed here)"
    print("installing Debian's chromium for the tests of the HTML report (CHROMIUM=none: do without)", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update",), ("install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")):
        try:
            done = subprocess.run(
                [*APT, *command], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {command[0]} took more than ten minutes"
        if done.returncode:
            return f"apt-get {command[0]} failed: {done.stderr.strip().splitlines()[-1:]}"
    return "" if chromium.find() else "apt-get installed it, but it is not on PATH"


if __name__ == "__main__":
    sys.exit(main())

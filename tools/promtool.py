"""Prometheus's own tester of rules: the one that PROMTOOL names, that on PATH, or the one that install_programs.py has unpacked.

`PROMTOOL=none` means: there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "promtool"


def find() -> str | None:
    """The program, if there is one."""
    named = os.environ.get("PROMTOOL")
    if named:
        return None if named == "none" else shutil.which(named)
    return shutil.which("promtool") or shutil.which("promtool", path=str(FOLDER / "usr" / "bin"))

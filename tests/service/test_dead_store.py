"""R14: the tests of the account fail when the database is dead. Those that the account came with did not: three None are one id."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from service import test_session_race_conditions as race
from service.harness import DEAD, SERVER

HERE = Path(__file__).parent


def test_r14_no_race_test_passes_against_a_store_that_cannot_be_reached(tmp_path: Path, postgres_server: str) -> None:
    report = tmp_path / "report.xml"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
        DEAD: "1",
        SERVER: postgres_server,
    }
    tests = HERE / "test_session_race_conditions.py"
    # pytest's own tracebacks parse the source. CPython 3.11 refuses that (SystemError: AST constructor recursion depth mismatch) when a
    # thread formats another traceback meanwhile, as one did that a connection which could not be opened had left behind
    alone = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *alone, f"--junitxml={report}", str(tests)]
    done = subprocess.run(command, cwd=HERE.parents[1], env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout[-4000:] + done.stderr[-4000:]
    cases = list(ElementTree.parse(report).iter("testcase"))
    names = [name for name in vars(race) if name.startswith("test_")]
    assert sorted(str(case.get("name")) for case in cases) == sorted(f"{name}[{kind}]" for name in names for kind in ("sqlite", "postgres"))
    # each failed in its own body, for that reason: not while it was set up, and not skipped
    assert [case.get("name") for case in cases if case.find("failure") is None] == []
    for case in cases:
        failure = case.find("failure")
        assert failure is not None
        assert "StoreUnavailable" in str(failure.text)

"""How hypothesis runs: the same examples every time in CI, and no deadlines, because a loaded machine is no failure. What the tests
start can be interrupted, also where they are a job in the background, and is compiled once.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading

import pytest
from hypothesis import HealthCheck, settings

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("local", deadline=None, suppress_health_check=_CALM)
settings.register_profile("ci", deadline=None, suppress_health_check=_CALM, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Hundreds of Pythons are started here: each would compile the tool anew where the environment asks for nothing to be kept
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, it would be ignored by all that is started here


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the thousands of tests consist of stays to the end: no collection of garbage need look at it again and again."""
    gc.collect()
    gc.freeze()

"""How hypothesis runs: the same examples every time in CI, and no deadlines, because a loaded machine is no failure."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("local", deadline=None, suppress_health_check=_CALM)
settings.register_profile("ci", deadline=None, suppress_health_check=_CALM, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

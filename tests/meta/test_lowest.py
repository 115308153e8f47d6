"""The declared ranges of what is depended on hold at their lower ends."""

from __future__ import annotations

import tomllib
from pathlib import Path

import lowest
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", lowest.SETS)
def test_the_lowest_releases_that_are_allowed_work(name: str) -> None:
    code = lowest.tried(lowest.SETS[name])
    if code == lowest.NO_REGISTRY:
        pytest.skip("there is no registry of packages to install from")
    assert code == 0


def test_each_extra_that_users_install_is_tried() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {chosen.extra for chosen in lowest.SETS.values()} == {"", *extras} - {"dev", "docs", "bench"}

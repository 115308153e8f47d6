"""The programs, loaded once for a module of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres_server import postgres_server
from repair.executed.harness import Programs

__all__ = ["postgres_server"]


@pytest.fixture(scope="module")
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    def directory(version: str) -> Path:
        return tmp_path_factory.mktemp(version)

    made = Programs(directory, lambda: str(request.getfixturevalue("postgres_server")))
    yield made
    made.close()

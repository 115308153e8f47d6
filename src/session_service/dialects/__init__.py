"""What differs between databases: one file each, chosen by the URL."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url

from session_service.dialect import Dialect
from session_service.dialects.postgres import Postgres
from session_service.dialects.sqlite import Sqlite

_BY_NAME: dict[str, type[Dialect]] = {"sqlite": Sqlite, "postgresql": Postgres, "postgres": Postgres}


def of(url: str) -> tuple[Dialect, URL]:
    """The dialect of a database URL, and the URL with the asynchronous driver named."""
    parsed = make_url(url)
    dialect = _BY_NAME[parsed.drivername.partition("+")[0]]()
    return dialect, parsed.set(drivername=dialect.driver)

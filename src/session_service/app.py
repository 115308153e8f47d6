"""The application: everything put together, for one process."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import NoReturn
from uuid import uuid4

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from session_service import logs, migrator, routes, settings
from session_service.chores import repeat
from session_service.engine import Database, connect
from session_service.errors import MigrationNotApplied, ServiceError
from session_service.handlers.pipeline import MessagePipeline, Options
from session_service.idempotency import KEPT, Idempotency
from session_service.metrics import Metrics
from session_service.reports import watch_duplicates
from session_service.service import SessionService, system_clock
from session_service.settings import Settings
from session_service.sweeper import Sweeper
from session_service.unit_of_work import UnitOfWork

_LOG = logging.getLogger(__name__)
_LARGEST = 64 * 1024  # bytes of a request
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PROBE = 5.0  # seconds


def from_environment() -> FastAPI:
    """The application as the environment sets it: what each worker of `serve` runs. Raises InvalidInput."""
    found = settings.read()
    logs.configure(found.log_level)
    return create_app(found)


def create_app(found: Settings) -> FastAPI:
    """The application. Nothing is connected before it starts; connections are closed when it shuts down."""
    database = connect(found.database_url, found.pool_size)
    metrics = Metrics()
    work = UnitOfWork(database, metrics, found.retry_budget)
    sessions = SessionService(work, metrics, found.policy)
    options = Options(found.register_users, found.demo, found.strict, timedelta(seconds=found.lease))
    pipeline = MessagePipeline(work, sessions, metrics, system_clock, options)

    async def ready() -> bool:
        return await _ready(database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        chores = [asyncio.create_task(watch_duplicates(work, metrics, system_clock))]
        if found.sweep_every:
            chores.append(asyncio.create_task(_sweeping(work, metrics, found)))
        yield
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await database.close()

    app = FastAPI(title="session-service", version=_version(), summary="One active conversation session per user.", lifespan=lifespan)
    app.state.services = routes.Services(pipeline, sessions, metrics, found.tokens, ready)
    app.include_router(routes.api)
    app.include_router(routes.operations)
    app.add_exception_handler(ServiceError, routes.service_error)
    app.add_exception_handler(RequestValidationError, routes.invalid)
    app.add_exception_handler(HTTPException, routes.refused)
    app.add_exception_handler(Exception, routes.crashed)
    app.add_middleware(Edge)
    return app


class Edge:
    """Around every request: its id, its line in the log, and how much of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        logs.request_id.set(identity)  # for good: each request is a task of its own, and what logs a crash comes after us
        began, status = perf_counter(), 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = identity
            await send(message)

        try:
            await self._app(scope, _limited(receive), answered)
        finally:
            route = getattr(scope.get("route"), "path", "")  # the pattern: a path holds ids
            milliseconds = round((perf_counter() - began) * 1000, 1)
            logs.log(_LOG, logging.INFO, "request", method=scope["method"], route=route, status=status, milliseconds=milliseconds)


def _limited(receive: Receive) -> Receive:
    left = _LARGEST

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"a request may have {_LARGEST} bytes")
        return message

    return counted


async def _sweeping(work: UnitOfWork, metrics: Metrics, found: Settings) -> NoReturn:
    """Ends overdue sessions and forgets old keys, again and again; to be cancelled. Every worker does, and they share the work."""
    sweeper = Sweeper(work, metrics, found.policy, batch=found.sweep_batch)
    keys = Idempotency(work, metrics, system_clock)

    async def once() -> None:
        await sweeper.sweep()
        await keys.forget(system_clock() - KEPT, found.sweep_batch)

    def pause() -> float:
        return found.sweep_every * random.uniform(0.5, 1.5)  # apart from the other workers

    await asyncio.sleep(pause())
    await repeat("sweep", once, pause, metrics)


async def _ready(database: Database) -> bool:
    try:
        found = await asyncio.wait_for(migrator.state_of(database), _PROBE)
    except (MigrationNotApplied, TimeoutError):
        return False
    return found.ready


def _version() -> str:
    try:
        return version("session-lint")
    except PackageNotFoundError:  # run from the sources
        return "0"

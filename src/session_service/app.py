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

from session_service import logs, readiness, routes, settings
from session_service.chores import repeat
from session_service.clock import DatabaseClock
from session_service.engine import connect
from session_service.errors import ServiceError
from session_service.handlers.pipeline import MessagePipeline, Options
from session_service.idempotency import KEPT, Idempotency
from session_service.metrics import Metrics
from session_service.orphans import end_with_parent
from session_service.reports import watch_duplicates
from session_service.service import Clock, SessionService
from session_service.settings import Settings
from session_service.sweeper import Sweeper
from session_service.unit_of_work import UnitOfWork, within

_LOG = logging.getLogger(__name__)
_LARGEST = 64 * 1024  # bytes of a request
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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
    clock = DatabaseClock()
    sessions = SessionService(work, metrics, found.policy, clock)
    options = Options(found.register_users, found.demo, found.strict, timedelta(seconds=found.lease))
    pipeline = MessagePipeline(work, sessions, metrics, clock, options)

    async def unready() -> str:
        return await readiness.why_not(work, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        chores = [
            asyncio.create_task(each) for each in (clock.keep(work, metrics), watch_duplicates(work, metrics, clock), end_with_parent())
        ]
        if found.sweep_every:
            chores.append(asyncio.create_task(_sweeping(work, metrics, found, clock)))
        yield
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await database.close()

    app = FastAPI(title="session-service", version=_version(), summary="One active conversation session per user.", lifespan=lifespan)
    app.state.services = routes.Services(pipeline, sessions, metrics, found.tokens, unready)
    app.include_router(routes.api)
    app.include_router(routes.operations)
    app.add_exception_handler(ServiceError, routes.service_error)
    app.add_exception_handler(RequestValidationError, routes.invalid)
    app.add_exception_handler(HTTPException, routes.refused)
    app.add_exception_handler(Exception, routes.crashed)
    app.add_middleware(Edge, budget=found.retry_budget)
    return app


class Edge:
    """Around every request: its id, its line in the log, how much of it is read, and how long it may wait for the database."""

    def __init__(self, app: ASGIApp, budget: float) -> None:
        self._app = app
        self._budget = budget

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
            with within(self._budget):
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


async def _sweeping(work: UnitOfWork, metrics: Metrics, found: Settings, clock: Clock) -> NoReturn:
    """Ends overdue sessions and forgets old keys, again and again; to be cancelled. Every worker does, and they share the work."""
    sweeper = Sweeper(work, metrics, found.policy, clock, batch=found.sweep_batch)
    keys = Idempotency(work, metrics, clock)

    async def once() -> None:
        await sweeper.sweep()
        await keys.forget(clock() - KEPT, found.sweep_batch)

    def pause() -> float:
        return found.sweep_every * random.uniform(0.5, 1.5)  # apart from the other workers

    await asyncio.sleep(pause())
    await repeat("sweep", once, pause, metrics)


def _version() -> str:
    try:
        return version("session-lint")
    except PackageNotFoundError:  # run from the sources
        return "0"

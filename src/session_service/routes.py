"""The HTTP interface: what comes in is checked here, and what goes wrong gets its status here."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from session_service.domain import Outcome, Reason, Session, Status
from session_service.errors import (
    IdempotencyMismatch,
    InvalidInput,
    RequestInProgress,
    ServiceError,
    SessionConflict,
    SessionNotFound,
    SessionStale,
    StoreUnavailable,
    UnknownUser,
)
from session_service.handlers.pipeline import Answer, Incoming, MessagePipeline
from session_service.logs import log, request_id
from session_service.metrics import CONTENT_TYPE, Metrics
from session_service.service import SessionService

_LOG = logging.getLogger(__name__)
_STATUS: dict[type[ServiceError], int] = {
    InvalidInput: 422,
    IdempotencyMismatch: 422,
    UnknownUser: 404,
    SessionNotFound: 404,
    SessionStale: 409,
    SessionConflict: 409,
    RequestInProgress: 409,
    StoreUnavailable: 503,
}
_RETRY_AFTER: dict[type[ServiceError], int] = {SessionConflict: 1, RequestInProgress: 1, StoreUnavailable: 2}  # seconds
_ZONES = frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with. `unready` says why no message would be answered now, "" when they would."""

    pipeline: MessagePipeline
    sessions: SessionService
    metrics: Metrics
    tokens: tuple[str, ...]
    unready: Callable[[], Awaitable[str]]


async def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Served = Annotated[Services, Depends(_services)]


async def _allowed(served: Served, authorization: Annotated[str, Header(max_length=500)] = "") -> None:
    """A service token, when the service is set to want one. Compared in constant time, with each of them."""
    scheme, _, token = authorization.partition(" ")
    shown = token.strip().encode("utf-8", "replace") if scheme.lower() == "bearer" else b""
    matches = [hmac.compare_digest(shown, known.encode()) for known in served.tokens]
    if served.tokens and not any(matches):
        raise HTTPException(401, "a service token is needed: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})


def _printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it must not contain the character U+0000")
    if any("\ud800" <= character <= "\udfff" for character in text):  # half of a character: no database takes it
        raise ValueError("it must not contain surrogates")
    return text


def _zone(text: str) -> str:
    if text not in _ZONES:
        raise ValueError("it must be the name of a time zone, for example Europe/Paris")
    return text


Text = Annotated[str, AfterValidator(_printable)]
Caller = Annotated[UUID, Header(alias="X-User-Id", description="The user on whose behalf the caller asks.")]
SessionId = Annotated[UUID, Path()]


class MessageIn(BaseModel):
    """A message of a user."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="The number it came from, in E.164 form.", examples=["+33612345678"])
    body: Text = Field("", max_length=4096, description="The words.", examples=["Which tasks are there?"])
    button: Text | None = Field(None, max_length=200, description="The button that was pressed.", examples=["project:Champigny"])
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(None, description="Where the user is.", examples=["Europe/Paris"])
    session_id: UUID | None = Field(None, description="The session the sender believes to be in; refused when it is over.")

    @model_validator(mode="after")
    def _says_something(self) -> MessageIn:
        if self.button is None and not self.body.strip():
            raise ValueError("a message needs a body or a button")
        return self


class AnswerOut(BaseModel):
    """The answer to a message. `session`: how its session was obtained."""

    reply: str
    buttons: tuple[str, ...]
    user_id: str
    session_id: str
    session: Outcome
    replayed: bool


class SessionOut(BaseModel):
    """A session."""

    id: str
    status: Status
    context: str | None
    started_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None
    reason: Reason | None
    previous_id: str | None


class ErrorOut(BaseModel):
    """What went wrong: a stable code, and a text for people. `details`: which parts of the input, and why."""

    code: str
    message: str
    details: tuple[str, ...] = ()
    request_id: str = ""


def _errors(*statuses: int) -> dict[int | str, dict[str, type[ErrorOut]]]:
    return {status: {"model": ErrorOut} for status in (401, *statuses)}


api = APIRouter(dependencies=[Depends(_allowed)])
operations = APIRouter()


@api.post("/messages", responses=_errors(404, 409, 413, 422, 503), summary="A message comes in, an answer goes out")
async def receive(
    message: MessageIn,
    served: Served,
    response: Response,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,200}$", description="Sent twice, it is one message.")] = None,
) -> AnswerOut:
    """Obtains the session of the sender once, acts, answers. With an Idempotency-Key a second sending gets the first answer."""
    answer = await served.pipeline.process(
        Incoming(
            phone=message.phone,
            body=message.body,
            button=message.button,
            time_zone=message.time_zone,
            session_id=None if message.session_id is None else str(message.session_id),
            key=idempotency_key,
        )
    )
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return _answer(answer)


@api.get("/sessions/{session_id}", responses=_errors(404, 422, 503), summary="One session of a user, in any state")
async def read_session(session_id: SessionId, caller: Caller, served: Served) -> SessionOut:
    """Changes nothing: not even the time of the last activity."""
    return _session(await served.sessions.session(str(session_id), str(caller)))


@api.post("/sessions/{session_id}/end", responses=_errors(404, 422, 503), summary="End a session")
async def end_session(session_id: SessionId, caller: Caller, served: Served) -> SessionOut:
    """A session that has ended stays as it is."""
    return _session(await served.sessions.end_session(str(session_id), str(caller)))


@api.post("/sessions/{session_id}/escalate", responses=_errors(404, 422, 503), summary="Hand a session over to people")
async def escalate_session(session_id: SessionId, caller: Caller, served: Served) -> SessionOut:
    """A session that has ended stays as it is."""
    return _session(await served.sessions.escalate_session(str(session_id), str(caller)))


@api.get("/users/{user_id}/sessions", responses=_errors(404, 422, 503), summary="The latest sessions of a user, newest first")
async def history(
    user_id: Annotated[UUID, Path()], caller: Caller, served: Served, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[SessionOut]:
    """Only one's own: for another user the answer is that there is none."""
    if user_id != caller:
        raise UnknownUser("there is no user by that id")
    return [_session(found) for found in await served.sessions.history(str(user_id), limit)]


@operations.get("/health", summary="The process is up")
async def health() -> dict[str, str]:
    """Asks nobody: a database that is away is no reason to start the process anew."""
    return {"status": "ok"}


@operations.get("/ready", responses={503: {"model": ErrorOut}}, summary="The database is there, with its schema, and can be written")
async def ready(served: Served) -> dict[str, str]:
    """For load balancers."""
    if why := await served.unready():
        raise StoreUnavailable(why)
    return {"status": "ready"}


@operations.get("/metrics", summary="Counters of all processes, for Prometheus")
async def exposition(served: Served) -> Response:
    """Holds no data of users, and needs no token."""
    return Response(served.metrics.exposition(), media_type=CONTENT_TYPE)


async def service_error(_request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of the service."""
    assert isinstance(error, ServiceError)
    status = _STATUS.get(type(error), 500)
    if status >= 500:
        log(_LOG, logging.ERROR, "failed", code=error.code)
    wait = _RETRY_AFTER.get(type(error))
    return _refusal(status, error.code, str(error), headers={} if wait is None else {"Retry-After": str(wait)})


async def invalid(_request: Request, error: Exception) -> JSONResponse:
    """The answer to input that is not right: which part and why, without repeating it."""
    assert isinstance(error, RequestValidationError)
    details = tuple(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
    return _refusal(422, InvalidInput.code, "the request is not right", details)


async def refused(_request: Request, error: Exception) -> JSONResponse:
    """The answer to what the framework refuses: an unknown path, a method that is not there, a missing token."""
    assert isinstance(error, HTTPException)
    codes = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    return _refusal(error.status_code, codes.get(error.status_code, "refused"), str(error.detail), headers=dict(error.headers or {}))


async def crashed(_request: Request, _error: Exception) -> JSONResponse:
    """The answer to a defect. What it was is in the log, under the id of the request."""
    headers = {"X-Request-Id": request_id.get()}  # this answer is made outside of what adds it to all others
    return _refusal(500, "internal", "something is wrong with the service, and has been logged", headers=headers)


def _refusal(status: int, code: str, message: str, details: tuple[str, ...] = (), headers: dict[str, str] | None = None) -> JSONResponse:
    body = ErrorOut(code=code, message=message, details=details, request_id=request_id.get())
    return JSONResponse(body.model_dump(), status, headers)


def _answer(answer: Answer) -> AnswerOut:
    return AnswerOut(
        reply=answer.text,
        buttons=answer.buttons,
        user_id=answer.user_id,
        session_id=answer.session_id,
        session=answer.outcome,
        replayed=answer.replayed,
    )


def _session(found: Session) -> SessionOut:
    return SessionOut(
        id=found.id,
        status=found.status,
        context=found.context,
        started_at=found.started_at,
        last_activity_at=found.last_activity_at,
        ended_at=found.ended_at,
        reason=found.reason,
        previous_id=found.previous_id,
    )

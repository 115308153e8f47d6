"""The path of one incoming message: who wrote it, in which session, what is wanted, what to answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from session_service.domain import Outcome, Session, User
from session_service.errors import RepeatedFetch, ServiceError, SessionConflict, SessionStale, StoreUnavailable, UnknownUser
from session_service.handlers import demo
from session_service.handlers.direct_actions import Reply, Turn, execute_direct_handler, handle_direct_action
from session_service.handlers.intents import Action, Intent, Press, classify, pressed
from session_service.handlers.request_session import RequestScope, RequestSession
from session_service.handlers.turns import Turns
from session_service.idempotency import Claim, Idempotency, Replay, fingerprint
from session_service.logs import hashed, log
from session_service.metrics import Metrics
from session_service.progress import ProgressUpdateState
from session_service.service import SessionService
from session_service.stores import Stores
from session_service.stores.messages import INBOUND, OUTBOUND
from session_service.unit_of_work import UnitOfWork

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 3  # how often a message begins anew because its session ended under it


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came. `session_id`: the session the sender believes to be in; `key`: sent twice, it is the same message."""

    phone: str
    body: str
    button: str | None = None
    time_zone: str | None = None
    session_id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, and in which session of whom. `replayed`: the message came before, and this was the answer."""

    text: str
    buttons: tuple[str, ...]
    user_id: str
    session_id: str
    outcome: Outcome
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """`register`: a number nobody has becomes a user; `demo`: who then gets projects and tasks; `strict`: see RequestScope."""

    register: bool = True
    demo: bool = False
    strict: bool = False
    lease: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Task:
    """A message on its way: what it asks, of whom it is, and the claim on its key when it has one."""

    message: Incoming
    press: Press | None
    user: User
    claim: Claim | None


class MessagePipeline:
    """Runs the stages in order. All effects of a message happen in one transaction, together with the note that it was answered."""

    def __init__(
        self,
        work: UnitOfWork,
        service: SessionService,
        metrics: Metrics,
        clock: Callable[[], datetime],
        options: Options | None = None,
    ) -> None:
        self._work = work
        self._service = service
        self._metrics = metrics
        self._clock = clock
        self._options = options if options is not None else Options()
        self._progress = ProgressUpdateState(work, metrics, clock)
        self._idempotency = Idempotency(work, metrics, clock, self._options.lease)
        self._turns = Turns()

    async def process(self, message: Incoming) -> Answer:
        """Answers one message, and counts what became of it.

        Raises InvalidInput, UnknownUser, RequestInProgress and IdempotencyMismatch; SessionNotFound and SessionStale when the message
        names a session; SessionConflict and StoreUnavailable.
        """
        try:
            answer = await self._processed(message)
        except Exception as error:
            if (cause := _cause(error)) is None:
                self._metrics.message_done("refused")
            else:
                self._metrics.message_failed(cause)
            raise
        self._metrics.message_done("replayed" if answer.replayed else "answered")
        return answer

    async def _processed(self, message: Incoming) -> Answer:
        press = None if message.button is None else pressed(message.button)
        user = await self._authenticate(message)
        claim = await self._claim(message, user)
        if isinstance(claim, Replay):
            return _answer_of(claim.response, replayed=True)
        try:
            async with self._turns.of(user.id):
                answer = await self._answered(_Task(message, press, await self._moved(user, message), claim))
        except ServiceError:
            await self._release(claim)
            raise
        log(_LOG, logging.INFO, "answered", user=hashed(user.id), session=hashed(answer.session_id), outcome=answer.outcome.value)
        return answer

    async def _authenticate(self, message: Incoming) -> User:
        user = await self._work.read(lambda stores: stores.directory.user_by_phone(message.phone))
        return user if user is not None else await self._work.write(lambda stores: self._entered(stores, message))

    async def _entered(self, stores: Stores, message: Incoming) -> User:
        """The user of a number that nobody had a moment ago."""
        if self._options.register and await stores.directory.register(message.phone, message.time_zone or "UTC") and self._options.demo:
            made = await stores.directory.user_by_phone(message.phone)
            assert made is not None
            await demo.seed(stores, made.id)
        user = await stores.directory.user_by_phone(message.phone)
        if user is None:
            raise UnknownUser("there is no user with that phone number")
        return user

    async def _moved(self, user: User, message: Incoming) -> User:
        """The user, whose time zone is now that of the message. Only once its key is claimed: sent again, it changes nothing."""
        zone = message.time_zone
        if zone is None or zone == user.time_zone:
            return user
        await self._work.write(lambda stores: stores.directory.set_time_zone(user.id, zone))
        return replace(user, time_zone=zone)

    async def _claim(self, message: Incoming, user: User) -> Claim | Replay | None:
        if message.key is None:
            return None
        content = {"body": message.body, "button": message.button, "session_id": message.session_id}
        return await self._idempotency.claim(f"messages:{user.id}", message.key, fingerprint(content))

    async def _release(self, claim: Claim | None) -> None:
        if claim is None:
            return
        try:
            await self._idempotency.release(claim)
        except ServiceError as error:  # the lease ends by itself; what the caller is to know is why the work failed
            log(_LOG, logging.WARNING, "a claim could not be given back", code=error.code)

    async def _answered(self, task: _Task) -> Answer:
        scope = RequestScope(self._service, self._metrics, strict=self._options.strict)
        try:
            for _ in range(_ATTEMPTS - 1):
                handle = await self._manage_session(scope, task)
                try:
                    return await self._in_session(handle, task)
                except SessionStale:
                    if task.message.session_id is not None:
                        raise
                    scope.renew()
            return await self._in_session(await self._manage_session(scope, task), task)
        finally:
            scope.close()

    async def _manage_session(self, scope: RequestScope, task: _Task) -> RequestSession:
        """The one place where a message gets its session."""
        return await scope.session(task.user.id, task.message.session_id)

    async def _in_session(self, handle: RequestSession, task: _Task) -> Answer:
        received = str(uuid4())  # of all attempts: one that finds the message kept knows that an earlier one was done
        said: Answer | None = None

        async def operation(stores: Stores) -> tuple[Answer, Turn | None, Session | None]:
            nonlocal said
            if said is not None and await stores.messages.kept(received):
                return said, None, None
            turn = await self._begun(stores, handle)
            reply = await self._replied(turn, task, received)
            lost = await self._service.lost_talk(stores, task.user, handle.session_id) if reply.contextless else None
            said = Answer(reply.text, reply.buttons, handle.user_id, handle.session_id, handle.outcome)
            if task.claim is not None:
                await self._idempotency.finish(stores, task.claim, _stored(said))
            return said, turn, lost

        answer, turn, lost = await self._work.write(operation)
        if turn is not None:
            self._count(turn, lost)
        return answer

    async def _begun(self, stores: Stores, handle: RequestSession) -> Turn:
        held = await stores.messages.hold(handle.session_id, handle.user_id, handle.epoch)
        if held is None:
            raise SessionStale("the session has ended")
        return Turn(handle, held, stores, self._progress.on(stores))

    async def _replied(self, turn: Turn, task: _Task, received: str) -> Reply:
        store, session_id, message = turn.stores.messages, turn.handle.session_id, task.message
        await store.add(session_id, INBOUND, message.body or message.button or "", self._clock(), received)
        if task.press is None:
            reply = await self._converse(turn, message.body)
        else:
            reply = await handle_direct_action(turn, task.press.action, task.press.argument)
        await store.add(session_id, OUTBOUND, reply.text, self._clock())
        return reply

    def _count(self, turn: Turn, lost: Session | None) -> None:
        """What the turn has done, now that it is committed. `lost`: the session in which the context is that this one should have."""
        for outcome in turn.progress.written:
            self._metrics.progress_updated(outcome)
        if lost is not None:
            self._metrics.context_mismatched()
            ids = {"user": hashed(turn.handle.user_id), "session": hashed(turn.handle.session_id), "expected": hashed(lost.id)}
            log(_LOG, logging.WARNING, "context lost", **ids, expected_status=lost.status.value, expected_reason=lost.reason)

    async def _converse(self, turn: Turn, body: str) -> Reply:
        intent = classify(body)
        if intent is Intent.UNKNOWN and await turn.progress.current(turn.handle.user_id) is not None:
            return await handle_direct_action(turn, Action.ADD_COMMENT, body)
        reply = await execute_direct_handler(turn, intent, body)
        return reply if reply is not None else await handle_direct_action(turn, Action.GREETING)


def _cause(error: Exception) -> str | None:
    """Why a message failed, a word of errors.CAUSES; None when its sender is to blame."""
    if isinstance(error, StoreUnavailable):
        return error.cause
    if isinstance(error, SessionConflict):
        return "conflict"
    return None if isinstance(error, ServiceError) and not isinstance(error, RepeatedFetch) else "defect"


def _stored(answer: Answer) -> str:
    return json.dumps(
        {
            "text": answer.text,
            "buttons": list(answer.buttons),
            "user_id": answer.user_id,
            "session_id": answer.session_id,
            "outcome": answer.outcome.value,
        }
    )


def _answer_of(stored: str, *, replayed: bool) -> Answer:
    kept = json.loads(stored)
    return Answer(kept["text"], tuple(kept["buttons"]), kept["user_id"], kept["session_id"], Outcome(kept["outcome"]), replayed)

"""The path of one incoming message: who wrote it, in which session, what is wanted, what to answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from session_service.domain import Outcome, User
from session_service.errors import ServiceError, SessionStale, UnknownUser
from session_service.handlers import demo
from session_service.handlers.direct_actions import Reply, Turn, execute_direct_handler, handle_direct_action
from session_service.handlers.intents import Action, Intent, Press, classify, pressed
from session_service.handlers.request_session import RequestScope, RequestSession
from session_service.idempotency import Claim, Idempotency, Replay, fingerprint, unnamed
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

    async def process(self, message: Incoming) -> Answer:
        """Answers one message.

        Raises InvalidInput, UnknownUser, RequestInProgress and IdempotencyMismatch; SessionNotFound and SessionStale when the message
        names a session; SessionConflict and StoreUnavailable.
        """
        press = None if message.button is None else pressed(message.button)
        user = await self._authenticate(message)
        claim = await self._claim(message, user)
        if isinstance(claim, Replay):
            return _answer_of(claim.response, replayed=True)
        try:
            answer = await self._answered(message, press, user, claim)
        except ServiceError:
            await self._release(claim)
            raise
        log(_LOG, logging.INFO, "answered", user=hashed(user.id), session=hashed(answer.session_id), outcome=answer.outcome.value)
        return answer

    async def _authenticate(self, message: Incoming) -> User:
        user = await self._work.read(lambda stores: stores.directory.user_by_phone(message.phone))
        if user is None or message.time_zone not in {None, user.time_zone}:
            return await self._work.write(lambda stores: self._entered(stores, message))
        return user

    async def _entered(self, stores: Stores, message: Incoming) -> User:
        """The user after what the message says of them was written down."""
        if self._options.register and await stores.directory.register(message.phone, message.time_zone or "UTC") and self._options.demo:
            made = await stores.directory.user_by_phone(message.phone)
            assert made is not None
            await demo.seed(stores, made.id)
        user = await stores.directory.user_by_phone(message.phone)
        if user is None:
            raise UnknownUser("there is no user with that phone number")
        if message.time_zone not in {None, user.time_zone}:
            await stores.directory.set_time_zone(user.id, message.time_zone or user.time_zone)
        return user

    async def _claim(self, message: Incoming, user: User) -> Claim | Replay:
        scope = f"messages:{user.id}"
        if message.key is None:
            return unnamed(scope)
        content = {"body": message.body, "button": message.button, "session_id": message.session_id}
        return await self._idempotency.claim(scope, message.key, fingerprint(content))

    async def _release(self, claim: Claim) -> None:
        try:
            await self._idempotency.release(claim)
        except ServiceError as error:  # the lease ends by itself; what the caller is to know is why the work failed
            log(_LOG, logging.WARNING, "a claim could not be given back", code=error.code)

    async def _answered(self, message: Incoming, press: Press | None, user: User, claim: Claim) -> Answer:
        scope = RequestScope(self._service, self._metrics, strict=self._options.strict)
        try:
            for _ in range(_ATTEMPTS - 1):
                handle = await self._manage_session(scope, user, message)
                try:
                    return await self._in_session(handle, message, press, claim)
                except SessionStale:
                    if message.session_id is not None:
                        raise
                    scope.renew()
            return await self._in_session(await self._manage_session(scope, user, message), message, press, claim)
        finally:
            scope.close()

    async def _manage_session(self, scope: RequestScope, user: User, message: Incoming) -> RequestSession:
        """The one place where a message gets its session."""
        return await scope.session(user.id, message.session_id)

    async def _in_session(self, handle: RequestSession, message: Incoming, press: Press | None, claim: Claim) -> Answer:
        attempts = 0

        async def operation(stores: Stores) -> tuple[Answer, Turn | None, Reply | None]:
            nonlocal attempts
            attempts += 1
            if attempts > 1 and (done := await self._idempotency.finished(stores, claim)) is not None:
                return _answer_of(done, replayed=False), None, None
            turn = await self._begun(stores, handle)
            reply = await self._replied(turn, message, press)
            answer = Answer(reply.text, reply.buttons, handle.user_id, handle.session_id, handle.outcome)
            await self._idempotency.finish(stores, claim, _stored(answer))
            return answer, turn, reply

        answer, turn, reply = await self._work.write(operation)
        if turn is not None and reply is not None:
            self._count(turn, reply)
        return answer

    async def _begun(self, stores: Stores, handle: RequestSession) -> Turn:
        held = await stores.messages.hold(handle.session_id, handle.user_id, handle.epoch)
        if held is None:
            raise SessionStale("the session has ended")
        return Turn(handle, held, stores, self._progress.on(stores))

    async def _replied(self, turn: Turn, message: Incoming, press: Press | None) -> Reply:
        store, session_id = turn.stores.messages, turn.handle.session_id
        await store.add(session_id, INBOUND, message.body or message.button or "", self._clock())
        if press is None:
            reply = await self._converse(turn, message.body)
        else:
            reply = await handle_direct_action(turn, press.action, press.argument)
        await store.add(session_id, OUTBOUND, reply.text, self._clock())
        return reply

    def _count(self, turn: Turn, reply: Reply) -> None:
        """What the turn has done, now that it is committed."""
        for outcome in turn.progress.written:
            self._metrics.progress_updated(outcome)
        if reply.mismatch:
            self._metrics.context_mismatched()
            log(_LOG, logging.WARNING, "context mismatch", user=hashed(turn.handle.user_id), session=hashed(turn.handle.session_id))

    async def _converse(self, turn: Turn, body: str) -> Reply:
        intent = classify(body)
        if intent is Intent.UNKNOWN and await turn.progress.current(turn.handle.user_id) is not None:
            return await handle_direct_action(turn, Action.ADD_COMMENT, body)
        reply = await execute_direct_handler(turn, intent, body)
        return reply if reply is not None else await handle_direct_action(turn, Action.GREETING)


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

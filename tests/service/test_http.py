"""The HTTP interface, on the real application and both databases: what is let in, what is refused and how, what is logged."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, update

from service.harness import NOON, PATIENCE, add_users, rows_of, running
from service.talk import new_phone
from session_service import logs
from session_service.app import create_app
from session_service.domain import Policy
from session_service.engine import connect
from session_service.idempotency import Idempotency
from session_service.settings import Settings
from session_service.tables import sessions

TOKEN, OTHER_TOKEN = "the-first-of-two-tokens", "the-second-of-two-tokens"
Scenario = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


@asynccontextmanager
async def client_of(app: FastAPI, *, raises: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=raises)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def play(url: str, scenario: Scenario, **settings: Any) -> None:
    async def run() -> None:
        async with client_of(
            create_app(Settings(**{"database_url": url, "demo": True, "sweep_every": 0.0, "retry_budget": PATIENCE} | settings))
        ) as client:
            await scenario(client)

    asyncio.run(run())


async def say(client: httpx.AsyncClient, body: str = "hello", **more: Any) -> dict[str, Any]:
    answer = await client.post("/messages", json={"phone": new_phone(), "body": body} | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def as_user(said: dict[str, Any]) -> dict[str, str]:
    return {"X-User-Id": said["user_id"]}


def test_a_message_is_answered_and_its_session_can_be_read_and_ended(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        phone = new_phone()
        hello = await say(client, phone=phone)
        assert hello["session"] == "created"
        click = await say(client, "", phone=phone, button="project:Champigny", session_id=hello["session_id"])
        assert click["reply"] == "Champigny:\n- Hang the doors\n- Paint the hall"
        assert (click["session"], click["session_id"]) == ("reused", hello["session_id"])
        path = f"/sessions/{hello['session_id']}"
        found = (await client.get(path, headers=as_user(hello))).json()
        assert (found["id"], found["status"], found["context"], found["reason"]) == (hello["session_id"], "active", "Champigny", None)
        for _ in range(2):  # the second time changes nothing
            ended = await client.post(f"{path}/end", headers=as_user(hello))
            assert (ended.status_code, ended.json()["status"], ended.json()["reason"]) == (200, "ended", "closed")
        assert (await client.post(f"{path}/escalate", headers=as_user(hello))).json()["status"] == "ended"
        after = await say(client, phone=phone)
        assert after["session_id"] != hello["session_id"]
        escalated = await client.post(f"/sessions/{after['session_id']}/escalate", headers=as_user(hello))
        assert (escalated.json()["status"], escalated.json()["reason"]) == ("escalated", "escalated")
        history = (await client.get(f"/users/{hello['user_id']}/sessions", headers=as_user(hello))).json()
        assert [(one["id"], one["previous_id"]) for one in history] == [
            (after["session_id"], hello["session_id"]),
            (hello["session_id"], None),
        ]
        one = await client.get(f"/users/{hello['user_id']}/sessions?limit=1", headers=as_user(hello))
        assert len(one.json()) == 1

    play(database_url, scenario)


def test_r8_no_session_of_another_user_can_be_read_or_used(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        victim, thief = await say(client), await say(client)
        path = f"/sessions/{victim['session_id']}"
        unknown = f"/sessions/{uuid4()}"
        for method, tail in (("GET", ""), ("POST", "/end"), ("POST", "/escalate")):
            foreign = await client.request(method, path + tail, headers=as_user(thief))
            nothing = await client.request(method, unknown + tail, headers=as_user(thief))
            assert (foreign.status_code, foreign.json()["code"]) == (404, "session_not_found")
            assert [nothing.status_code, nothing.json()["message"]] == [404, foreign.json()["message"]]  # one cannot tell which
            assert (await client.request(method, path + tail)).status_code == 422  # on whose behalf?
        used = await client.post("/messages", json={"phone": new_phone(), "body": "hello", "session_id": victim["session_id"]})
        assert (used.status_code, used.json()["code"]) == (404, "session_not_found")
        listed = await client.get(f"/users/{victim['user_id']}/sessions", headers=as_user(thief))
        assert (listed.status_code, listed.json()["code"]) == (404, "unknown_user")
        assert (await client.get(path, headers=as_user(victim))).json()["status"] == "active"

    play(database_url, scenario)


def test_r8_a_session_that_is_over_is_refused(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        phone = new_phone()
        said = await say(client, phone=phone)
        await client.post(f"/sessions/{said['session_id']}/end", headers=as_user(said))
        answer = await client.post("/messages", json={"phone": phone, "body": "hello", "session_id": said["session_id"]})
        assert (answer.status_code, answer.json()["code"]) == (409, "session_stale")

    play(database_url, scenario)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"phone": "0612345678"}, "body.phone"),
        ({"phone": "+0612345678"}, "body.phone"),
        ({"phone": "+33612345678\n"}, "body.phone"),
        ({"phone": "+3361234567890123"}, "body.phone"),
        ({"phone": "+٣٣٦١٢٣٤٥٦٧٨"}, "body.phone"),
        ({"phone": None}, "body.phone"),
        ({"body": ""}, "a message needs a body or a button"),
        ({"body": "  \n"}, "a message needs a body or a button"),
        ({"body": "x" * 4097}, "body.body"),
        ({"body": "a\0b"}, "body.body"),
        ({"body": 1}, "body.body"),
        ({"button": "x" * 201}, "body.button"),
        ({"button": "a\0b"}, "body.button"),
        ({"time_zone": "Mars/Olympus"}, "body.time_zone"),
        ({"time_zone": "../../etc/passwd"}, "body.time_zone"),
        ({"session_id": "1 OR 1=1"}, "body.session_id"),
        ({"user_id": "me"}, "body.user_id"),
    ],
)
def test_input_that_is_not_right_is_refused_by_name(sqlite_url: str, change: dict[str, Any], named: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        answer = await client.post("/messages", json={"phone": "+33612345678", "body": "hello"} | change)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert named in " ".join(answer.json()["details"])

    play(sqlite_url, scenario)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "invalid_input"),
        (b"{", 422, "invalid_input"),
        (b"[" * 60_000, 400, "refused"),
        (b'{"phone": "+33612345678", "body": "\\ud800"}', 422, "invalid_input"),
        (b'{"phone": "+33612345678", "button": "project:\\ud800"}', 422, "invalid_input"),
        (b'{"phone": "+33612345678", "body": "\xff"}', 400, "refused"),
        (b'{"phone": "+33612345678", "body": "' + b"x" * 70_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_body_that_is_no_message_is_refused(sqlite_url: str, content: bytes, status: int, code: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        answer = await client.post("/messages", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    play(sqlite_url, scenario)


def test_other_refusals_have_the_same_form(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        said = await say(client)
        button = await client.post("/messages", json={"phone": new_phone(), "button": "explode"})
        key = await client.post("/messages", json={"phone": new_phone(), "body": "x"}, headers={"Idempotency-Key": "k" * 201})
        limit = await client.get(f"/users/{said['user_id']}/sessions?limit=101", headers=as_user(said))
        assert {one.status_code for one in (button, key, limit)} == {422}
        assert (await client.get("/nowhere")).json()["code"] == "not_found"
        assert (await client.get("/messages")).json()["code"] == "method_not_allowed"
        given = await client.get("/nowhere", headers={"X-Request-Id": "mine-1"})
        assert (given.headers["X-Request-Id"], given.json()["request_id"]) == ("mine-1", "mine-1")
        forged = await client.get("/nowhere", headers={"X-Request-Id": 'a" injected'})
        assert forged.headers["X-Request-Id"] != 'a" injected'

    play(database_url, scenario)


def test_an_unknown_number_is_refused_when_nobody_may_register(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        answer = await client.post("/messages", json={"phone": new_phone(), "body": "hello"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_user")

    play(database_url, scenario, register_users=False)


def test_r12_the_idempotency_key_over_http(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        message = {"phone": new_phone(), "body": "hello"}
        key = {"Idempotency-Key": "k-1"}
        first = await client.post("/messages", json=message, headers=key)
        second = await client.post("/messages", json=message, headers=key)
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert second.json() == first.json() | {"replayed": True}
        other = await client.post("/messages", json=message | {"body": "menu"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
        sent = (client.post("/messages", json=message, headers={"Idempotency-Key": "k-2"}) for _ in range(6))
        for answer in await asyncio.gather(*sent):
            assert answer.status_code in {200, 409}
            if answer.status_code == 409:
                assert (answer.json()["code"], answer.headers["Retry-After"]) == ("request_in_progress", "1")

    play(database_url, scenario)


def test_without_a_token_nothing_is_told(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        message = {"phone": new_phone(), "body": "hello"}
        for shown in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN},{OTHER_TOKEN}"):
            headers = {"Authorization": shown, "X-User-Id": str(uuid4())}
            for answer in (
                await client.post("/messages", json=message, headers=headers),
                await client.get(f"/sessions/{uuid4()}", headers=headers),
                await client.get(f"/users/{uuid4()}/sessions", headers=headers),
            ):
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        for token in (TOKEN, OTHER_TOKEN):
            assert (await client.post("/messages", json=message, headers={"Authorization": f"Bearer {token}"})).status_code == 200
        for path in ("/health", "/ready", "/metrics", "/openapi.json"):
            assert (await client.get(path)).status_code != 401

    play(database_url, scenario, tokens=(TOKEN, OTHER_TOKEN))


def test_metrics_hold_no_id_and_count_what_happened(database_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        phone = new_phone()
        said = [await say(client, phone=phone) for _ in range(3)]
        exposed = await client.get("/metrics")
        assert exposed.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert 'session_fetches_total{outcome="created"} 1.0' in exposed.text
        assert 'session_fetches_total{outcome="reused"} 2.0' in exposed.text
        assert "session_fetches_per_request_sum 3.0" in exposed.text
        assert not [secret for secret in (phone, said[0]["user_id"], said[0]["session_id"]) if secret in exposed.text]

    play(database_url, scenario)


def test_r16_while_it_serves_overdue_sessions_end_and_old_keys_are_forgotten(sqlite_database: str) -> None:
    settings = Settings(database_url=sqlite_database, sweep_every=0.01, policy=Policy(idle=timedelta(milliseconds=20)))

    async def run() -> None:
        async with running(sqlite_database) as before:  # its clock stands in the past
            await Idempotency(before.work, before.metrics, before.clock).claim("scope", "key", "print")
            async with client_of(create_app(settings)) as client:
                said = await say(client)
                for _ in range(3_000):
                    session = (await client.get(f"/sessions/{said['session_id']}", headers=as_user(said))).json()
                    kept = await before.work.read(lambda stores: stores.idempotency.read("scope", "key"))
                    if session["status"] != "active" and kept is None:
                        break
                    await asyncio.sleep(0.01)
                assert (session["status"], session["reason"], kept) == ("ended", "idle", None)

    asyncio.run(run())


def test_every_operation_is_described(sqlite_url: str) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json")).json()
        assert sorted(described["paths"]) == [
            "/health",
            "/messages",
            "/metrics",
            "/ready",
            "/sessions/{session_id}",
            "/sessions/{session_id}/end",
            "/sessions/{session_id}/escalate",
            "/users/{user_id}/sessions",
        ]
        assert {"200", "401", "404", "409", "413", "422", "503"} <= set(described["paths"]["/messages"]["post"]["responses"])
        assert (await client.get("/docs")).status_code == 200

    play(sqlite_url, scenario)


def test_r14_r15_a_store_that_is_away_is_said(tmp_path: Path) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        user = {"X-User-Id": str(uuid4())}
        for answer in (
            await client.post("/messages", json={"phone": new_phone(), "body": "hello"}),
            await client.get(f"/sessions/{uuid4()}", headers=user),
            await client.post(f"/sessions/{uuid4()}/end", headers=user),
            await client.get(f"/users/{user['X-User-Id']}/sessions", headers=user),
            await client.get("/ready"),
        ):
            assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "store_unavailable", "2")
            assert str(tmp_path) not in answer.text
        assert (await client.get("/health")).json() == {"status": "ok"}

    play(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", scenario)


def test_not_ready_before_the_schema_is_there(tmp_path: Path) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        assert (await client.get("/ready")).status_code == 503

    play(f"sqlite:///{tmp_path / 'empty.db'}", scenario)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service logs meanwhile, in its own format."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()
    logs.configure("debug", written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


def test_a_log_line_holds_the_request_and_no_secret(database_url: str, lines: io.StringIO) -> None:
    said: list[str] = []

    async def scenario(client: httpx.AsyncClient) -> None:
        phone = new_phone()
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-Id": "r-1"}
        answer = await client.post("/messages", json={"phone": phone, "body": "my words"}, headers=headers)
        found = answer.json()
        path = f"/sessions/{found['session_id']}?secret=in-the-query"
        await client.get(path, headers=headers | {"X-User-Id": found["user_id"], "X-Request-Id": "r-2"})
        said.extend((phone, "my words", TOKEN, found["user_id"], found["session_id"], "in-the-query"))

    play(database_url, scenario, tokens=(TOKEN,))
    parsed = [json.loads(line) for line in lines.getvalue().splitlines()]
    own = [line for line in parsed if line["logger"].startswith("session_service")]
    assert [(line["request_id"], line.get("route"), line.get("status")) for line in own if line["message"] == "request"] == [
        ("r-1", "/messages", 200),
        ("r-2", "/sessions/{session_id}", 200),
    ]
    answered = next(line for line in own if line["message"] == "answered")
    assert answered["user"] == logs.hashed(said[3])
    assert answered["session"] == logs.hashed(said[4])
    service_lines = "\n".join(json.dumps(line) for line in parsed if not line["logger"].startswith(("httpx", "httpcore")))
    assert not [secret for secret in said if secret in service_lines]


def test_a_defect_is_an_answer_without_its_text_and_a_log_line_with_its_place(sqlite_url: str, lines: io.StringIO) -> None:
    app = create_app(Settings(database_url=sqlite_url, sweep_every=0.0))

    @app.get("/defect")
    def defect() -> None:
        raise RuntimeError("holds the secret parameters of a statement")

    async def run() -> None:
        async with client_of(app, raises=False) as client:
            answer = await client.get("/defect", headers={"X-Request-Id": "r-3"})
            assert (answer.status_code, answer.json()["code"], answer.json()["request_id"]) == (500, "internal", "r-3")
            assert answer.headers["X-Request-Id"] == "r-3"
            assert "secret" not in answer.text
            try:
                defect()
            except RuntimeError:
                logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    asyncio.run(run())
    crash = next(line for line in map(json.loads, lines.getvalue().splitlines()) if line["logger"] == "uvicorn.error")
    assert crash["error"] == "RuntimeError"
    assert crash["at"][-1].startswith("test_http.py:")
    assert "secret" not in lines.getvalue()


def test_r16_a_sweep_that_meets_an_error_of_no_type_goes_on_at_its_next_turn(sqlite_database: str) -> None:
    """A row that somebody else wrote, with a reason that is none, stops neither the service nor what is swept when it is mended."""

    async def scenario() -> None:
        user, *_ = await add_users(sqlite_database, 1)
        row = {"id": str(uuid4()), "subcontractor_id": user, "started_at": NOON, "last_activity_at": NOON, "end_reason": "a whim"}
        database = connect(sqlite_database, 1)
        app = create_app(Settings(database_url=sqlite_database, sweep_every=0.01))
        failures = re.compile(r'^session_chore_failures_total{chore="sweep"} ([2-9]|[1-9][0-9])', re.MULTILINE)  # two or more
        try:
            async with database.engine.begin() as db:
                await db.execute(insert(sessions), [row])
            async with client_of(app) as client, asyncio.timeout(60):
                while not failures.search((await client.get("/metrics")).text):
                    await asyncio.sleep(0.002)
                async with database.engine.begin() as db:
                    await db.execute(update(sessions).values(end_reason=None))
                while [one.status for one in await rows_of(sqlite_database, select(sessions.c.status))] != ["ended"]:
                    await asyncio.sleep(0.01)
        finally:
            await database.close()

    asyncio.run(scenario())

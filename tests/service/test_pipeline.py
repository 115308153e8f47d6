"""The pipeline: one session for each request, handed down; every effect of a message in one transaction; answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import func, select

from service.harness import Running, add_user, rows_of, running, stored_sessions
from service.talk import add_worker, count, losing_commits, new_phone, pipeline, statements, task_of
from session_service.domain import Obtained, Outcome, User
from session_service.errors import (
    IdempotencyMismatch,
    InvalidInput,
    RepeatedFetch,
    RequestInProgress,
    SessionNotFound,
    SessionStale,
    StoreUnavailable,
    UnknownUser,
)
from session_service.handlers.intents import Action, Intent, Press, classify, pressed
from session_service.handlers.pipeline import Answer, Incoming, MessagePipeline
from session_service.handlers.request_session import RequestScope
from session_service.service import SessionService
from session_service.tables import messages, progress

Scenario = Callable[[Running, MessagePipeline, User], Coroutine[Any, Any, None]]


def play(healthy_url: str, url: str, scenario: Scenario, **options: Any) -> None:
    async def run() -> None:
        user = await add_worker(healthy_url)
        async with running(url) as app:
            await scenario(app, pipeline(app, **options), user)

    asyncio.run(run())


async def talk_of(app: Running, answer: Answer) -> tuple[tuple[str, str], ...]:
    return await app.work.read(lambda stores: stores.messages.of(answer.session_id))


def test_the_click_of_the_incident_shows_the_tasks(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        hello = await bot.process(Incoming(user.phone, "hello"))
        assert hello.text == "Hello! Which project?"
        assert hello.buttons == ("project:Champigny", "project:Ivry")
        click = await bot.process(Incoming(user.phone, "", button=hello.buttons[0]))
        assert click.text == "Champigny:\n- Hang the doors\n- Paint the hall"
        words = await bot.process(Incoming(user.phone, "Which tasks are there?"))
        assert words.text == click.text
        menu = await bot.process(Incoming(user.phone, "menu"))
        assert menu.text == "Still on Champigny?"
        assert {hello.session_id, click.session_id, words.session_id, menu.session_id} == {hello.session_id}
        assert [hello.outcome, click.outcome, words.outcome] == [Outcome.CREATED, Outcome.REUSED, Outcome.REUSED]
        stored = await talk_of(app, menu)
        assert sorted(stored) == sorted(
            [
                ("inbound", "hello"),
                ("outbound", hello.text),
                ("inbound", "project:Champigny"),
                ("outbound", click.text),
                ("inbound", "Which tasks are there?"),
                ("outbound", click.text),
                ("inbound", "menu"),
                ("outbound", menu.text),
            ]
        )

    play(healthy_url, database_url, scenario)


def test_three_clicks_at_once_are_one_session_and_one_fetch_each(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        for _ in range(5):
            answers = await asyncio.gather(*(bot.process(Incoming(user.phone, "", button="project:Champigny")) for _ in range(3)))
            assert len({answer.session_id for answer in answers}) == 1
            assert {answer.text for answer in answers} == {"Champigny:\n- Hang the doors\n- Paint the hall"}
            assert [one.context for one in await stored_sessions(healthy_url, [user.id]) if one.active] == ["Champigny"]
            await app.service.end_session(answers[0].session_id, user.id)
        assert count(app, "session_fetches_per_request_count") == 15
        assert count(app, "session_fetches_per_request_sum") == 15
        assert count(app, "session_repeated_fetches_total") == 0

    play(healthy_url, database_url, scenario)


def test_r8_a_request_that_asks_again_is_given_the_same_session(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        scope = RequestScope(app.service, app.metrics)
        handles = await asyncio.gather(*(scope.session(user.id) for _ in range(3)))
        assert handles[0] is handles[1] is handles[2]
        assert count(app, "session_repeated_fetches_total") == 2
        scope.close()
        assert count(app, "session_fetches_per_request_sum") == 1
        with pytest.raises(RepeatedFetch):  # whoever asks for somebody else is mistaken
            await scope.session(await add_user(healthy_url))
        strict = RequestScope(app.service, app.metrics, strict=True)
        await strict.session(user.id)
        with pytest.raises(RepeatedFetch):
            await strict.session(user.id)

    play(healthy_url, database_url, scenario)


def test_r8_a_session_that_is_named_must_be_the_users_and_alive(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        other = await app.service.get_or_create_session(await add_user(healthy_url))
        mine = await bot.process(Incoming(user.phone, "hello"))
        again = await bot.process(Incoming(user.phone, "hello", session_id=mine.session_id))
        assert again.session_id == mine.session_id
        for foreign in (other.session.id, user.id):
            with pytest.raises(SessionNotFound):
                await bot.process(Incoming(user.phone, "hello", session_id=foreign))
        await app.service.end_session(mine.session_id, user.id)
        with pytest.raises(SessionStale):
            await bot.process(Incoming(user.phone, "hello", session_id=mine.session_id))
        assert not [one for one in await stored_sessions(healthy_url, [user.id]) if one.active]

    play(healthy_url, database_url, scenario)


def test_r8_a_named_session_that_has_expired_is_stale(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        mine = await bot.process(Incoming(user.phone, "hello"))
        app.clock.advance(hours=7)
        with pytest.raises(SessionStale):
            await bot.process(Incoming(user.phone, "hello", session_id=mine.session_id))
        assert (await bot.process(Incoming(user.phone, "hello"))).session_id != mine.session_id

    play(healthy_url, database_url, scenario)


class Interrupted(SessionService):
    """Somebody ends the session right after it was obtained: the first `times` times."""

    times = 0

    async def get_or_create_session(self, user_id: str) -> Obtained:
        obtained = await super().get_or_create_session(user_id)
        if self.times:
            self.times -= 1
            await self.end_session(obtained.session.id, user_id)
        return obtained


@pytest.mark.parametrize(("times", "answered"), [(1, True), (2, True), (3, False)])
def test_a_message_whose_session_ends_under_it_begins_anew(healthy_url: str, database_url: str, times: int, answered: bool) -> None:
    async def scenario(app: Running, _bot: MessagePipeline, user: User) -> None:
        service = Interrupted(app.work, app.metrics, app.policy, app.clock)
        bot = MessagePipeline(app.work, service, app.metrics, app.clock)
        service.times = times
        message = Incoming(user.phone, "", button="project:Champigny", key="k")
        if answered:
            answer = await bot.process(message)
            live = [one for one in await stored_sessions(healthy_url, [user.id]) if one.active]
            assert [(one.id, one.context) for one in live] == [(answer.session_id, "Champigny")]
            assert (await bot.process(message)).replayed
        else:
            with pytest.raises(SessionStale):
                await bot.process(message)
            assert not (await bot.process(message)).replayed  # the key was given back
        stored = await stored_sessions(healthy_url, [user.id])
        talk = select(func.count()).where(messages.c.session_id.in_([one.id for one in stored if not one.active]))
        assert (await rows_of(healthy_url, talk))[0][0] == 0  # nothing was said in a session that had ended

    play(healthy_url, database_url, scenario)


def test_a_task_button_starts_an_update_and_words_become_comments(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "", button="project:Champigny"))
        task = await task_of(app, user)
        begun = await bot.process(Incoming(user.phone, "", button=f"task:{task}"))
        assert begun.text == "Hang the doors: send a photo or a comment."
        texts = [
            (await bot.process(Incoming(user.phone, body, button=button))).text
            for body, button in (("two are up", None), ("", "photo"), ("", "photo"), ("", "done"), ("that is all", None), ("more", None))
        ]
        assert texts[:3] == ["Comment 1 kept.", "Photo 1 kept.", "Photo 2 kept."]
        assert texts[4:] == ["Thank you: 2 photos, 1 comments.", "Still on Champigny?"]
        listed = await bot.process(Incoming(user.phone, "", button="tasks"))
        assert listed.text == "Champigny:\n- Hang the doors (done)\n- Paint the hall"
        assert count(app, "session_context_mismatch_total") == 0
        assert count(app, "session_progress_updates_total", outcome="started") == 1
        assert count(app, "session_progress_updates_total", outcome="written") == 5

    play(healthy_url, database_url, scenario)


def test_a_button_of_an_earlier_answer_takes_the_talk_to_its_project_and_is_no_loss(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "", button="project:Champigny"))
        answer = await bot.process(Incoming(user.phone, "", button=f"task:{await task_of(app, user, 'Ivry')}"))
        assert answer.text == "Lay the tiles: send a photo or a comment."
        assert count(app, "session_context_mismatch_total") == 0
        assert [one.context for one in await stored_sessions(healthy_url, [user.id])] == ["Ivry"]

    play(healthy_url, database_url, scenario)


def test_nobody_works_on_a_task_of_another_user(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        other = await add_worker(healthy_url)
        foreign = await task_of(app, other)
        await bot.process(Incoming(user.phone, "", button="project:Champigny"))
        for wanted in (foreign, "no id at all"):
            answer = await bot.process(Incoming(user.phone, "", button=f"task:{wanted}"))
            assert answer.text.startswith("There is no such task.\nChampigny:")
        assert await rows_of(healthy_url, select(progress.c.id).where(progress.c.subcontractor_id == user.id)) == []
        assert (await bot.process(Incoming(user.phone, "", button="project:Nowhere"))).text == "You have no project Nowhere. Which project?"

    play(healthy_url, database_url, scenario)


def test_r12_a_message_sent_twice_has_its_effect_once(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "", button=f"task:{await task_of(app, user)}"))
        first = await bot.process(Incoming(user.phone, "", button="photo", key="k1"))
        second = await bot.process(Incoming(user.phone, "", button="photo", key="k1"))
        assert (first.text, first.replayed) == ("Photo 1 kept.", False)
        assert (second.text, second.buttons, second.session_id, second.replayed) == (first.text, first.buttons, first.session_id, True)
        assert (await bot.process(Incoming(user.phone, "", button="photo", key="k2"))).text == "Photo 2 kept."
        with pytest.raises(IdempotencyMismatch):
            await bot.process(Incoming(user.phone, "hello", key="k1"))
        assert [text for _, text in await talk_of(app, first)].count("photo") == 2

    play(healthy_url, database_url, scenario)


def test_r12_sent_many_times_at_once_a_message_has_its_effect_once(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "", button=f"task:{await task_of(app, user)}"))
        for round_ in range(1, 6):
            sent = (bot.process(Incoming(user.phone, "", button="photo", key=f"round {round_}")) for _ in range(8))
            results = await asyncio.gather(*sent, return_exceptions=True)
            answers = [result for result in results if isinstance(result, Answer)]
            assert len(answers) + sum(isinstance(result, RequestInProgress) for result in results) == 8, results
            assert {answer.text for answer in answers} == {f"Photo {round_} kept."}
            assert sum(not answer.replayed for answer in answers) == 1

    play(healthy_url, database_url, scenario)


@pytest.mark.parametrize("key", [None, "k"])
def test_r12_a_turn_whose_commit_got_lost_has_its_effect_once(healthy_url: str, database_url: str, key: str | None) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "", button=f"task:{await task_of(app, user)}"))
        lossy = MessagePipeline(losing_commits(app, 2 if key is None else 3), app.service, app.metrics, app.clock)
        answer = await lossy.process(Incoming(user.phone, "", button="photo", key=key))
        assert answer.text == "Photo 1 kept."
        assert [text for _, text in await talk_of(app, answer)].count("photo") == 1
        assert (await bot.process(Incoming(user.phone, "", button="photo"))).text == "Photo 2 kept."

    play(healthy_url, database_url, scenario)


def test_r12_a_request_that_fails_gives_its_key_back_and_leaves_nothing(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        with pytest.raises(SessionNotFound):
            await bot.process(Incoming(user.phone, "hello", session_id=user.id, key="k"))
        with pytest.raises(SessionNotFound):  # and not RequestInProgress
            await bot.process(Incoming(user.phone, "hello", session_id=user.id, key="k"))
        assert await stored_sessions(healthy_url, [user.id]) == []

    play(healthy_url, database_url, scenario)


def test_r12_one_whose_lease_ran_out_takes_its_effect_back(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        class Slow(SessionService):
            async def get_or_create_session(self, user_id: str) -> Obtained:
                app.clock.advance(seconds=31)
                await bot.process(message)
                return await super().get_or_create_session(user_id)

        await bot.process(Incoming(user.phone, "", button=f"task:{await task_of(app, user)}"))
        message = Incoming(user.phone, "", button="photo", key="k")
        slow = MessagePipeline(app.work, Slow(app.work, app.metrics, app.policy, app.clock), app.metrics, app.clock)
        with pytest.raises(RequestInProgress):
            await slow.process(message)
        assert (await bot.process(message)).text == "Photo 1 kept."
        assert (await bot.process(Incoming(user.phone, "", button="photo"))).text == "Photo 2 kept."

    play(healthy_url, database_url, scenario)


def test_a_number_nobody_has_becomes_a_user_once(database_url: str) -> None:
    async def scenario() -> None:
        phone = new_phone()
        async with running(database_url) as app:
            with pytest.raises(UnknownUser):
                await pipeline(app, register=False).process(Incoming(phone, "hello"))
            bot = pipeline(app, demo=True)
            answers = await asyncio.gather(*(bot.process(Incoming(phone, "hello", time_zone="Europe/Paris")) for _ in range(3)))
            assert len({(answer.user_id, answer.session_id) for answer in answers}) == 1
            assert answers[0].buttons == ("project:Champigny", "project:Ivry")
            user = await app.work.read(lambda stores: stores.directory.user(answers[0].user_id))
            assert user == User(answers[0].user_id, phone, "Europe/Paris")
            await bot.process(Incoming(phone, "hello", time_zone="Asia/Kolkata"))
            moved = await app.work.read(lambda stores: stores.directory.user_by_phone(phone))
            assert moved is not None
            assert moved.time_zone == "Asia/Kolkata"
            plain = await pipeline(app).process(Incoming(new_phone(), "hello"))
            assert plain.buttons == ()

    asyncio.run(scenario())


def test_an_unknown_button_is_refused_before_anything_is_written(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        with statements(app) as seen:
            for button in ("explode", "project:", "menu:now", "task"):
                with pytest.raises(InvalidInput, match="tasks, photo, done, end, menu"):
                    await bot.process(Incoming(user.phone, "", button=button))
        assert seen == []

    play(healthy_url, database_url, scenario)


def test_a_message_on_a_session_that_is_there_costs_few_statements(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, bot: MessagePipeline, user: User) -> None:
        await bot.process(Incoming(user.phone, "hello"))
        with statements(app) as seen:
            await bot.process(Incoming(user.phone, "hello"))
        kinds = [statement.split()[0] for statement in seen if not statement.startswith("BEGIN")]
        # the user; the session; held, message, current update? no: a clear intent; projects; answer
        assert kinds == ["SELECT", "SELECT", "SELECT", "INSERT", "SELECT", "INSERT"]
        assert sum("conversation_sessions" in statement for statement in seen) == 2

    play(healthy_url, database_url, scenario)


def test_every_statement_works_when_its_plan_is_warm(healthy_url: str, database_url: str) -> None:
    """Drivers and servers change how they run a statement after 5 to 10 times on a connection (P1)."""

    async def scenario() -> None:
        user = await add_worker(healthy_url)
        async with running(database_url, pool_size=1) as app:
            bot, task = pipeline(app, demo=True), await task_of(app, user)
            ways: tuple[tuple[str, str | None], ...] = (
                *(("", button) for button in ("project:Champigny", f"task:{task}", "photo", "done", "tasks", "menu")),
                *((words, None) for words in ("a comment", "that is all", "a problem", "hello")),
            )
            for turn in range(30):
                texts = [
                    (await bot.process(Incoming(user.phone, body, button, key=f"{turn} {body} {button}"))).text for body, button in ways
                ]
                assert texts[2] == "Photo 1 kept."
                assert texts[6:8] == ["Comment 1 kept.", "Thank you: 1 photos, 1 comments."]
                again = await bot.process(Incoming(user.phone, "hello", key=f"{turn} hello None"))
                assert again.replayed
                await bot.process(Incoming(new_phone(), "hello"))
                await app.service.end_session(again.session_id, user.id)

    asyncio.run(scenario())


def test_r14_r15_with_a_dead_store_a_message_is_an_error(tmp_path: Any) -> None:
    async def scenario() -> None:
        async with running(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}") as app:
            with pytest.raises(StoreUnavailable):
                await pipeline(app).process(Incoming(new_phone(), "hello"))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("body", "intent"),
    [
        ("Hello!", Intent.GREETING),
        ("which TASKS are there", Intent.LIST_TASKS),
        ("There is a problem with my tasks", Intent.REPORT_PROBLEM),
        ("That is all.", Intent.END_UPDATE),
        ("hello there, the multitasking is done", Intent.UNKNOWN),
        ("", Intent.UNKNOWN),
    ],
)
def test_words_have_an_intent(body: str, intent: Intent) -> None:
    assert classify(body) is intent


def test_buttons_have_an_action() -> None:
    assert pressed("project:a:b") == Press(Action.OPEN_PROJECT, "a:b")
    assert pressed("menu") == Press(Action.GREETING)

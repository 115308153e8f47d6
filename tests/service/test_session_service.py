"""The use cases on sessions, on both databases."""

from __future__ import annotations

import asyncio

from service.harness import add_user, running, stored_sessions

from session_service.domain import Outcome


def test_the_first_contact_creates_and_the_second_reuses(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            first = await app.service.get_or_create_session(user)
            second = await app.service.get_or_create_session(user)
        assert first.outcome is Outcome.CREATED
        assert second.outcome is Outcome.REUSED
        assert second.session == first.session
        assert await stored_sessions(database_url, [user]) == [first.session]

    asyncio.run(scenario())

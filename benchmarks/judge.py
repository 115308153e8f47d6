"""Whether answers to messages were right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `seconds`: until all of it was there."""

    phone: str
    status: int
    user: str
    session: str
    outcome: str
    seconds: float


def judged(replies: Sequence[Reply], stored: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    """What is wrong, in words. `stored`: phone, user, session and status as the database has them; no session was ended meanwhile."""
    owner = {session: user for _, user, session, _ in stored}
    user_of = {phone: user for phone, user, _, _ in stored}
    active: defaultdict[str, list[str]] = defaultdict(list)
    for _, user, session, status in stored:
        if status == "active":
            active[user].append(session)
    for reply in replies:
        if reply.status != 200:
            yield f"status {reply.status} for {reply.phone}"
        elif reply.user != user_of.get(reply.phone):
            yield f"{reply.phone} was taken for another user"
        elif owner.get(reply.session) != reply.user:
            yield f"{reply.phone} got the session of another user, or none that exists"
        elif active[reply.user] != [reply.session]:
            yield f"{reply.phone} got a session that is not the one that is active"
    yield from (f"user of {phone} has {len(active[user])} active sessions" for phone, user in user_of.items() if len(active[user]) != 1)

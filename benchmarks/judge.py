"""Whether answers to messages were right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: to a message, or with the outcome "ended" to an end. `seconds`: until all of it was there, from `began`."""

    phone: str
    status: int
    user: str
    session: str
    outcome: str
    seconds: float
    began: float = 0.0


def judged(replies: Sequence[Reply], stored: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    """What is wrong, in words. `stored`: phone, user, session and status as the database has them in the end."""
    status_of = {session: status for _, _, session, status in stored}
    phones, owners = {(phone, user) for phone, user, _, _ in stored}, {(user, session) for _, user, session, _ in stored}
    ended: dict[str, float] = {}  # when the first answer was there that says so
    for reply in replies:
        if reply.outcome == "ended":
            over = reply.began + reply.seconds
            ended[reply.session] = min(over, ended.get(reply.session, over))
    for reply in replies:
        found = _owned(reply, phones, owners)
        if found is None and reply.outcome == "ended":
            found = "ended a session that is not over" if status_of[reply.session] == "active" else None
        elif found is None:
            found = _alive(reply, status_of[reply.session], ended)
        if found is not None:
            yield f"{reply.phone} {found}"
    yield from _counted(stored, ended)


def _owned(reply: Reply, phones: set[tuple[str, str]], owners: set[tuple[str, str]]) -> str | None:
    if reply.status != 200:
        return f"got status {reply.status}"
    if (reply.phone, reply.user) not in phones:
        return "was taken for another user"
    return None if (reply.user, reply.session) in owners else "got the session of another user, or none that exists"


def _alive(reply: Reply, status: str, ended: dict[str, float]) -> str | None:
    if reply.session in ended:
        return "got a session that had ended before it asked" if reply.began > ended[reply.session] else None
    return None if status == "active" else "got a session that is not the one that is active, and nobody has ended it"


def _counted(stored: Sequence[tuple[str, str, str, str]], ended: dict[str, float]) -> Iterator[str]:
    """One active session for each user; none for whom one was ended, if nobody wrote after that."""
    active: defaultdict[str, int] = defaultdict(int)
    left: set[str] = set()
    for phone, _, session, status in stored:
        active[phone] += status == "active"
        if session in ended:
            left.add(phone)
    for phone, many in active.items():
        if many > 1 or (many == 0 and phone not in left):
            yield f"user of {phone} has {many} active sessions"

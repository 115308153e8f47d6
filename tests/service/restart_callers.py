"""A program: one caller who goes on whatever happens to the server, until its standard input is closed.

For a user of the list it asks for the session, and once in a while ends it. It prints "running" when it has its first answer; at the end
all it was told, and how often something was tried again, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from service.harness import Running, SettableClock, running
from session_service.errors import ServiceError
from session_service.metrics import STATES


@dataclass(frozen=True, slots=True)
class Told:
    """One call. `session`: what was obtained or ended; `error`: the code of a typed error, or the text of one that is not.

    `began` and `over` are of one clock for all processes.
    """

    user: str
    end: bool
    session: str
    error: str
    began: float
    over: float


@dataclass(slots=True)
class Report:
    """What one caller was told, and how often it tried again."""

    told: list[Told] = field(default_factory=list)
    retries: int = 0


async def call(app: Running, user: str, last: str, *, end: bool) -> Told:
    began, session, error = time.monotonic(), "", ""
    try:
        session = (await app.service.end_session(last, user)).id if end else (await app.service.get_or_create_session(user)).session.id
    except ServiceError as typed:
        error = typed.code
    except Exception as other:  # noqa: BLE001 - no other may come out: it is told in full
        error = repr(other)
    return Told(user, end, session, error, began, time.monotonic())


async def calls(url: str, seed: int, users: Sequence[str]) -> Report:
    chance, report, last = random.Random(seed), Report(), dict.fromkeys(users, "")
    async with running(url, clock=SettableClock(), budget=30.0, pool_size=3) as app:
        while not select.select([sys.stdin], [], [], 0)[0]:
            chosen = chance.sample(users, 3)  # three at once, as in a server
            asked = [call(app, user, last[user], end=bool(last[user]) and chance.random() < 0.05) for user in chosen]
            for told in await asyncio.gather(*asked):
                last[told.user] = "" if told.end else told.session
                report.told.append(told)
            if len(report.told) == len(chosen):
                print("running", flush=True)
        counted = (app.metrics.registry.get_sample_value("session_retries_total", {"sqlstate": state}) for state in STATES)
        report.retries = int(sum(value or 0 for value in counted))
    return report


if __name__ == "__main__":
    address, number, *names = sys.argv[1:]
    json.dump(asdict(asyncio.run(calls(address, int(number), names))), sys.stdout)

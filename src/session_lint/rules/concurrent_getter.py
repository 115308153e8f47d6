"""ONE104."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class ConcurrentGetter(Rule):
    """The same record is obtained in parallel, or once per turn of a loop.

    ## What it does

    Reports a get-or-create call that runs in parallel with another one for the same key (`gather`, tasks, threads), and one
    that stands in a loop although its key does not change there.

    ## Why is this bad?

    Calls that overlap are the race itself: each looks, none finds, each creates. In a loop every turn asks the database for
    what the turn before was given.

    ## Example

    ```python
    import asyncio

    from app.db import pool


    async def get_or_create_session(user_id):
        row = await pool.fetchrow("SELECT id FROM sessions WHERE user_id = $1", user_id)
        if row is None:
            await pool.execute("INSERT INTO sessions (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING", user_id)
            row = await pool.fetchrow("SELECT id FROM sessions WHERE user_id = $1", user_id)
        return row


    async def load_profile(user_id):
        return await get_or_create_session(user_id)


    async def load_tasks(user_id):
        return await get_or_create_session(user_id)


    async def open_project(user_id):
        return await asyncio.gather(load_profile(user_id), load_tasks(user_id))
    ```

    ## Use instead

    ```python
    import asyncio

    from app.db import pool


    async def get_or_create_session(user_id):
        row = await pool.fetchrow("SELECT id FROM sessions WHERE user_id = $1", user_id)
        if row is None:
            await pool.execute("INSERT INTO sessions (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING", user_id)
            row = await pool.fetchrow("SELECT id FROM sessions WHERE user_id = $1", user_id)
        return row


    async def load_profile(session):
        return session["profile"]


    async def load_tasks(session):
        return session["tasks"]


    async def open_project(user_id):
        session = await get_or_create_session(user_id)
        return await asyncio.gather(load_profile(session), load_tasks(session))
    ```

    ## Fix safety

    Hoisting the call before the loop or the `gather` makes it run also when the loop has no turns.

    ## Known limitations

    `while` loops are not judged: most of them poll or retry, and want a fresh record.
    """

    code: ClassVar[str] = "ONE104"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The calls in loops and in parallel."""
        for repeat in program.repeats:
            if repeat.shape not in {"loop", "concurrent"}:
                continue
            of = f" for {repeat.key}" if repeat.key else ""
            deep = len(repeat.chain) > 1
            if repeat.shape == "loop":
                how, advice = "in every turn of a loop", f"obtain it once before the loop{' and pass it down' if deep else ''}"
            else:
                how, advice = "in parallel", f"obtain it once before the {repeat.enclosing} and pass it"
            begun = f" that calls it at {repeat.chain[0].place}" if deep and repeat.shape == "loop" else ""
            first = f"; first at {repeat.first}" if repeat.first != repeat.second else begun
            yield self.finding(
                f"`{repeat.getter}` obtains the record{of} {how}{first}",
                repeat.second,
                certain=repeat.proved,
                intent=program.intent(repeat),
                first=(f"the record{of} is obtained here", repeat.first),
                chain=repeat.chain,
                advice=advice,
                assumed=assumed_of(repeat),
            )

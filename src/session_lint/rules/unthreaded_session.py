"""ONE103."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of, chained

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class UnthreadedSession(Rule):
    """A function deeper in the call chain obtains the record again and offers no way to pass it.

    ## What it does

    Reports a get-or-create call in one function of a call chain when another function of the same chain has obtained the
    record for the same key: caller then callee, callee then caller, or two callees one after the other, in one file or many.

    ## Why is this bad?

    Each function looks right on its own. Together they ask the database again and again within one request, and when calls
    overlap, or a session ends in between, they get different records: context is written to one and read from another.

    ## Example

    ```python
    # app/sessions.py
    from app.db import client


    def get_or_create_session(user_id):
        rows = client.table("sessions").select("*").eq("user_id", user_id).execute().data
        if rows:
            return rows[0]
        return client.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]
    ```

    ```python
    # app/actions.py
    from app.sessions import get_or_create_session


    def run_action(user_id, action):
        session = get_or_create_session(user_id)
        return session["id"], action
    ```

    ```python
    # app/handlers.py
    from app.actions import run_action
    from app.sessions import get_or_create_session


    def handle_message(user_id, text):
        session = get_or_create_session(user_id)
        return run_action(user_id, text), session
    ```

    ## Use instead

    ```python
    # app/sessions.py
    from app.db import client


    def get_or_create_session(user_id):
        rows = client.table("sessions").select("*").eq("user_id", user_id).execute().data
        if rows:
            return rows[0]
        return client.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]
    ```

    ```python
    # app/handlers.py
    from app.sessions import get_or_create_session


    def run_action(session, action):
        return session["id"], action


    def handle_message(user_id, text):
        session = get_or_create_session(user_id)
        return run_action(session, text)
    ```

    ## Fix safety

    A new parameter changes every signature on the way. Overrides, endpoints and tasks need a look.

    ## Known limitations

    Calls whose target cannot be resolved end the chain; `check --show-unresolved` lists them.
    """

    code: ClassVar[str] = "ONE103"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The redundant calls."""
        for repeat in (repeat for repeat in program.repeats if repeat.shape == "unthreaded"):
            of = f" for {repeat.key}" if repeat.key else ""
            what, advice = chained(repeat)
            yield self.finding(
                what,
                repeat.second,
                certain=repeat.proved,
                intent=program.intent(repeat),
                first=(f"the record{of} is obtained here first", repeat.first),
                again=(f"`{repeat.getter}` obtains it again here", repeat.again),
                chain=repeat.chain,
                advice=advice,
                assumed=assumed_of(repeat),
            )

"""ONE102."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of, record

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class OmittedSessionArgument(Rule):
    """A callee that would reuse a passed record is called without it, by a caller that has it.

    ## What it does

    Reports a call that leaves out an optional parameter, when the callee then obtains the record that the caller already
    holds: the guard `if not session_id:` is there, and nobody feeds it.

    ## Why is this bad?

    This is what a half-done repair looks like: one of four callers was forgotten. The forgotten path still makes a second
    session, and because the parameter exists everybody believes the case is closed.

    ## Example

    ```python
    from app.db import client


    def get_or_create_session(user_id):
        rows = client.table("sessions").select("*").eq("user_id", user_id).execute().data
        if rows:
            return rows[0]
        return client.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]


    def handle_action(user_id, action, session_id=None):
        if not session_id:
            session_id = get_or_create_session(user_id)["id"]
        return action, session_id


    def handle_message(user_id, text):
        session = get_or_create_session(user_id)
        return handle_action(user_id, text), session
    ```

    ## Use instead

    ```python
    from app.db import client


    def get_or_create_session(user_id):
        rows = client.table("sessions").select("*").eq("user_id", user_id).execute().data
        if rows:
            return rows[0]
        return client.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]


    def handle_action(user_id, action, session_id=None):
        if not session_id:
            session_id = get_or_create_session(user_id)["id"]
        return action, session_id


    def handle_message(user_id, text):
        session = get_or_create_session(user_id)
        return handle_action(user_id, text, session_id=session["id"]), session
    ```

    ## Fix safety

    Passing the argument changes what the callee does only in that it no longer obtains.

    ## Known limitations

    A guard is understood when it tests a parameter, a field of a parameter, or an attribute of `self`; a guard on something
    computed from the parameter is not.
    """

    code: ClassVar[str] = "ONE102"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The calls that omit the argument."""
        for repeat in program.repeats:
            if repeat.shape != "omitted":
                continue
            callee = repeat.callee.rsplit(".", 1)[-1]
            of = f" for {repeat.key}" if repeat.key else ""
            source = f" (from `{record(repeat.holder)}`)" if repeat.holder and repeat.holder != repeat.parameter else ""
            advice = f"pass `{repeat.parameter}={repeat.parameter}`" if not source else f"pass `{repeat.parameter}=`{source}"
            who = "the caller"
            if repeat.between:
                who, between = (name.rpartition(".")[2] for name in (repeat.function, repeat.between))
                who, advice = f"`{who}()`", f"hand it on to `{between}()`, and pass it"
            yield self.finding(
                f"`{callee}()` is called without `{repeat.parameter}` and obtains the record{of} again; {who} has it since {repeat.first}",
                repeat.second,
                certain=repeat.proved,
                intent=program.intent(repeat) if not repeat.between else None,
                first=(f"the record{of} is in hand from here", repeat.first),
                again=(f"`{callee}()` obtains it again here", repeat.again),
                chain=repeat.chain,
                advice=advice,
                assumed=assumed_of(repeat),
            )

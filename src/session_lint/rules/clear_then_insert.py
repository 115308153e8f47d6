"""ONE201."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.effects import written
from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of, cautioned

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class ClearThenInsert(Rule):
    """The row of a key is cleared, then inserted again.

    ## What it does

    Reports an insert of one row that follows the deletion (or the retirement by an update) of the rows of the same key in
    the same table, directly or through helper functions.

    ## Why is this bad?

    Between the two statements there is no row: a reader finds nothing, and two requests that both clear and then both
    insert leave two rows, or one of them fails. A transaction closes the first window, not the second; one upsert
    statement closes both.

    ## Example

    ```python
    from app.db import client


    def clear_session(user_id):
        client.table("progress_sessions").delete().eq("user_id", user_id).execute()


    def create_session(user_id, task_id):
        clear_session(user_id)
        return client.table("progress_sessions").insert({"user_id": user_id, "task_id": task_id}).execute()
    ```

    ## Use instead

    ```python
    from app.db import client


    def create_session(user_id, task_id):
        row = {"user_id": user_id, "task_id": task_id, "images": 0, "comments": 0}
        return client.table("progress_sessions").upsert(row, on_conflict="user_id").execute()
    ```

    ## Fix safety

    Unsafe: an upsert needs a unique constraint on the key, keeps the values of columns that are not in the payload (the
    delete reset them), and does not fire delete triggers or cascades.

    ## Known limitations

    On SQLite one transaction excludes all other writers, so both statements in one transaction are not reported there.
    Deletions by age, by count or of a set difference are not replacements, nor is a full refresh of a table.
    """

    code: ClassVar[str] = "ONE201"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The inserts that follow a clear."""
        for replacement in program.replacements:
            if replacement.shape != "row":
                continue
            client = program.advice(replacement.client)
            advice = written(client.row, replacement.resource, replacement.key, replacement.key.split(", "))
            kind = "retired" if replacement.soft else "cleared"
            both = "two requests can both insert" if replacement.schema.by is None else "of two requests that both insert one fails"
            window = both if replacement.transaction else f"a reader finds nothing, {both.replace('can both', 'both')}"
            yield self.finding(
                f"the row of `{replacement.resource}` for {replacement.key} is {kind} at {replacement.clear}, then inserted here: "
                f"in between, {window}",
                replacement.insert,
                certain=replacement.proved,
                intent=program.intent(replacement),
                first=(f"`{replacement.resource}` is {kind} for {replacement.key} here", replacement.clear),
                chain=replacement.chain,
                advice=f"use {advice}",
                caution=cautioned(client, replacement),
                assumed=assumed_of(replacement),
            )

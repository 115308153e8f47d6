"""ONE202."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class ReplaceSetWithoutTransaction(Rule):
    """The rows of a parent are cleared and inserted again, outside one transaction.

    ## What it does

    Reports the insertion of several rows (in bulk, or in a loop) that follows the deletion of the rows of the same parent, or
    of all rows of the table, when the two are not in one transaction.

    ## Why is this bad?

    When the insert fails, the old rows are gone and the new ones are not there. Until it has finished, every reader sees an
    empty or half-filled set, and two requests that replace the set at once leave a mixture of both.

    ## Example

    ```python
    from app.models import Label


    def set_labels(page, labels):
        Label.objects.filter(page=page).delete()
        Label.objects.bulk_create([Label(page=page, name=name) for name in labels])
    ```

    ## Use instead

    ```python
    from django.db import transaction

    from app.models import Label


    def set_labels(page, labels):
        with transaction.atomic():
            Label.objects.filter(page=page).delete()
            Label.objects.bulk_create([Label(page=page, name=name) for name in labels])
    ```

    A client that has no transaction over several calls (Supabase, PostgREST) needs a database function called with `.rpc(...)`,
    or an upsert of the rows and then a delete of what is not among them.

    ## Fix safety

    A transaction holds its locks for as long as it lasts: compute the new rows before it begins.

    ## Known limitations

    A transaction that every known caller opens counts, also with a context manager or a decorator of the project. Django's
    `ATOMIC_REQUESTS` counts where a settings file of the project says it, for the views that URL patterns and routers name and
    for serializers; a function that no known call reaches is judged by itself.
    """

    code: ClassVar[str] = "ONE202"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The inserts of sets that follow a clear."""
        for replacement in program.replacements:
            if replacement.shape != "set":
                continue
            client = program.advice(replacement.client)
            idiom = client.relation if replacement.relation else client.rows
            advice = idiom.format(table=replacement.resource, columns=replacement.key)
            of = f" for {replacement.key}" if replacement.key else ""
            why = "the clear is committed before" if replacement.committed_between else "the two are not one transaction"
            yield self.finding(
                f"the rows of `{replacement.resource}`{of} are cleared at {replacement.clear}, then inserted here, and {why}: "
                "a failure in between loses them",
                replacement.insert,
                certain=replacement.proved,
                intent=program.intent(replacement),
                first=(f"`{replacement.resource}` is cleared{of} here", replacement.clear),
                chain=replacement.chain,
                advice=f"use {advice}",
                assumed=assumed_of(replacement),
            )

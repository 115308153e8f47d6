"""ONE204."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.facts.summary import Unconstrained
from session_lint.rule import Rule

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class GetterWithoutConstraint(Rule):
    """A record is got or created by a key of which the database may keep two rows.

    ## What it does

    Reports a `get_or_create`, an `update_or_create` or an upsert of a library when no unique constraint, unique index or primary
    key of its table is a part of the key that it goes by. The [schema](../schema.md) is read from the models and migrations of the project.
    So is an insert that answers a row that is there, where the database cannot tell that one is: `ON CONFLICT` on columns that are not
    just those of a unique constraint (the statement fails), `INSERT OR IGNORE` or `ON DUPLICATE KEY` without one.

    ## Why is this bad?

    Such a call looks for the row and inserts it when it finds none: two statements. Two requests that both look before either inserts
    leave two rows, and nothing fails at that moment. The calls that come later fail, each of them, until somebody deletes a row
    by hand. With the constraint the second insert is refused, and the library reads the row of the first.

    ## Example

    ```python
    from django.db import models


    class Basket(models.Model):
        owner = models.ForeignKey("auth.User", on_delete=models.CASCADE)
        open = models.BooleanField(default=True)


    def basket_of(user):
        basket, _ = Basket.objects.get_or_create(owner=user, open=True)
        return basket
    ```

    ## Use instead

    ```python
    from django.db import models


    class Basket(models.Model):
        owner = models.ForeignKey("auth.User", on_delete=models.CASCADE)
        open = models.BooleanField(default=True)

        class Meta:
            constraints = [models.UniqueConstraint(fields=["owner"], condition=models.Q(open=True), name="one_open_basket")]


    def basket_of(user):
        basket, _ = Basket.objects.get_or_create(owner=user, open=True)
        return basket
    ```

    ## Fix safety

    Always unsafe. The constraint goes into the model, over the rows in use alone where a flag or a date retires some; for Django and
    Alembic a migration comes with it, which stops while there are two such rows already: decide first which of them stays.

    ## Known limitations

    A table that is not declared in the project, a key with a column of a base class of another package, which may have constraints of
    its own, and a key that is put together at run time are not judged; the run says how many such calls there are.
    """

    code: ClassVar[str] = "ONE204"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The calls whose key is not unique."""
        for one in program.unconstrained:
            yield self.finding(
                _what(program, one),
                one.place,
                certain=True,
                intent=program.intent(one),
                first=(f"`{one.resource}` is declared here", one.declared),
                again=("the helper makes the call here", one.library),
                others=[(f"`{getter}` wants the same", place) for getter, place in one.others],
                chain=one.chain,
                advice=_cure(program, one),
                caution="" if program.hindered(one) else "The migration fails where there are two such rows already",
            )


def _what(program: Program, one: Unconstrained) -> str:
    if one.conflict is None:
        by = f"`{one.getter}` goes by {', '.join(one.key)}{one.like('call') or ','} and no unique constraint of `{one.resource}`"
        twice = f"two requests that both find nothing leave two rows, and {program.advice(one.client).twice}"
        return f"{by} covers that{one.near}: {twice}"
    if one.conflict.columns:
        names = f"`{one.conflict.shown}`{one.like('statement')} names no unique constraint of `{one.resource}`"
        return f"{names}{one.near}: the database refuses the statement"
    never = f"`{one.conflict.shown}` never finds a row of `{one.resource}` to be there already"
    return f"{never}, for nothing that it sets is unique: every run leaves one more row"


def _cure(program: Program, one: Unconstrained) -> str:
    """The constraint: over the rows in use alone, where the key holds a flag, or the table has one; or the one that is there."""
    near = one.schema.near
    if one.conflict is not None and near is not None and near.partial and len(near.columns) == len(one.key):
        return f"name the condition behind the columns: `WHERE {near.condition}`"
    if not one.wanted.columns:
        return "declare which of these columns no two rows have in common"
    if hindered := program.hindered(one):
        return hindered
    cure = f"declare {program.constraint(one)}"
    return f"go by {', '.join(one.wider.columns)}, or {cure}" if one.wider is not None else cure

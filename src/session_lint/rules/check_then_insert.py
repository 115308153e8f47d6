"""ONE203."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.facts.schema import Covered
from session_lint.facts.summary import Check
from session_lint.facts.terms import show
from session_lint.rule import Rule

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class CheckThenInsert(Rule):
    """A row is looked up, and inserted where there was none.

    ## What it does

    Reports an insert that waits for a look-up of the same row to find nothing, in one function or through helpers, with no lock held
    and with no answer to the error of the one that comes second.

    ## Why is this bad?

    Two requests can both look before either inserts. Both find nothing, and both insert: two rows for one key, or an unhandled
    error for one of them where a unique constraint keeps the rows apart. A transaction around both statements closes nothing, since
    neither sees what the other has not committed.

    ## Example

    ```python
    from app.models import Membership


    def join(user, team):
        if not Membership.objects.filter(user=user, team=team).exists():
            Membership.objects.create(user=user, team=team)
    ```

    ## Use instead

    ```python
    from app.models import Membership


    def join(user, team):
        Membership.objects.get_or_create(user=user, team=team)
    ```

    ## Fix safety

    Unsafe, and only where a unique constraint covers the key: with Django, Tortoise and peewee one `get_or_create`, else the insert is
    tried, and whoever comes second looks again and does as one who finds the row. Without a constraint that comes first, and with it
    what becomes of the duplicates that are there already.

    ## Known limitations

    Keys that are constants, made on the spot or given by a service to what was made there, scripts, what only a program does that the
    setting `one-at-a-time` names, and a check that decides something else (the parent of the row, a quota) are not reported, nor is an
    insert whose conflict is caught: around it, by a decorator, or by every caller that is known. A handler for anything counts where it
    looks the row up again. A lock on the row that is looked for protects nothing where there is none.
    """

    code: ClassVar[str] = "ONE203"
    since: ClassVar[str] = "0.2.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The inserts that wait for a look-up to find nothing."""
        for check in program.checks:
            looked = f"`{check.resource}` is looked up by {_by(check)}"
            yield self.finding(
                f"{looked} at {check.look}, then inserted here where nothing was found: {_harm(check)}",
                check.insert,
                certain=check.certain,
                intent=program.intent(check),
                first=(f"{looked} here", check.look),
                again=("the row is inserted here", check.made),
                others=[(f"it is looked up by {key} here, too", place) for key, place in check.also],
                chain=check.chain[:1],
                advice=_advice(program, check),
                assumed=f"that the row inserted has the {check.key} that was looked for",
            )


def _advice(program: Program, check: Check) -> str:
    """What to write instead; where a row that is found is refused, what to do with the error of the one that comes second."""
    advice, columns = program.advice(check.client), ", ".join(check.wanted.columns)
    where = " and ".join(f"{name} is {show(value)}" for name, value in check.flags)
    told = f"{columns} is unique{f' where {where}' if where else ''}" if "**" not in columns else "what it goes by is unique"
    if (check.loose or check.schema.covered is Covered.NO) and (hindered := program.hindered(check)):
        return hindered
    first = {Covered.YES: "", Covered.NO: f"declare {program.constraint(check)}, and "}.get(check.schema.covered, f"see that {told}, and ")
    if check.refuses:
        return f"{first}catch {advice.taken} of the insert, and refuse it as where a row is found"
    if check.apart:
        return f"{first}catch {advice.taken} of the insert, undo what was written for the row, and take the one that is there"
    return f"{first}{program.instead(check)}"


def _by(check: Check) -> str:
    """What a row is looked up by."""
    return f"{check.key} and other conditions" if check.loose and check.key.replace(", ", "").replace("_", "").isalnum() else check.key


def _harm(check: Check) -> str:
    """What becomes of two requests that come at the same time."""
    answer = check.schema
    if answer.by is not None:
        return f"of two requests that both find nothing one fails on {answer.by.shown}, and nothing here answers that"
    if check.loose:
        return "two requests that both find nothing both insert"
    if check.closing is not None:
        return f"two requests that both find nothing both insert, unless one fails on {check.closing.shown}, and nothing here answers that"
    if answer.covered is Covered.NO:
        near = f" (the nearest is {answer.near.shown})" if answer.near is not None else ""
        return f"two requests that both find nothing both insert, and nothing keeps {check.key} unique{near}"
    return f"two requests that both find nothing both insert, or one of them fails where the database keeps {check.key} unique"

"""ONE101."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.finding import Finding
from session_lint.rule import Rule, assumed_of, record

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class RepeatedGetter(Rule):
    """The same record is obtained again in the same function.

    ## What it does

    Reports a get-or-create call whose record the same function has obtained before, on the same path and for the same key.

    ## Why is this bad?

    A getter asks the database, and may create. Two calls are twice the round trips, and two chances to see or make
    different records: the second call can run after the first record was ended elsewhere, and then the function works
    with two sessions without knowing it.

    ## Example

    ```python
    from app.models import Cart


    def checkout(request):
        cart, _ = Cart.objects.get_or_create(user=request.user, complete=False)
        if request.method == "POST":
            cart, _ = Cart.objects.get_or_create(user=request.user, complete=False)
        return cart.total()
    ```

    ## Use instead

    ```python
    from app.models import Cart


    def checkout(request):
        cart, _ = Cart.objects.get_or_create(user=request.user, complete=False)
        if request.method == "POST":
            cart.save()
        return cart.total()
    ```

    ## Fix safety

    The finding names the variable to reuse. Where the record may have been changed between the two calls by somebody
    else, reload it (`refresh_from_db`, a read by id): that keeps one identity.

    ## Known limitations

    A call that only may pick the same record (one key is computed in a way the analysis cannot follow) is reported as
    `likely`. Calls in exclusive branches, after an early return or in an `except` handler are not reported, nor are
    memoised getters.
    """

    code: ClassVar[str] = "ONE101"
    since: ClassVar[str] = "0.1.0"

    def check(self, program: Program) -> Iterator[Finding]:
        """The redundant calls."""
        for repeat in program.repeats:
            if repeat.shape != "same":
                continue
            of = f" for {repeat.key}" if repeat.key else ""
            reuse = f"reuse `{record(repeat.holder)}`" if repeat.holder else "keep the first result in a variable and reuse it"
            yield self.finding(
                f"`{repeat.getter}` obtains the record{of} again; it was obtained at {repeat.first}",
                repeat.second,
                certain=repeat.proved,
                intent=program.intent(repeat),
                first=(f"the record{of} is obtained here first", repeat.first),
                chain=repeat.chain,
                advice=reuse,
                assumed=assumed_of(repeat),
            )

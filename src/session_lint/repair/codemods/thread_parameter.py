"""The repair of ONE103."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from session_lint.facts.finding import Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Repeat
from session_lint.repair.codemod import Codemod, safe, unsafe
from session_lint.repair.rewrite.calls import chains, origins, threads
from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.calls.origins import Origin
from session_lint.repair.rewrite.calls.threads import Thread
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.writes import freshness


class ThreadParameter(Codemod):
    """A callee that obtains the record again takes it as an optional parameter, and every call of the chain passes it.

    ## What it does

    Gives the function that obtains again, and each function between, a parameter `session=None` (or `session_id`, when that
    is all the chain has and all the function needs), puts the second get-or-create call under `if session is None:`, and
    passes the record by keyword at every call from the function that has it. Annotations, docstrings and layout follow the
    project's own. Where the callee puts a part of the record into a variable and needs no more (`key = row["id"] if row else None`),
    that variable is the parameter. A record that was stored on an object in scope (`ctx.session_id`) is passed from the deepest
    function that sees the object; one that nobody kept is given a name.

    ## Fix safety

    Safe when every call of the chain enters exactly one function, the key is provably the same, the record has always been
    obtained before, and the callee needs only its id, or reads other fields while nothing that is not known to give a value runs
    from the first call to the second. Unsafe when something does, when the callee changes the record or hands it on, when a call is
    moved, or when the record travels through an attribute that others may set.

    No edit is made, and the reason is shown, for functions whose signature others rely on: overridden or overriding methods,
    decorated endpoints, tasks and commands, functions that forward `*args` or `**kwargs`, functions used as values.

    ## Known limitations

    A decorator that keeps the signature has to be named in `transparent-decorators`. A parameter that exists under another
    name, and records held in a part that the callee cannot use, are left to you.
    """

    DESCRIPTION: ClassVar[str] = "Pass the record that a caller has obtained down the call chain."
    repairs: ClassVar[str] = "ONE103"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        """The parameter, the guard and the arguments."""
        if not isinstance(intent.material, Repeat):
            raise CannotRepair("this is no repeated getter")
        repeat = intent.material
        chain = chains.steps(intent, sources, repeat.chain)
        first = chains.steps(intent, sources, repeat.first_chain)
        origins.require_same(intent, sources, first[-1], chain[-1])
        if len(chain) == 1:
            try:
                origin = origins.moved_up(first, chain[0])
            except CannotRepair:
                origin = origins.taken_over(first, chain[0])
            return _fix(repeat, origin, [threads.thread(intent, sources, first, origin)], first)
        try:
            origin = origins.origin(chain, first)
            same = len(first) == 1 and freshness.fresh(chain, first[0])
            return _fix(repeat, origin, [threads.thread(intent, sources, chain, origin)], chain, same=same)
        except CannotRepair as error:
            if len(first) == 1:
                return _widened(intent, sources, chain, first, error)
            if not origins.kept_back(first):
                raise
            return _both(intent, sources, chain, first, error)


def _widened(intent: Intent, sources: Sources, chain: Sequence[Step], first: Sequence[Step], error: CannotRepair) -> Fix:
    """The caller has kept a part of the record, and the callee needs the rest."""
    assert isinstance(intent.material, Repeat)
    try:
        origin = origins.widened(chain, first[0])
        return _fix(intent.material, origin, [threads.thread(intent, sources, chain, origin)], chain)
    except CannotRepair:
        raise error from None


def _both(intent: Intent, sources: Sources, chain: Sequence[Step], first: Sequence[Step], error: CannotRepair) -> Fix:
    """The record is obtained before both callees, and passed to each."""
    assert isinstance(intent.material, Repeat)
    try:
        origin = origins.before_both(chain, first)
        found = [threads.thread(intent, sources, one, origin) for one in (first, chain)]
    except CannotRepair as further:
        raise CannotRepair(f"{error.reason}, and obtaining it before both calls is not possible: {further.reason}") from further
    return _fix(intent.material, origin, found, chain)


def _fix(repeat: Repeat, origin: Origin, found: Sequence[Thread], chain: Sequence[Step], *, same: bool = False) -> Fix:
    """The repair; `same`: what is handed on is what would have been read."""
    message = f"pass `{found[0].given}` down to `{chain[-1].name}()` as `{found[0].name}`"
    sure = repeat.certain and origin.sure and (same or all(thread.identity for thread in found))
    edits = dict.fromkeys([*origin.edits, *(edit for thread in found for edit in thread.edits)])
    return (safe if sure else unsafe)(message, *edits)

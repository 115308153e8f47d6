"""The repair of ONE102."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import libcst as cst

from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Repeat
from session_lint.repair.codemod import Codemod, safe, unsafe
from session_lint.repair.rewrite.calls import chains, origins, stored, takers, threads
from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.calls.origins import Origin
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.signatures import signatures
from session_lint.repair.rewrite.statements import flow

_AT_HAND = "parameter "  # how the program notes that the caller was given the record


class PassArgument(Codemod):
    """The call that leaves out the record passes it, in the form that the callee takes.

    ## What it does

    Adds `session_id=...` at the call that omits it, or writes it in the place of `None`. What is passed follows the callee:
    `session["id"]` or `session.id` where it takes the id, `session` where it takes the record, `ctx.session_id` where an
    earlier call has stored it there, `session_id` where the caller has it as a parameter. A record that was obtained without
    being bound is given a name.

    ## Fix safety

    Safe when the caller itself has obtained the record before, on every way, for provably the same key, and the variable
    still holds it. Unsafe when it comes from a parameter of the caller or from an attribute, which others may have set.

    No edit is made, and the reason is shown, when the record is obtained on one branch only, when its variable is bound
    anew in between, when the call spreads `*` or `**` arguments or may enter several functions, and when the caller holds
    less of the record than the callee needs.

    ## Known limitations

    What a parameter takes is read off the guard of the callee; a guard in a third form is not understood.
    """

    DESCRIPTION: ClassVar[str] = "Pass the record that the caller holds to a callee that takes it."
    repairs: ClassVar[str] = "ONE102"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        """The argument."""
        repeat = intent.material
        if not isinstance(repeat, Repeat):
            raise CannotRepair("this is no repeated getter")
        chain = chains.steps(intent, sources, repeat.again_chain)
        call = chain[0]
        if repeat.first_chain[0].note.startswith(_AT_HAND):
            _require_kept(call, repeat.holder.split(".", 1)[0])
            if "." in repeat.holder:
                _require_stored(sources, chain, repeat.parameter, repeat.holder.rpartition(".")[2])
            edits = _passed(chain, repeat.parameter, repeat.holder)
            return unsafe(f"pass `{repeat.parameter}={repeat.holder}`", *edits)
        first = chains.steps(intent, sources, repeat.first_chain)
        origins.require_same(intent, sources, first[-1], chain[-1])
        origin = origins.origin(chain, first)
        form = takers.taken(chain, repeat.parameter)
        value = origin.in_hand.get(form)
        if not value and len(first) == 1:
            origin = _widened(chain, first[0], origin)
            value = origin.in_hand.get(form)
        if not value:
            if origin.in_hand.maybe:
                raise CannotRepair(f"the caller obtains the record on some ways only, and `{chain[1].name}()` takes a part of it")
            known = ", ".join(f"`{text}`" for _, text in origin.in_hand.expressions)
            raise CannotRepair(f"`{chain[1].name}()` needs more of the record than {known}, which is what its caller has")
        edits = _passed(chain, repeat.parameter, value)
        return (safe if repeat.certain and origin.sure else unsafe)(f"pass `{repeat.parameter}={value}`", *origin.edits, *edits)


def _widened(chain: Sequence[Step], first: Step, origin: Origin) -> Origin:
    """All of the record, where the caller kept a part of it and that can be changed."""
    try:
        return origins.widened(chain, first)
    except CannotRepair:
        return origin


def _require_kept(step: Step, name: str) -> None:
    """Raises CannotRepair when the caller's own parameter may mean something else by then."""
    if step.function is not None and names.bindings(step.source, step.function, name):
        flow.require_unchanged(step.source, step.function, name, step.function.params, step.call)


def _require_stored(sources: Sources, chain: Sequence[Step], parameter: str, attribute: str) -> None:
    """Raises CannotRepair unless the attribute is shown to hold what the callee obtains when the parameter is missing."""
    reason: CannotRepair | None = None
    for size in range(2, len(chain) + 1):  # a getter may go on to another one: the first that the parameter stands for counts
        try:
            form = takers.taken(chain[:size], parameter)
        except CannotRepair as error:
            reason = reason or error
            continue
        stored.require(sources, chain[size - 1], attribute, form)
        return
    raise reason or CannotRepair(f"it cannot be told what `{parameter}` takes")


def _passed(chain: Sequence[Step], parameter: str, value: str) -> list[Edit]:
    """`parameter=value` at the first call of a chain; a `None` that is passed by position is written over."""
    step, callee = chain[0], chain[1]
    if callee.function is None or signatures.parameter(callee.function, parameter) is None:
        raise CannotRepair(f"`{callee.name}()` is made with another signature than it is written with")
    given = signatures.bind(step.source, step.call, callee.function).get(parameter)
    if isinstance(given, cst.Name) and given.value == "None":
        return [step.source.replace(given, value)]
    if parameter in {one.name.value for one in callee.function.params.posonly_params}:
        raise CannotRepair(f"`{parameter}` of `{callee.name}()` cannot be named in a call")
    return threads.pass_argument(step.source, step.call, parameter, value)

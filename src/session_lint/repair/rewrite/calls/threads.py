"""A record passed down a call chain: the new parameters, the arguments at each call, the guard at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.repair.rewrite.calls import arguments, chains, guards
from session_lint.repair.rewrite.calls.chains import InHand, Step
from session_lint.repair.rewrite.calls.guards import Guarded
from session_lint.repair.rewrite.calls.origins import Origin
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name
from session_lint.repair.rewrite.records import records
from session_lint.repair.rewrite.signatures import annotating, docstrings, signatures


@dataclass(frozen=True, slots=True)
class Thread:
    """`given` is what the first call passes, `name` the parameter; `identity`: the end of the chain needs only the record's id."""

    name: str
    given: str
    identity: bool
    edits: tuple[Edit, ...]


def thread(intent: Intent, sources: Sources, chain: Sequence[Step], origin: Origin) -> Thread:
    """Passes what is in hand from the deepest function that has it to the end of the chain. Raises CannotRepair with the reason."""
    hands = [origin.in_hand]
    for step, callee in pairwise(chain):
        hands.append(chains.carried(step, callee, hands[-1]))
    if hands[-1].expressions:
        raise CannotRepair(f"`{chain[-1].name}()` has it already, in `{hands[-1].expressions[0][1]}`: use that")
    start, guard = _deepest(chain, hands)
    return _threaded(intent, sources, chain[start:], guard)


def _deepest(chain: Sequence[Step], hands: Sequence[InHand]) -> tuple[int, Guarded]:
    reason: CannotRepair | None = None
    for number in range(len(chain) - 2, -1, -1):
        if hands[number].expressions:
            try:
                return number, guards.guarded(chain[-1], hands[number])
            except CannotRepair as error:
                reason = reason or error
    raise reason or CannotRepair("nothing in scope holds the record")


def _threaded(intent: Intent, sources: Sources, chain: Sequence[Step], guard: Guarded) -> Thread:
    kind = _kind(intent, sources, chain, guard)
    edits: list[Edit] = []
    for number, step in enumerate(chain[:-1]):
        edits += pass_argument(step.source, step.call, guard.name, guard.given if number == 0 else guard.name)
        callee = chain[number + 1]
        last = number + 2 == len(chain)
        if not _takes(callee, guard.name) or last:
            edits += add_parameter(sources, callee, guard.name, kind, own=last and guard.own)
    return Thread(guard.name, guard.given, guard.identity, (*edits, *guard.edits))


def pass_argument(source: Source, call: cst.Call, name: str, value: str) -> list[Edit]:
    """`name=value` at a call; nothing where it is there already. Raises CannotRepair where something else is passed."""
    if any(arg.star for arg in call.args):
        raise CannotRepair(f"the call at {source.path}:{source.span(call).row} spreads its arguments")
    known = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)
    if known is None:
        return [arguments.add_argument(source, call, f"{name}={value}", fit=True)]
    if source.code(known.value) == value:
        return []
    if source.code(known.value) == "None":
        return [source.replace(known.value, value)]
    raise CannotRepair(f"the call at {source.path}:{source.span(call).row} passes another `{name}`")


def add_parameter(sources: Sources, step: Step, name: str, kind: str, *, own: bool) -> list[Edit]:
    """An optional parameter, annotated where its neighbours are, and its line of the docstring."""
    if step.definition is None:
        raise CannotRepair(f"`{step.name}()` is no function of the project")
    function = signatures.require_free(sources, step.definition, name, own=own)
    source = step.source
    annotation = ""
    if signatures.annotated(source, function):
        annotation = annotating.optional(source, kind if annotating.usable(source, kind) else annotating.fallback(source))
    described = docstrings.describe(source, function, name, annotation, f"The {name.replace('_', ' ')}, where the caller has it already.")
    return [signatures.add_parameter(source, function, name, annotation), *described]


def _takes(step: Step, name: str) -> bool:
    """Whether a function between has the very parameter, from a repair of another chain."""
    known = signatures.parameter(step.function, name) if step.function is not None else None
    return (
        known is not None
        and step.function is not None
        and isinstance(known.default, cst.Name)
        and known.default.value == "None"
        and not names.bindings(step.source, step.function, name)
    )


def _kind(intent: Intent, sources: Sources, chain: Sequence[Step], guard: Guarded) -> str:
    """The type of what is passed, "" when nobody says it."""
    if guard.kind:
        return annotating.required(guard.kind)
    last = chain[-1]
    holding = records.held(last.source, last.call)
    targets = intent.link(last.source.place(called_name(last.call))).targets
    definition = intent.definition(targets[0]) if len(targets) == 1 else None
    getter = sources[definition.path] if definition is not None else None
    if guard.form == holding.pick:
        if getter is not None and definition is not None:
            return annotating.returned(getter.function_at(definition.name_span), getter, holding.pick)
        return annotating.model(last.source, last.call)
    files = [step.source for step in chain] + ([getter] if getter is not None else [])
    return annotating.said_elsewhere(tuple(dict.fromkeys(files)), guard.name)

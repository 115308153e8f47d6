"""Where the error of an insert of a row that is there already is answered: a handler, `suppress`, a context manager of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import same_rows
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.uniqueness import answers, broad, is_conflict, swallows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind, Scope
from session_lint.facts.module_facts import Block, Do, FunctionFacts, Pause, Try, Within
from session_lint.facts.telling_names import names_several
from session_lint.facts.terms import Attr, Invoke, Ref, strip

_SUPPRESS = {Ref("contextlib.suppress"), Attr(Ref("contextlib"), "suppress")}
_ANY = {"Exception", "BaseException"}
_LOOKS = {EffectKind.READ, EffectKind.OBTAIN}

Entered = Callable[[Invoke], Iterable[FunctionFacts]]  # the functions of the project that a call may enter


def answered(facts: FunctionFacts, entered: Entered) -> Iterator[Block]:
    """The blocks of a function of which such an error is answered. `entered` tells what makes the context of a `with` block."""
    for step in steps(facts.body):
        match step:
            case Try() if answers(step):
                yield step.body
            case Within(scope, body) if _is_answered(scope, entered):
                yield body


def swallowed(facts: FunctionFacts) -> frozenset[int]:
    """The call sites of a function of which an error of any kind ends in a handler."""
    return sites([step.body for step in steps(facts.body) if isinstance(step, Try) and swallows(step)])


def taken_as_one(facts: FunctionFacts) -> frozenset[int]:
    """The call sites of a function where several rows of a key are answered: whoever wrote it knows of them."""
    return sites([step.body for step in steps(facts.body) if isinstance(step, Try) and answers(step, names_several)])


def sites(blocks: Iterable[Block]) -> frozenset[int]:
    """The call sites in some blocks."""
    return frozenset(step.site for block in blocks for step in steps(block) if isinstance(step, Do))


def tried_again(facts: FunctionFacts) -> frozenset[int]:
    """The call sites in handlers of such an error: what failed is called once more there, and by then the row is there."""
    return sites([handler for step in steps(facts.body) if isinstance(step, Try) and answers(step) for handler in step.handlers])


def note_answered(facts: FunctionFacts, walked: Walk, inside: frozenset[int]) -> None:
    """Notes the inserts of a walk whose error is answered: those of the call sites `inside`, and those in a `try` with a handler for
    anything that looks the row up again."""
    inserts = [index for index, event in enumerate(walked.events) if event.kind is EffectKind.INSERT and not event.caught]
    if not inserts:
        return
    again = [(sites([step.body]), sites(broad(step))) for step in steps(facts.body) if isinstance(step, Try)]
    for index in inserts:
        event = walked.events[index]
        looks = [one for one in walked.events if one.kind in _LOOKS and same_rows(one, event)]
        if event.site in inside or any(event.site in body and any(one.site in handled for one in looks) for body, handled in again):
            walked.events[index] = replace(event, caught=True)


def _is_answered(scope: Scope, entered: Entered) -> bool:
    """Whether a `with` block swallows such an error, or the generator that makes its context has its `yield` where one is answered."""
    context = strip(scope.context) if scope.context is not None else None
    if not isinstance(context, Invoke):
        return False
    if strip(context.func) in _SUPPRESS:
        names = [name for one in context.args if (name := name_of(one))]
        return is_conflict([names]) or bool(_ANY.intersection(names))
    blocks = (block for facts in entered(context) for block in answered(facts, lambda _: ()))
    return any(isinstance(step, Pause) for block in blocks for step in steps(block))

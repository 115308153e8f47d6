"""Handlers for a row that is not there: `except Cart.DoesNotExist:` runs where a look-up of the `try` block has found nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.walked import Outcome
from session_lint.facts.effects import WRITES, EffectKind
from session_lint.facts.module_facts import Block, Condition, Do, FunctionFacts, Try
from session_lint.facts.terms import Invoke, Op, Term

_ABSENT = re.compile(r"DoesNotExist|NotFound|NoResultFound|NoMatch|DoesntExist|NotExist|Missing|NoSuch|Http404|KeyError")
_RAISING = {"get", "aget", "one", "scalar_one", "get_one", "get_by_id", "earliest", "latest", "fetch_one", "get_object_or_404"}
_BROAD = {"Exception", "BaseException"}


def of_handlers(facts: FunctionFacts, step: Try, tried: Sequence[Event]) -> list[tuple[Condition, ...]]:
    """Of each handler, that the look-ups of the `try` block have found nothing, where it is for that; `tried` are the events of the block.

    A handler for any exception counts where the block does nothing but look a row up that must be there.
    """
    reads = [event for event in tried if event.kind is EffectKind.READ and event.columns]
    if not reads:
        return [()] * len(step.handlers)
    terms = tuple(_result(facts, site) for site in dict.fromkeys(event.site for event in reads))
    none = (Condition(terms[0] if len(terms) == 1 else Op("and", terms), holds=False),)
    handled = (step.caught[number] if number < len(step.caught) else ("",) for number in range(len(step.handlers)))
    return [none if _is_for_none(names) or _is_broad(names, tried, facts, step.body) else () for names in handled]


def is_raising(read: Event, func: Term) -> bool:
    """Whether a look-up, here or in the function that `func` calls, is one that raises where it finds nothing."""
    asked = read.effect.verb.strip(".()") if read.effect is not None and read.callee else name_of(func)
    return asked in _RAISING


def common(missed: Sequence[tuple[Condition, ...]], ends: Sequence[Outcome]) -> tuple[Condition, ...]:
    """What all handlers suppose that lead on, as these outcomes of them say."""
    first, *others = [none for none, end in zip(missed, ends, strict=True) if end.after is not None] or [()]
    return tuple(condition for condition in first if all(condition in other for other in others))


def _is_for_none(names: Sequence[str]) -> bool:
    return any(_ABSENT.search(name) for name in names)


def _is_broad(names: Sequence[str], tried: Sequence[Event], facts: FunctionFacts, body: Block) -> bool:
    if names and not _BROAD.intersection(names):
        return False
    called = {name_of(facts.calls[one.site].func) for one in steps(body) if isinstance(one, Do)}
    return bool(called & _RAISING) and not any(event.kind in WRITES for event in tried)


def _result(facts: FunctionFacts, site: int) -> Term:
    call = facts.calls[site]
    return Invoke(call.func, call.args, call.kwargs, call.index)

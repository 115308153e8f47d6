"""Handlers for a row that is not there: `except Cart.DoesNotExist:` runs where a look-up of the `try` block has found nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.facts.effects import WRITES, EffectKind
from session_lint.facts.module_facts import Block, Condition, Do, FunctionFacts, Try
from session_lint.facts.terms import Invoke, Op, Term

_ABSENT = re.compile(r"DoesNotExist|NotFound|NoResultFound|NoMatch|DoesntExist|NotExist|Missing|NoSuch|Http404|KeyError")
_RAISING = {"get", "aget", "one", "scalar_one", "get_one", "get_by_id", "earliest", "latest", "fetch_one", "get_object_or_404"}
_BROAD = {"Exception", "BaseException"}


def found_none(facts: FunctionFacts, step: Try, handler: int, tried: Sequence[Event]) -> tuple[Condition, ...]:
    """That the look-ups of a `try` block have found nothing, where a handler is for that; `tried` are the events of the block.

    A handler for any exception counts where the block does nothing but look a row up that must be there.
    """
    reads = [event for event in tried if event.kind is EffectKind.READ and event.columns]
    names = step.caught[handler] if handler < len(step.caught) else ()
    told = any(_ABSENT.search(name) for name in names)
    if not reads or not (told or _is_broad(names, tried, facts, step.body)):
        return ()
    sites = tuple(dict.fromkeys(event.site for event in reads))
    terms = tuple(_result(facts, site) for site in sites)
    return (Condition(terms[0] if len(terms) == 1 else Op("and", terms), holds=False),)


def common(found: Collection[tuple[Condition, ...]]) -> tuple[Condition, ...]:
    """The conditions that all of several ways have."""
    first, *others = found or ((),)
    return tuple(condition for condition in first if all(condition in other for other in others))


def _is_broad(names: Sequence[str], tried: Sequence[Event], facts: FunctionFacts, body: Block) -> bool:
    if names and not _BROAD.intersection(names):
        return False
    called = {name_of(facts.calls[one.site].func) for one in steps(body) if isinstance(one, Do)}
    return bool(called & _RAISING) and not any(event.kind in WRITES for event in tried)


def _result(facts: FunctionFacts, site: int) -> Term:
    call = facts.calls[site]
    return Invoke(call.func, call.args, call.kwargs, call.index)

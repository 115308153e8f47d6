"""Functions that call themselves: whether that goes on to something else, and could be given the record that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.getters import base_sites
from session_lint.analysis.program.halves import reached
from session_lint.analysis.program.keys import Match, unconverted
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.module_facts import CallSite, Condition
from session_lint.facts.summary import Repeat
from session_lint.facts.terms import Attr, Element, Invoke, Item, Op, Param, Phi, Sequence, Term, children, strip, walk


def entered_again(repeat: Repeat) -> Repeat:
    """Where the way leads back into the function itself, the call that enters it again is at fault: it could give what there is."""
    back = next((number for number, step in enumerate(repeat.chain) if number and step.function == repeat.function), 0)
    if repeat.shape != "unthreaded" or not back:
        return repeat
    at_fault = repeat.chain[back - 1]
    return replace(repeat, second=at_fault.place, second_function=at_fault.function, again=repeat.second)


def could_hand_on(linker: Linker, full: str, pair: Pair) -> bool:
    """Whether a recursion could have been given the record: it takes one, and the result of the first call was not thrown away."""
    first, second = linker.walks[full].events[pair.first], linker.walks[full].events[pair.second]
    missing = (c for c in first.conditions if not c.holds and isinstance(strip(c.term), Param))
    kept = any(_fills(linker, full, first, c) for c in missing)
    below = len(first.path) > 1 and not linker.forwards(first.callee)
    left_out = bool(second.omitted) and (below or bool(first.target))
    return pair.match is Match.SAME and (kept or left_out)


def _fills(linker: Linker, full: str, obtained: Event, condition: Condition) -> bool:
    """Whether what is obtained is used in the place of a parameter that is missing: whoever calls the function could give it."""
    facts, parameter = linker.facts[full], strip(condition.term)
    used = (*facts.returns, *(term for site in facts.calls for term in (*site.args, *(value for _, value in site.kwargs))))
    site = facts.calls[obtained.site]
    told = linker.spelled(full, Invoke(site.func, site.args, site.kwargs, site.index))  # a helper may fill it
    if _is_either(told) and parameter in map(strip, children(told)):
        return True
    either = ((part, children(part)) for term in used for part in walk(term) if _is_either(part))
    return any(parameter in map(strip, options) and obtained.site in set(base_sites(one, linker.symbols)) for one, options in either)


def _is_either(term: Term) -> bool:
    return isinstance(term, Phi) or (isinstance(term, Op) and term.kind == "or")


def next_level(linker: Linker, full: str, walked: Walk, pair: Pair) -> bool:
    """Whether a recursion goes on to something else and obtains the same record there: `walk(child, owner)`. A retry goes on to nothing."""
    first, second = walked.events[pair.first], reached(walked, pair)
    if pair.match is not Match.SAME or len(first.path) > 1 or first.place != second.place or first.conditions:
        return False
    if sum(step.function == full for step in second.path[1:]) > 1:
        return False  # the level after the next
    handed = (part for value in _handed_back(linker, full, second) for part in _opened(value))
    values = map(unconverted, map(_telling(linker, full), handed))
    return any(isinstance(value, (Attr, Item, Element, Invoke)) for value in values)  # `left - 1` only counts


def _opened(value: Term) -> tuple[Term, ...]:
    """What is spread into the arguments of a call, each by itself."""
    inner = strip(value)
    held = strip(inner.operands[0]) if isinstance(inner, Op) and inner.kind == "starred" else inner
    return held.items if isinstance(held, Sequence) and held is not inner else (value,)


def _handed_back(linker: Linker, full: str, event: Event) -> tuple[Term, ...]:
    """The arguments of the call by which a way enters the function again, in terms of the function."""
    given: dict[str, Term] | None = None
    for step, following in pairwise(event.path):
        site = linker.site_of(step)
        if site is None:
            break
        handed = _told(linker, step.function, site)
        if following.function == full:
            return handed if given is None else tuple(substitute(term, given) for term in handed)
        target = next((one for one in linker.resolver.resolve(step.function, site).targets if one.full == following.function), None)
        if target is None:
            break
        tell = _telling(linker, step.function)
        values = {name: tell(term) for name, term in linker.values(step.function, site, target).items()}
        given = values if given is None else {name: substitute(term, given) for name, term in values.items()}
    return _told(linker, full, linker.facts[full].calls[event.site])


def _told(linker: Linker, full: str, site: CallSite) -> tuple[Term, ...]:
    """The arguments of a call, with what is known of them in their own function."""
    return tuple(map(_telling(linker, full), (*site.args, *(value for _, value in site.kwargs))))


def _telling(linker: Linker, full: str) -> Callable[[Term], Term]:
    """Writes out what is known of a term when a function ends."""
    walked = linker.walks[full]
    presence = linker.presence(full, walked, list(walked.kept))
    return lambda term: linker.simplified(full, term, presence)

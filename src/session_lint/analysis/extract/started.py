"""What is started and runs beside the function, and what of it is waited for."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.extract.state import State
from session_lint.facts.terms import Comprehension, Element, Given, Invoke, Op, Param, Phi, Ref, Sequence, Term, strip


def mark(state: State, term: Term, mode: str) -> None:
    """The coroutines in `term` run concurrently in this way, unless one was already awaited or started."""
    match term:
        case Invoke(_, _, _, site) if site >= 0:
            call = state.calls[site]
            if not call.awaited and not call.concurrent:
                state.calls[site] = replace(call, concurrent=mode)
        case Param() | Ref() if _is_of_caller(state, term):
            state.started.setdefault(term.name, mode)
        case Given(inner) | Comprehension(inner, _) | Element((Param() | Sequence() | Comprehension()) as inner, _):
            mark(state, inner, mode)
        case Op("starred", (inner,)) if isinstance(inner, (Sequence, Comprehension, Phi, Param, Ref)):
            mark(state, inner, mode)
        case Phi(items) | Sequence(_, items):
            for item in items:
                mark(state, item, mode)
        case _:
            pass


def _is_of_caller(state: State, term: Param | Ref) -> bool:
    """Whether a value was handed in, or is a variable of the function around: that is where it is known what it is."""
    outer = state.qualname.rpartition(".")[0]
    return isinstance(term, Param) or (bool(outer) and term.name.startswith(state.module.absolute(outer.partition(".")[0] + ".")))


def join(state: State, term: Term) -> None:
    """What is awaited is over, whoever has started it."""
    match strip(term):
        case Invoke(_, _, _, site) if site >= 0:
            state.joined.add(site)
        case Param(name):
            state.started.pop(name, None)
        case _:
            pass

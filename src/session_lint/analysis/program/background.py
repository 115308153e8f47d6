"""Work that runs beside its caller: coroutines that a callee is handed and starts, and what outlasts the function that started it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.resolution import Resolver
from session_lint.facts.module_facts import CallSite, FunctionFacts, Within
from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Op, Param, Phi, Sequence, Term, strip

_LONG = frozenset({"task", "thread"})  # whoever gathers waits
_WAITING = frozenset({"join", "result", "wait", "wait_for", "gather", "as_completed", "shutdown", "run_until_complete"})
_DEEPEST = 3  # functions that hand a coroutine on


def outlasting(facts: FunctionFacts, event: Event, *, waits: bool) -> Event:
    """The event of a function as one that runs beside its caller only where it still may when the function has returned: not where the
    function waits for anything that was started."""
    over = event.concurrent and (waits or not _goes_on(facts, event))
    return replace(event, concurrent="") if over else event


def _goes_on(facts: FunctionFacts, event: Event) -> bool:
    """Whether no block of a function waits for what was started in it, and the function itself does not wait for that."""
    if event.concurrent not in _LONG or event.site in facts.joined:
        return False
    contexts = {strip(step.scope.context) for step in steps(facts.body) if isinstance(step, Within) and step.scope.context is not None}
    starting = (call.func for call in facts.calls if call.index == event.site - 1 or _is_given(call, event.site))
    return not any(isinstance(func, Attr) and strip(func.base) in contexts for func in starting)


def _waits(call: CallSite) -> bool:
    if name_of(call.func) not in _WAITING:
        return False
    return not (isinstance(call.func, Attr) and isinstance(strip(call.func.base), Const))  # `", ".join(...)`


def _waits_for_given(facts: FunctionFacts) -> bool:
    """Whether a function waits for what it is handed: a thread, a task."""
    waiting = (call for call in facts.calls if _waits(call))
    on = (part for call in waiting for part in (*([call.func.base] if isinstance(call.func, Attr) else []), *call.args))
    return any(isinstance(strip(part), Param) for part in on)


def _is_given(call: CallSite, site: int) -> bool:
    return any(isinstance(arg, Invoke) and arg.site == site for arg in call.args)


class HandedOver:
    """The coroutines that functions hand to others that start them."""

    def __init__(self, resolver: Resolver, facts: Mapping[str, FunctionFacts]) -> None:
        self._resolver = resolver
        self._facts = facts
        self._starting = any(one.started for one in facts.values())
        self._started: dict[str, Mapping[str, str]] = {}
        self._run: dict[str, Mapping[int, str]] = {}

    def how(self, full: str, site: CallSite) -> str:
        """How a call of function `full` is run, as CallSite.concurrent says: also by a callee that its coroutine is handed to."""
        if site.concurrent or site.awaited or not self._starting:
            return site.concurrent
        if full not in self._run:
            self._run[full] = {
                part.site: mode for part, mode in self._given(full, 0) if isinstance(part, Invoke) and self._is_coroutine(full, part.site)
            }
        return self._run[full].get(site.index, "")

    def waits(self, full: str) -> bool:
        """Whether a function waits for something that was started, by itself or by a helper that it hands that to."""
        if any(_waits(call) for call in self._facts[full].calls):
            return True
        below = (target.full for call in self._facts[full].calls for target in self._resolver.resolve(full, call).targets)
        return any(one in self._facts and _waits_for_given(self._facts[one]) for one in below)

    def _is_coroutine(self, full: str, site: int) -> bool:
        targets = self._resolver.resolve(full, self._facts[full].calls[site]).targets
        return bool(targets) and all(self._resolver.symbols.functions[target.full].index.is_async for target in targets)

    def _starts(self, full: str, depth: int) -> Mapping[str, str]:
        """The parameters of a function that it starts, or hands to one that does."""
        if full not in self._facts or depth == _DEEPEST:
            return {}
        if full not in self._started:
            self._started[full] = found = dict(self._own(full))
            found.update({part.name: mode for part, mode in self._given(full, depth + 1) if isinstance(part, Param)})
        return self._started[full]

    def _own(self, full: str) -> Iterator[tuple[str, str]]:
        facts = self._facts[full]
        waits = any(_waits(call) and name_of(call.func) != "gather" for call in facts.calls)
        yield from ((name, mode) for name, mode in facts.started if mode == "gather" or not waits)

    def _given(self, full: str, depth: int) -> Iterator[tuple[Term, str]]:
        """The calls and parameters of a function that stand for coroutines handed to a callee that starts them."""
        for site in self._facts[full].calls:
            handed = (*site.args, *(value for _, value in site.kwargs))
            if not any(True for arg in handed for _ in _coroutines(arg)):
                continue
            over = site.awaited or site.index in self._facts[full].joined  # the task that it gives is waited for
            for target in self._resolver.resolve(full, site).targets:
                if over and not self._resolver.symbols.functions[target.full].index.is_async:
                    continue
                started = self._starts(target.full, depth)
                values = self._resolver.bind(target, site).values if started else {}
                for name, mode in ((n, m) for n, m in started.items() if n in values):
                    yield from ((part, mode) for part in _coroutines(values[name]))


def _coroutines(term: Term) -> Iterator[Term]:
    match strip(term):
        case Invoke() | Param() as found:
            yield found
        case Comprehension(inner, _) | Op("starred", (inner,)) | Element((Param() | Sequence() | Comprehension()) as inner, _):
            yield from _coroutines(inner)
        case Phi(items) | Sequence(_, items):
            for item in items:
                yield from _coroutines(item)
        case _:
            pass

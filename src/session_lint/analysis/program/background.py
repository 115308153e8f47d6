"""Work that runs beside its caller: coroutines that a callee is handed and starts, and what outlasts the function that started it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.travels import Target
from session_lint.facts.module_facts import CallSite, FunctionFacts, Within
from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Item, Op, Param, Phi, Ref, Sequence, Term, strip

_LONG = frozenset({"task", "thread"})  # whoever gathers waits
_WAITING = frozenset({"join", "result", "wait", "wait_for", "gather", "as_completed", "shutdown", "run_until_complete"})
_DEEPEST = 5  # functions that hand a coroutine on


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
        self._starting = any(one.started or any(call.concurrent for call in one.calls) for one in facts.values())
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

    def _is_coroutine(self, full: str, site: int, depth: int = _DEEPEST) -> bool:
        """Whether a call gives a coroutine: of an async function, or of one that gives what such a call gives."""
        targets = self._resolver.resolve(full, self._facts[full].calls[site]).targets
        return bool(targets) and all(
            self._resolver.symbols.functions[target.full].index.is_async or (depth > 0 and self._gives_coroutine(target.full, depth - 1))
            for target in targets
        )

    def _gives_coroutine(self, full: str, depth: int) -> bool:
        facts = self._facts.get(full)
        given = [strip(one) for one in facts.returns] if facts is not None else []
        calls = [one.site for one in given if isinstance(one, Invoke) and one.site >= 0]
        if facts is None or not given or len(calls) < len(given):
            return False
        return all(not facts.calls[site].awaited and self._is_coroutine(full, site, depth) for site in calls)

    def _starts(self, full: str, depth: int) -> Mapping[str, str]:
        """The parameters of a function, and the variables that it takes from around it, that it starts, or hands to one that does."""
        if full not in self._facts or depth == _DEEPEST:
            return {}
        if full not in self._started:
            self._started[full] = found = dict(self._own(full))
            found.update({part.name: mode for part, mode in self._given(full, depth + 1) if isinstance(part, (Param, Ref))})
        return self._started[full]

    def _own(self, full: str) -> Iterator[tuple[str, str]]:
        facts = self._facts[full]
        waits = any(_waits(call) and name_of(call.func) != "gather" for call in facts.calls)
        yield from ((name, mode) for name, mode in facts.started if mode == "gather" or not waits)

    def _given(self, full: str, depth: int) -> Iterator[tuple[Term, str]]:
        """The calls and parameters of a function that stand for coroutines which it starts by a call, or hands to a callee that does."""
        for site in self._facts[full].calls:
            if site.concurrent and (handed_on := self._handed_on(full, site)) is not None:  # `create_task(same(work))`
                yield from ((part, site.concurrent) for part in self._coroutines(full, handed_on))
            over = (site.awaited or site.index in self._facts[full].joined) and not self._is_coroutine(full, site.index)  # it gives a task
            for target in self._resolver.resolve(full, site).targets:
                if over or not self._may_start(full, site, target.full):
                    continue
                started = self._starts(target.full, depth)
                values = self._values(full, site, target) if started else {}
                for name, mode in started.items():
                    value = values.get(name, Ref(name) if "." in name else None)  # what is captured, whoever calls what captures it
                    yield from ((part, mode) for part in (self._coroutines(full, value) if value is not None else ()))

    def _may_start(self, full: str, site: CallSite, callee: str) -> bool:
        """Whether a call hands a coroutine over, or is one of a function that may take it from around it."""
        if callee.startswith(f"{full}."):
            return True
        handed = (*site.args, *(value for _, value in site.kwargs))
        return any(True for arg in handed for _ in self._coroutines(full, arg))

    def _values(self, full: str, site: CallSite, target: Target) -> Mapping[str, Term]:
        """What the parameters of a callee are, and what it takes from this function around it."""
        values = self._resolver.bind(target, site).values
        function = self._resolver.symbols.functions.get(full)
        if function is None:
            return values
        held = {f"{full}.{name}": term for name, term in self._facts[full].names}
        return {**values, **{f"{full}.{one.name}": Param(one.name) for one in function.index.parameters}, **held}

    def _coroutines(self, full: str, term: Term) -> Iterator[Term]:
        """The calls, parameters and captured variables that a value may stand for."""
        match strip(term):
            case Invoke(_, _, _, site) as call:
                inner = self._handed_on(full, self._facts[full].calls[site]) if site >= 0 else None
                yield from (call,) if inner is None else self._coroutines(full, inner)
            case Param() as found:
                yield found
            case Ref(name) as found if name.rpartition(".")[0] in self._resolver.symbols.functions:
                yield found
            case Comprehension(inner, _) | Op("starred", (inner,)) | Element((Param() | Sequence() | Comprehension()) as inner, _):
                yield from self._coroutines(full, inner)
            case Phi(items) | Sequence(_, items) | Op("handed", items):
                for item in items:
                    yield from self._coroutines(full, item)
            case Item(Param() as star, Const(int())):  # one of `*args`
                yield star

    def _handed_on(self, full: str, site: CallSite) -> Term | None:
        """What a call gives that gives only what it is handed, in terms of its caller."""
        targets = self._resolver.resolve(full, site).targets
        result = self._resolver.symbols.functions[targets[0].full].index.result if len(targets) == 1 else None
        inner = strip(result) if result is not None else None
        return self._resolver.bind(targets[0], site).values.get(inner.name) if isinstance(inner, Param) else None

"""Bottom-up summaries over strongly connected components of the call graph, as RacerD and Pysa do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping as Map
from dataclasses import replace
from functools import cached_property, partial

from session_lint.analysis.program.answering import answered, note_answered, sites, swallowed, tried_again
from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.building import note_stored
from session_lint.analysis.program.call_events import CallEvents
from session_lint.analysis.program.call_graph import components
from session_lint.analysis.program.callers import Calls, with_helpers
from session_lint.analysis.program.clients import Clients
from session_lint.analysis.program.events import EMPTY
from session_lint.analysis.program.frame import BLOCKS, Frame
from session_lint.analysis.program.frames import Covering, by_decorators
from session_lint.analysis.program.getters import GetterNames
from session_lint.analysis.program.handed_in import Takers, taker
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.locks import calls_kept
from session_lint.analysis.program.scripts import Scripts
from session_lint.analysis.program.summaries import Summaries
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.units import Unit
from session_lint.analysis.program.values import FunctionValue, InstanceValue
from session_lint.analysis.program.walk import Walker
from session_lint.analysis.program.walked import Walk
from session_lint.facts.chain import ChainStep
from session_lint.facts.effects import Scope, ScopeKind
from session_lint.facts.module_facts import Block, CallSite, FunctionFacts, Within
from session_lint.facts.statement_file import StatementFile
from session_lint.facts.terms import Invoke, Param, Ref, Term, walk
from session_lint.runtime.going_on import go_on

_ROUNDS = 3


class Linker(Knowledge):
    """Summarises every extracted function. `walks` keeps each function's own walk for the pairs found in it."""

    def __init__(
        self,
        symbols: SymbolTable,
        facts: Map[str, FunctionFacts],
        paths: Map[str, str],
        names: GetterNames,
        clients: Clients,
        statements: Map[str, tuple[StatementFile, ...]],
        alone: frozenset[str] = frozenset(),
    ) -> None:
        """`alone`: the files of programs that do one thing at a time."""
        super().__init__(symbols, facts, paths, names, clients, statements)
        self.calls_in_transaction: Calls = {}
        self.calls_under_lock: Calls = {}
        self.calls_answered: Calls = {}  # and whether the error of an insert of what is there already is answered around them
        self.calls_swallowed: Calls = {}  # the same, or whether whatever goes wrong there ends in a handler
        self._callers: dict[str, set[str]] = {}
        self._answered: dict[str, frozenset[int]] = {}  # the call sites of each function of which it is
        self.scripts = Scripts(symbols, self._may_call, alone)
        self._events = CallEvents(self)
        self._summaries = Summaries(self)
        self._settle()

    def site_of(self, step: ChainStep) -> CallSite | None:
        """The call of a step of a path; None where the function was not read, or a framework makes the call."""
        facts = self.facts.get(step.function)
        return next((site for site in facts.calls if site.name_span == step.place.span), None) if facts is not None else None

    def edges(self, full: str) -> tuple[str, ...]:
        """The functions that a function may call, sorted."""
        go_on()
        called = {t.full for site in self.facts[full].calls for t in self.resolver.resolve(full, site).targets}
        return tuple(sorted(called.union(*self._entered(full))))

    def _entered(self, full: str) -> Iterator[tuple[str, ...]]:
        """The methods that the `with` blocks of a function call without a word."""
        for step in steps(self.facts[full].body):
            if not isinstance(step, Within) or step.scope.kind is not ScopeKind.WITH or step.scope.context is None:
                continue
            for value in self.resolver.inference.infer(step.scope.context, full):
                if isinstance(value, InstanceValue):
                    hooks = (self.symbols.method(value.full, name) for pair in BLOCKS for name in pair)
                    yield tuple(hook.full for hook in hooks if hook is not None)

    def _settle(self) -> None:
        graph = {full: tuple(t for t in self.edges(full) if t in self.facts) for full in sorted(self.facts)}
        for component in components(graph):
            rounds = _ROUNDS if len(component) > 1 or component[0] in graph[component[0]] else 1
            for _ in range(rounds):
                before = [self.summaries.get(full) for full in component]
                for full in component:
                    self._summarise(full)
                if before == [self.summaries[full] for full in component]:
                    break
        self._note_callers()
        self.calls_in_transaction = with_helpers(self.calls_in_transaction)

    def _summarise(self, full: str) -> None:
        try:
            self._walk(full)
        except RecursionError:  # terms composed over a long chain: this one function says nothing, and that is counted
            self.limits.hit(full)
            self.walks[full], self.summaries[full], self.held[full] = Walk(), EMPTY, []

    def _walk(self, full: str) -> None:
        go_on()
        facts = self.facts[full]
        self.held[full] = []
        scopes = (*by_decorators(full, facts), *self._wrapped(full))
        self.inline.pop(full, None)
        self._run(full, scopes)
        found = self._summaries.inline(full, self.walks[full])
        if found:  # once more, knowing that these look-ups obtain
            self.inline[full], self.held[full] = found, []
            self._run(full, scopes)
            self.summaries[full] = replace(self.summaries[full], atomic=False)

    def _run(self, full: str, scopes: tuple[Covering, ...]) -> None:
        self.unmet.begin(full)
        self.walks[full] = walked = Walker(self.facts[full], Frame(full, self, self._events), scopes).run()
        note_stored(self.facts[full], walked, self.symbols, lambda call: self.result(full, call))
        self._note_answered(full, walked)
        self._asking = None
        self.summaries[full] = self._summaries.of(full, walked)
        self._asking = None
        self.unmet.note(full, walked)

    def _note_answered(self, full: str, walked: Walk) -> None:
        """Which calls are made where the error of an insert of what is there already is answered: all of them, by a decorator."""
        facts = self.facts[full]
        wrapped = any(self._calls_inside(one, self._answering) for one in self._decorators(full))
        self._answered[full] = sites([facts.body] if wrapped else self._answering(full, facts)) | tried_again(facts)
        note_answered(facts, walked, self._answered[full])

    def _answering(self, full: str, facts: FunctionFacts) -> Iterator[Block]:
        """The blocks of a function, here or inside another one, of which such an error is answered."""

        def entered(call: Invoke) -> Iterator[FunctionFacts]:
            targets = self.resolver.resolve(full, facts.calls[call.site]).targets if call.site >= 0 else ()
            return (self.facts[target.full] for target in targets if target.full in self.facts)

        return answered(facts, entered)

    def _wrapped(self, full: str) -> Iterator[Covering]:
        """The transactions in which a decorator of the project calls the function, each once."""
        units = (self._covered_by(inner, step.scope) for one in self._decorators(full) for inner, step in self._around_call(one))
        found = dict.fromkeys(unit for unit in units if unit is not None)
        yield from (Covering(f"{full}@wrapped{number}", *of) for number, of in enumerate(found))

    def _around_call(self, decorator: str) -> Iterator[tuple[str, Within]]:
        """The `with` blocks in a decorator inside of which it calls what it was given, each with the function that it stands in."""
        for full in self._inside.get(decorator, ()):
            facts = self.facts[full]
            blocks = [step for step in steps(facts.body) if isinstance(step, Within)]
            yield from ((full, one) for one in blocks if self._calls_given(decorator, facts, [one.body]))

    def _decorators(self, full: str) -> Iterator[str]:
        """The functions of the project that decorate a function."""
        function = self.symbols.functions.get(full)
        for decorator in function.index.decorators if function is not None else ():
            made = decorator.func if isinstance(decorator, Invoke) else decorator
            for value in self.resolver.inference.infer(made, function.module if function is not None else ""):
                if isinstance(value, FunctionValue):
                    yield value.full

    def _calls_inside(self, decorator: str, blocks: Callable[[str, FunctionFacts], Iterator[Block]]) -> bool:
        """Whether a function inside a decorator calls what the decorator was given, in one of some blocks of it."""
        inside = (self.facts[full] for full in self._inside.get(decorator, ()))
        return any(self._calls_given(decorator, facts, blocks(decorator, facts)) for facts in inside)

    @staticmethod
    def _calls_given(decorator: str, facts: FunctionFacts, blocks: Iterable[Block]) -> bool:
        inside = [facts.calls[site].func for site in sites(blocks)]
        return any(isinstance(func, Ref) and func.name.startswith(f"{decorator}.") for func in inside)

    @cached_property
    def _inside(self) -> dict[str, list[str]]:
        """The functions inside each function, at any depth."""
        found: dict[str, list[str]] = {}
        for full in self.facts:
            outer = full.rpartition(".")[0]
            while outer:
                if outer in self.symbols.functions:
                    found.setdefault(outer, []).append(full)
                outer = outer.rpartition(".")[0]
        return found

    def _covered_by(self, full: str, scope: Scope) -> tuple[Unit | None, bool] | None:
        """The connection whose transaction a `with` block in a decorator is for what the decorator calls, and whether it is for all of
        them; None where it is none. A connection that the block opens is no other function's, nor is one that was handed in."""
        if scope.kind is ScopeKind.TRANSACTION:
            unit = self.units.of_scope(scope, full)
            shared = unit is not None and isinstance(unit.term, Ref) and not self.readings.is_captured(unit.term)
            return (unit, False) if shared else (None, True) if scope.ambient and unit is None else None
        handle = self.units.handle(scope.context, full) if scope.context is not None else None
        return (None, True) if handle is not None and handle.transaction and handle.ambient else None

    def _note_callers(self) -> None:
        """Which calls of a function are made inside a transaction: all that one caller makes, where a flag or the kind of request decides
        whether it opens one around the same call. Which are made under a lock, or answered: only if each that it makes is."""
        around = {full: self._around(full) for full in sorted(self.facts)}
        within = [partial(_of_kind, around, kind) for kind in range(4)]
        takers = Takers(self.facts, self.resolver)
        handed = takers.handed_in()
        told = {(one, given.function) for mine in handed.values() for given in mine for one in takers.reached(given)}
        for full, mine in around.items():
            found: dict[str, list[tuple[bool, ...]]] = {}
            for site, entered in self._made(full):
                self._callers.setdefault(entered, set()).add(full)
                if (taker(full, site.func), entered) not in told:  # else it counts where it is handed in
                    found.setdefault(entered, []).append(tuple(site.index in one for one in mine))
            for one in handed.get(full, ()):
                flags = tuple(one.site in here or takers.is_inside(one, inside) for here, inside in zip(mine, within, strict=True))
                found.setdefault(one.function, []).append(flags)
            for entered, calls in found.items():
                in_transaction, *always = zip(*calls, strict=True)
                self.calls_in_transaction.setdefault(entered, []).append((full, any(in_transaction)))
                for noted, flag in zip((self.calls_under_lock, self.calls_answered, self.calls_swallowed), map(all, always), strict=True):
                    noted.setdefault(entered, []).append((full, flag))

    def _around(self, full: str) -> tuple[frozenset[int], ...]:
        """The call sites of a function inside a transaction, under a lock, where an error for what is there is answered, where any is."""
        walked, answered_here = self.walks[full], self._answered.get(full, frozenset())
        kept = walked.under_lock | calls_kept(walked, partial(self.spelled, full))
        return frozenset(walked.covered), frozenset(kept), answered_here, answered_here | swallowed(self.facts[full])

    def _made(self, full: str) -> Iterator[tuple[CallSite, str]]:
        """The calls of a function, with what each may enter."""
        for site in self.facts[full].calls:
            if not self.calls_decorated(full, site.func):
                for target in self.resolver.resolve(full, site).targets:
                    yield from ((site, entered) for entered in (target.full, *self._overriding(target)))

    def known_callers(self, full: str) -> frozenset[str]:
        """The functions of which a call is known to enter this one."""
        return frozenset(self._callers.get(full, ()))

    def may_enter(self, caller: str, full: str) -> bool:
        """Whether a function that was read says the name of another one where it is not known what it calls."""
        name = full.rpartition(".")[2]
        sites = (site for site in self.facts[caller].calls if name_of(site.func) == name)
        return any(not self.resolver.resolve(caller, site).targets for site in sites)

    def gives_another(self, caller: str, full: str) -> bool:
        """Whether a function that was not read only gives what it calls by the name of another one, which is known not to be that one:
        `return Report(x).run(y)`."""
        name, function = full.rpartition(".")[2], self.symbols.functions.get(caller)
        given = function.index.result if function is not None else None
        calls = [part for part in walk(given) if isinstance(part, Invoke) and name_of(part.func) == name] if given is not None else []
        entered = [self.resolver.inference.infer(call.func, caller) for call in calls]
        return bool(entered) and all(
            values and all(isinstance(value, FunctionValue) and value.full != full for value in values) for values in entered
        )

    def _may_call(self, caller: str, full: str) -> bool:
        """Whether a function that calls something by the name of another one, or hands it on, may mean that, as far as it was read."""
        if caller not in self.facts:
            return not self.gives_another(caller, full)
        if full in self.edges(caller) or self.may_enter(caller, full):
            return True
        return all(name_of(site.func) != full.rpartition(".")[2] for site in self.facts[caller].calls)

    def _overriding(self, target: Target) -> tuple[str, ...]:
        """The methods below that a call through `self` may enter too: the steps of a template method."""
        function = self.symbols.functions[target.full]
        if function.owner is None or not self._is_self(target.receiver):
            return ()
        found: list[str] = []
        open_ = list(self.symbols.subclasses(function.owner))
        while open_:
            below = open_.pop()
            method = self.symbols.method(below, function.index.name)
            if method is not None and method.full != target.full and method.full not in found:
                found.append(method.full)
            open_ += self.symbols.subclasses(below)
        return tuple(found)

    def _is_self(self, receiver: Term | None) -> bool:
        """`self`: of the method itself, or taken from around by a function inside it."""
        if not isinstance(receiver, Ref):
            return receiver == Param("self")
        outer, _, name = receiver.name.rpartition(".")
        method = self.symbols.functions.get(outer)
        return method is not None and method.owner is not None and name == "self"


def _of_kind(around: Map[str, tuple[frozenset[int], ...]], kind: int, full: str) -> frozenset[int]:
    """The call sites of a function that have one kind of thing around them."""
    return around[full][kind]

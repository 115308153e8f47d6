"""What is known of the program while its functions are summarised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from session_lint.analysis.program.background import HandedOver
from session_lint.analysis.program.chosen import choices
from session_lint.analysis.program.clients import Clients
from session_lint.analysis.program.constants import Constants
from session_lint.analysis.program.databases import Databases
from session_lint.analysis.program.events import EMPTY, Event, Limits, Summary
from session_lint.analysis.program.getters import GetterNames
from session_lint.analysis.program.injected import shared
from session_lint.analysis.program.keyed import Keyed
from session_lint.analysis.program.keys import ANEW, name_of
from session_lint.analysis.program.looked_at import looked_at
from session_lint.analysis.program.lookups import Lookup
from session_lint.analysis.program.memories import Asking, kept_back
from session_lint.analysis.program.mutexes import handling
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.readings import Readings
from session_lint.analysis.program.resolution import Binding, Resolver
from session_lint.analysis.program.simplify import hands_on, simplified
from session_lint.analysis.program.statements import Statements
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.unfolding import Unfolding
from session_lint.analysis.program.units import Units
from session_lint.analysis.program.unmet import Unmet
from session_lint.analysis.program.values import FunctionValue, InstanceValue
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import Effect
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.statement_file import StatementFile
from session_lint.facts.terms import Attr, Invoke, Op, Param, Ref, Term, strip

_SPELLED = 3  # helpers of helpers


class Knowledge:
    """The facts, the links between them, and the summaries and walks made so far, all by full name."""

    def __init__(
        self,
        symbols: SymbolTable,
        facts: Mapping[str, FunctionFacts],
        paths: Mapping[str, str],
        names: GetterNames,
        clients: Clients,
        statements: Mapping[str, tuple[StatementFile, ...]],
    ) -> None:
        self.symbols = symbols
        self.facts = facts
        self.paths = paths
        self.names = names
        self._bound: dict[tuple[str, int], tuple[Term, Term]] = {}  # call site -> what the callee returns, in its terms and the caller's
        self._names = frozenset(function.index.name for function in symbols.functions.values())
        self._of_calls: dict[tuple[str, Invoke], tuple[Target, Binding] | None] = {}  # what calls enter that have no call site
        self._symbolic: dict[int, tuple[Term, Term]] = {}  # and what that returns, as above, by the identity of what is entered
        self.resolver = Resolver(symbols, facts)
        self.keyed = Keyed(self.resolver, facts)
        self.handed_over = HandedOver(self.resolver, facts)
        self.clients = clients
        self.units = Units(self.resolver, clients, self.result, lambda full: self.summary(full).lent, partial(choices, self))
        self.databases = Databases(self.units, symbols)
        self.statements = Statements(statements, symbols, self.resolver.inference, clients, self._returned)
        constants = Constants(symbols, self.resolver.inference)
        self.readings = Readings(clients, symbols, self.units, self.result, self.attribute, self.statements, constants)
        self._properties = frozenset(one.index.name for one in symbols.functions.values() if one.is_property)
        self.summaries: dict[str, Summary] = {}
        self.walks: dict[str, Walk] = {}
        self.held: dict[str, list[tuple[int, Place, str, str]]] = {}  # call site, getter's place, parameter left out, what holds it
        self.inline: dict[str, Mapping[int, Lookup]] = {}  # look-ups that make what is missing without a function of their own
        self.unmet = Unmet(symbols, self.readings.is_captured)
        self.limits = Limits()
        self._asking: tuple[Walk, Asking] | None = None  # of the walk that was asked about last, until a summary changes

    def summary(self, full: str) -> Summary:
        """The summary of a function, an empty one when there is none yet."""
        return self.summaries.get(full, EMPTY)

    def is_named(self, name: str | None) -> bool:
        """Whether a function of the project is called so."""
        return name in self._names

    def forwards(self, full: str) -> bool:
        """Whether a function only gives what one call gives."""
        function = self.symbols.functions.get(full)
        return function is not None and function.index.forwards

    def calls_decorated(self, full: str, func: Term) -> bool:
        """Whether a wrapper calls what its decorator was given: the call of the decorated function stands for it."""
        outer, _, parameter = func.name.rpartition(".") if isinstance(func, Ref) else ("", "", "")
        function = self.symbols.functions.get(outer)
        if function is None or not full.startswith(f"{outer}.") or all(p.name != parameter for p in function.index.parameters):
            return False
        inside = outer + "." + full.removeprefix(f"{outer}.").partition(".")[0]
        return outer not in self.facts or all(site.func != Ref(inside) for site in self.facts[outer].calls)  # else that function calls it

    def changes(self, term: Term) -> bool:
        """Whether a name is no constant: a variable of the function around, or what stands for something else in each request."""
        return self.readings.is_captured(term) or (isinstance(term, Ref) and term.name in self.clients.changing)

    def _captured(self, full: str, callee: str, site: int) -> dict[str, Term]:
        """The variables that a nested function takes from the function around it, when that is its caller: as they are at the call."""
        moment = next((names for index, names in self.facts[full].moments if index == site), None)
        if moment is None and not callee.startswith(full + "."):
            return {}
        return self._variables(full, self.facts[full].names if moment is None else moment)

    def _variables(self, full: str, at: Iterable[tuple[str, Term]]) -> dict[str, Term]:
        """What a nested function may take from a function, in terms of that."""
        function = self.symbols.functions.get(full)
        found: dict[str, Term] = {f"{full}.{name}": term for name, term in at}
        for parameter in function.index.parameters if function is not None else ():
            found.setdefault(f"{full}.{parameter.name}", Param(parameter.name))
        return found

    def _enclosed(self, full: str, terms: Iterable[Term], depth: int = _SPELLED) -> dict[str, Term]:
        """The same of functions that a call of another function has made: `later = bind(user, chat)`, then `run(later)`; also where a
        helper only gives what another one makes."""
        found: dict[str, dict[str, Term]] = {}
        for call in dict.fromkeys(map(strip, terms)):
            if not isinstance(call, Invoke) or not 0 <= call.site < len(self.facts[full].calls):
                continue
            site = self.facts[full].calls[call.site]
            targets = self.resolver.resolve(full, site).targets
            maker = targets[0].full if len(targets) == 1 else ""
            result = self.summary(maker).result
            made = result.name.rpartition(".")[0] if isinstance(result, Ref) else ""
            if inner := self._taken(maker, made, depth) if made in self.facts else {}:
                given = {**self.resolver.bind(targets[0], site).values, **self._captured(full, maker, site.index)}
                taken = {name: substitute(term, given) for name, term in inner.items()}
                found[made] = {} if made in found else taken  # two of one function: which of them is meant cannot be told
        return {name: term for taken in found.values() for name, term in taken.items()}

    def _taken(self, maker: str, made: str, depth: int) -> dict[str, Term]:
        """What a function takes from `made` around it that `maker` gives, in terms of that."""
        if maker == made:
            return self._variables(maker, self.facts[maker].names)
        return self._enclosed(maker, self.facts[maker].returns, depth - 1) if depth > 0 and maker in self.facts else {}

    def values(self, full: str, site: CallSite, target: Target) -> dict[str, Term]:
        """What the callee's parameters, and the variables it takes from around it, are in terms of the caller."""
        written = self.facts[full].calls[site.index]
        captured = self._captured(full, target.full, site.index)
        handed = (written.func, *written.args, *(value for _, value in written.kwargs), *captured.values())
        values = shared(self.resolver.bind(target, site).values, site, full, self.symbols)
        return {**values, **self._enclosed(full, handed), **captured}

    def presence(self, full: str, walked: Walk, kept: list[tuple[Term, Term]]) -> Presence:
        """Judges presence in a function, given what its walk has obtained and stored so far."""
        sure = walked.is_sure if kept is walked.kept else lambda _index, _made: True
        return Presence(
            *(self.symbols, walked.obtained, kept, lambda call: self.result(full, call), sure, walked.escaped),
            moment=lambda: walked.branch,
            opened=lambda call: self.units.is_connection(call, full),
        )

    def simplified(self, full: str, term: Term, presence: Presence) -> Term:
        """A term of function `full` with what is known of its parts written out."""
        return simplified(term, presence, lambda call: self.result(full, call, plain=True))

    def attribute(self, full: str, term: Attr) -> Term | None:
        """What a property of a project class returns, in terms of the function that reads it."""
        if term.name not in self._properties:
            return None
        for value in self.resolver.inference.infer(term.base, full):
            methods = self.resolver.inference.members.methods(value, term.name) if isinstance(value, InstanceValue) else ()
            method = methods[0] if len(methods) == 1 else None
            if method is not None and method.is_property and method.index.parameters:
                result = self._returned(method.full)
                return None if result is None else substitute(result, {method.index.parameters[0].name: term.base})
        return None

    def simplified_parts(self, full: str, call: Invoke, presence: Presence) -> Invoke:
        """A call of function `full` with what is known of its arguments, and of what it is made on, written out."""
        args = tuple(self.simplified(full, arg, presence) for arg in call.args)
        kwargs = tuple((name, self.simplified(full, value, presence)) for name, value in call.kwargs)
        func = Attr(self.simplified(full, call.func.base, presence), call.func.name) if isinstance(call.func, Attr) else call.func
        return Invoke(func, args, kwargs, call.site)

    def spelled(self, full: str, term: Term) -> Term:
        """A term of function `full` that is a call of a project function, as what that returns."""
        for _ in range(_SPELLED):
            inner = strip(term)
            found = self.result(full, inner) if isinstance(inner, Invoke) else None
            if found is None:
                break
            term = found
        inner = strip(term)
        if isinstance(inner, Invoke) and isinstance(inner.func, Attr):  # `memory().get(key)`
            return Invoke(Attr(self.spelled(full, inner.func.base), inner.func.name), inner.args, inner.kwargs, inner.site)
        return inner

    def handling(self, full: str, func: Term) -> Effect | None:
        """The effect of a call in a function that takes a lock or lets it go."""
        return handling(func, lambda term: self.resolver.inference.infer(term, full), lambda term: self.readings.written(full, term))

    def kept_back(self, event: Event, full: str, walked: Walk) -> bool:
        """Whether an event of a function only fills a memory that guards it."""
        if self._asking is None or self._asking[0] is not walked:
            facts, symbols = self.facts[full], self.symbols
            asking = Asking(facts, walked, symbols, lambda term: self.spelled(full, term), lambda call: looked_at(self, full, call))
            self._asking = walked, asking
        return kept_back(event, self._asking[1])

    def _returned(self, full: str) -> Term | None:
        """The single return value of a project function in its own terms; of one that is not read, what the index kept of it."""
        return self.summary(full).result if full in self.facts else self.symbols.functions[full].index.result

    def result(self, full: str, call: Invoke, *, plain: bool = False, depth: int = _SPELLED) -> Term | None:
        """The single return value of a project function, in the caller's terms. `plain`: only where it is made of what it was given, by the
        function or by one whose result it gives."""
        if plain and call.site < 0 and call.func.__class__ is not Ref:  # asked for each term there is
            return None
        found = self._given(full, call)
        if found is None:
            return None
        callee, result, bound = found
        if not plain:
            return bound
        if self.summary(callee).makes or (bound is not None and self._is_made(full, bound)):
            return Op(ANEW, (call,))
        if bound is None or result is None or hands_on(result):
            return bound
        inner = strip(bound)
        return self.result(full, inner, plain=True, depth=depth - 1) if depth and isinstance(inner, Invoke) and inner.site < 0 else None

    def _given(self, full: str, call: Invoke) -> tuple[str, Term | None, Term | None] | None:
        """The function that a call enters, and what that returns, in its terms and in those of the caller; None where it enters another
        number of them."""
        if call.site < 0:
            return self._given_by(full, call)
        site = self.facts[full].calls[call.site] if full in self.facts and call.site < len(self.facts[full].calls) else None
        targets = self.resolver.resolve(full, site).targets if site is not None else ()
        if site is None or len(targets) != 1:
            return None
        result = self._returned(targets[0].full)
        return targets[0].full, result, None if result is None else self._given_back(full, site, targets[0], result)

    def _given_by(self, full: str, call: Invoke) -> tuple[str, Term | None, Term | None] | None:
        """The same of a call that has no call site in the function: its terms are those of the function all the same."""
        if not self.is_named(name_of(call.func)):
            return None
        entered = self._of_calls.get((full, call), call)
        if isinstance(entered, Invoke):  # not asked yet
            entered = self._of_calls[full, call] = self.resolver.enter(full, call)
        if entered is None:
            return None
        target, binding = entered
        result = self._returned(target.full)
        if result is None:
            return target.full, None, None
        known = self._symbolic.get(id(entered))
        if known is None or known[0] is not result:
            known = self._symbolic[id(entered)] = result, substitute(result, binding.values)
        return target.full, *known

    def _given_back(self, full: str, site: CallSite, target: Target, result: Term) -> Term:
        """What a callee returns, in the caller's terms: one term however often it is asked for, so that what is noted on it is kept."""
        known = self._bound.get((full, site.index))
        if known is None or known[0] is not result:
            values = self.resolver.bind(target, site).values
            if target.full.startswith(f"{full}."):  # what a nested function gives is made of variables of this one
                values = {**values, **self._captured(full, target.full, site.index)}
            known = self._bound[full, site.index] = result, substitute(result, values)
        return known[1]

    def unfolded(self, full: str, term: Term, presence: Presence) -> Term:
        """A term with what functions of the project return in the place of their calls."""

        def returned(call: Invoke) -> Term | None:
            found = self.given(full, call)
            return None if found is None else self.simplified(full, found, presence)

        return Unfolding(presence.unfolded(), returned).of(term)

    def given(self, full: str, call: Invoke) -> Term | None:
        """What a call of a project function gives that makes nothing anew, in the caller's terms."""
        found = self._given(full, call)
        return None if found is None or self.summary(found[0]).makes else found[2]

    def _is_made(self, full: str, term: Term) -> bool:
        """Whether a term is what a function makes that was handed in: `apply(next_number, counter)`, `apply(tickets.draw)`."""
        inner = strip(term)
        if not isinstance(inner, Invoke) or inner.site >= 0 or not isinstance(inner.func, (Ref, Attr)):
            return False
        called = (value.full for value in self.resolver.inference.infer(inner.func, full) if isinstance(value, FunctionValue))
        return any(self.summary(one).makes for one in called)

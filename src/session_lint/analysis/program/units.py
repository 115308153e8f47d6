"""Connections as values: which one an effect runs on, where it was opened, and what ends it.

Two openings are two transactions, whatever they are called. A connection that was handed in, kept on an object or reached by a
call that is not known here goes by the term it is reached by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from session_lint.analysis.program.autocommit import asks
from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.by_use import ByUse
from session_lint.analysis.program.clients import Clients, Handle
from session_lint.analysis.program.constructors import kept_by
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.substitution import HANDED, substitute
from session_lint.analysis.program.symbols import VariableSymbol, last_name
from session_lint.analysis.program.values import ClassValue, ElementsValue, InstanceValue, OutsideValue, Value
from session_lint.facts.effects import Effect, Scope, ScopeKind
from session_lint.facts.module_facts import CallSite, Within
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Phi, Ref, Sequence, Term, strip, walk

_SAME = {"cursor", "connection", "execution_options", "__enter__", "__aenter__", "raw_connection", "get_bind"}
_FROM = _SAME | {"connect", "begin", "acquire", "getconn"}
_STEPS = 10
_ENGINES = frozenset({"create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config"})  # of SQLAlchemy

Choices = Callable[[str, Invoke], tuple[Term, ...]]  # the things that a call may give, where tests on what it is handed decide
Result = Callable[[str, Invoke], Term | None]  # the single return value of a project function, in the caller's terms


@dataclass(frozen=True, slots=True)
class Unit:
    """The connection of an effect. `opened`: the call sites from here to the one that opens it; else `term`, by which it is reached."""

    term: Term | None = None
    opened: str = ""


def apart(left: Unit | None, right: Unit | None) -> bool:
    """Whether two effects are on two connections for sure."""
    return left is not None and right is not None and left != right and bool(left.opened or right.opened)


def as_called(effect: Effect, site: CallSite) -> Term | None:
    """What an effect runs on as its call has it, where it was read with that written out: two that are opened alike are two."""
    connection = strip(effect.connection) if effect.connection is not None else None
    written_out = isinstance(connection, Invoke) and connection.site < 0 and isinstance(site.func, Attr)
    return site.func.base if written_out and isinstance(site.func, Attr) else effect.connection


class Units:
    """Finds the unit of a connection, and what a value of a client is."""

    def __init__(self, resolver: Resolver, clients: Clients, result: Result, lent: Callable[[str], Unit | None], choices: Choices) -> None:
        """`lent`: the connection that a context manager of the project gives to its block."""
        self._lent = lent
        self._resolver = resolver
        self._inference = resolver.inference
        self._clients = clients
        self._result, self._choices = result, choices
        self._contexts: dict[str, frozenset[int]] = {}
        self._by_use = ByUse(resolver, clients)

    def handle(self, term: Term, full: str) -> Handle | None:
        """What a value is, when a library model knows where it came from."""
        for value in self._inference.infer(term, full):
            known = self._known(value)
            if known is not None:
                return known
        return None

    def _known(self, value: Value) -> Handle | None:
        return self._clients.handle(value.full) if isinstance(value, OutsideValue) else None

    def is_connection(self, term: Term, full: str) -> bool:
        """Whether a value is a session or a connection for sure: there is one, whatever it does."""
        handle = self.handle(term, full)
        return handle is not None and handle.role in ("session", "connection")

    def role(self, term: Term, full: str) -> str:
        """What a receiver is known to be; "other" when it is something else for sure."""
        values = self._inference.infer(term, full)
        for value in values:
            known = self._known(value)
            if known is not None:
                return known.role
        inner = strip(term)
        given = self._choices(full, inner) if isinstance(inner, Invoke) else ()
        known_ones = (self.handle(one, full) for one in given)
        if one := next((one for one in known_ones if one is not None), None):
            return one.role
        plain = bool(values) and all(isinstance(v, OutsideValue) and v.full.startswith("builtins.") for v in values)
        if plain:
            return "other"
        told = any(not isinstance(value, ElementsValue) for value in values)  # that `add` is called on it makes no container of it
        return "" if told else self._by_use.role(strip(term), full)

    def home(self, term: Term, full: str) -> str:
        """The module of the class that a value is an object of, where that is one of the project."""
        classes = (value.full for value in self._inference.infer(term, full) if isinstance(value, InstanceValue))
        return next((self._inference.symbols.classes[name].module for name in classes if name in self._inference.symbols.classes), "")

    def of(self, term: Term | None, full: str, at: int = -1) -> Unit | None:
        """The unit of a connection as function `full` has it. `at`: the call site of `full` that a term without one came from."""
        for _ in range(_STEPS):
            match kept_by(self._inference.symbols, term) if term is not None else None:
                case Invoke(Attr(base, name)) as same if name in _SAME and self._result(full, same) is None:
                    term = base
                case Invoke() as call:
                    at = call.site if call.site >= 0 else at
                    result = self._of_call(call, full, at)
                    if isinstance(result, Unit):
                        return result
                    term = result
                case Item(base, Const(int(number))) as item:
                    inner = self._item(base, number, full)
                    return Unit(item) if inner is None else self.of(inner, full, at)
                case Phi(options):
                    return self._common(options, full, at)
                case Attr() | Ref() | Param() | Op() as plain if not isinstance(plain, Op) or plain.kind == HANDED:
                    return Unit(plain)  # of a part of `*args`, whoever hands it in has the connection
                case _:
                    return None
        return None

    def of_scope(self, scope: Scope, full: str) -> Unit | None:
        """The connection of a transaction that a block opens; None where it is one for all, whose connection nobody sees."""
        if not scope.ambient:
            term = scope.connection or scope.context
            return self.of(term, full) if term is not None else None
        context = strip(scope.context) if scope.context is not None else None
        unit = self.of(context.func.base, full) if isinstance(context, Invoke) and isinstance(context.func, Attr) else None
        return unit if unit is not None and unit.opened else None

    def _common(self, options: tuple[Term, ...], full: str, at: int) -> Unit | None:
        """The one unit of all options. One that is made where a place is empty is kept there: `if g.db is None: g.db = connect()`."""
        units = {self.of(option, full, at) for option in options if not isinstance(strip(option), Const)}
        places = {unit for unit in units if unit is not None and isinstance(unit.term, (Attr, Ref))}
        made = all(unit is not None and (unit.opened or isinstance(unit.term, Invoke)) for unit in units - places)
        return (places or units).pop() if len(units) == 1 or (len(places) == 1 and made) else None

    def _of_call(self, call: Invoke, full: str, site: int) -> Unit | Term:
        """What a call opens, or what it returns."""
        handle, result = self.handle(call, full), self._result(full, call)
        choices = self._choices(full, call) if result is None else ()
        if choices:  # of several, whoever calls this function may know which one it is
            return choices[0] if len(choices) == 1 else Unit(Invoke(call.func, call.args, call.kwargs, -1))
        given = self._given(full, call)
        if given is not None:
            return given
        if result is None and site >= 0 and (handle.opens if handle is not None else self._is_opened(full, call)):
            return Unit(opened=f"{full}:{site}")
        return Unit(Invoke(call.func, call.args, call.kwargs, -1)) if result is None else result

    def _given(self, full: str, call: Invoke) -> Unit | None:
        """The connection that a context manager of the project gives to its block."""
        site = self._resolver.facts[full].calls[call.site] if call.site >= 0 and full in self._resolver.facts else None
        targets = self._resolver.resolve(full, site).targets if site is not None else ()
        lent = self._lent(targets[0].full) if len(targets) == 1 else None
        if site is None or lent is None:
            return None
        return self.lifted(lent, self._resolver.bind(targets[0], site).values, full, site.index)

    def _is_opened(self, full: str, call: Invoke) -> bool:
        """`with make() as s:`, where nothing is known of `make`: what a block binds and ends is its own."""
        if full not in self._contexts:
            facts = self._resolver.facts.get(full)
            blocks = (step.scope for step in steps(facts.body) if isinstance(step, Within)) if facts is not None else ()
            contexts = [strip(scope.context) for scope in blocks if scope.kind is ScopeKind.WITH and scope.context is not None]
            self._contexts[full] = frozenset([context.site for context in contexts if isinstance(context, Invoke)])
        if call.site not in self._contexts[full]:
            return False
        return not self._resolver.resolve(full, self._resolver.facts[full].calls[call.site]).targets

    def _item(self, base: Term, number: int, full: str) -> Term | None:
        """One part of what a project function returns as a tuple."""
        call = strip(base)
        result = self._result(full, call) if isinstance(call, Invoke) else None
        parts = strip(result) if result is not None else None
        return parts.items[number] if isinstance(parts, Sequence) and -len(parts.items) <= number < len(parts.items) else None

    def lifted(self, unit: Unit | None, values: Mapping[str, Term], full: str, site: int) -> Unit | None:
        """The unit of a callee's effect as the caller `full` has it; `site` is the call."""
        if unit is None:
            return None
        if unit.opened:
            return Unit(opened=f"{full}:{site}/{unit.opened}")
        return self.of(substitute(unit.term, values), full, site) if unit.term is not None else None

    def autocommits(self, term: Term | None, full: str) -> bool | None:
        """Whether what runs on a connection is final at once, as far as its value says so."""
        waits: bool | None = None
        for inner in self.makers(term, full):
            if (isinstance(inner, Invoke) and asks(inner, self._inference.symbols)) or self._is_final(inner, full):
                return True
            handle = self.handle(inner, full)
            if handle is not None and handle.autocommit:
                return True
            if handle is not None and handle.autocommit is False:  # unless what made it was asked for something else
                waits = False
        return waits

    def _is_final(self, term: Term, full: str) -> bool:
        """Whether all calls that are known to have made a value ask for that; what an annotation says of it is no call."""
        made = [value for value in self._inference.infer(term, full) if isinstance(value, OutsideValue) and not _is_class(value.full)]
        return bool(made) and all(value.final for value in made)

    def is_serial(self, term: Term | None, full: str) -> bool:
        """Whether the transactions of a connection are as if one came after the other, as far as its value says so, or all engines do."""
        if not any(self._serial):
            return False
        return all(self._serial) or any(isinstance(inner, Invoke) and is_serial(inner) for inner in self.makers(term, full))

    @cached_property
    def _serial(self) -> tuple[bool, ...]:
        """Whether each call of the project that makes an engine asks for that, and True for others that do."""
        values = (strip(one.value) for one in self._inference.symbols.variables.values())
        held = (strip(value) for one in self._inference.symbols.classes.values() for _, _, value in one.index.instance)
        made = (part for value in chain(values, held) for part in walk(value) if isinstance(part, Invoke))
        calls: Iterator[Invoke | CallSite] = chain(made, (call for facts in self._resolver.facts.values() for call in facts.calls))
        told = ((is_serial(call), last_name(call.func) in _ENGINES) for call in calls)
        return tuple(serial for serial, engine in told if serial or engine)

    def infer(self, term: Term, full: str) -> tuple[Value, ...]:
        """What a value may be."""
        return tuple(self._inference.infer(term, full))

    def makers(self, term: Term | None, full: str) -> Iterator[Invoke | Attr | Ref | Param]:
        """A connection, what it was made from, what that was made from."""
        for _ in range(_STEPS):
            inner = strip(term) if term is not None else None
            if not isinstance(inner, (Invoke, Attr, Ref, Param)):
                return
            yield inner
            term = self._made_by(inner, full)

    def _made_by(self, term: Invoke | Attr | Ref | Param, full: str) -> Term | None:
        """What a connection was made from: a cursor's connection, a connection's engine, what a project function returns."""
        if not isinstance(term, Invoke):
            return self._stored(term, full)
        if isinstance(term.func, Attr) and term.func.name in _FROM:
            return term.func.base
        result = self._result(full, term)
        if result is not None:
            return result
        bound = term.kwarg("bind") or (term.args[0] if len(term.args) == 1 else None)  # `Session(engine)`
        return bound if bound is not None else term.func if isinstance(strip(term.func), (Attr, Ref)) else None  # `Local()` of a maker

    def _stored(self, term: Attr | Ref | Param, full: str) -> Term | None:
        """What made a variable of a module or an attribute of an object: the one call that its class or module has for it."""
        symbols = self._inference.symbols
        if isinstance(term, Ref):
            symbol = symbols.lookup(term.name)
            return symbol.value if isinstance(symbol, VariableSymbol) and isinstance(symbol.value, Invoke) else None
        for value in self._inference.infer(term.base, full) if isinstance(term, Attr) else ():
            if isinstance(value, (InstanceValue, ClassValue)):
                held = {strip(found) for _, _, found in symbols.attribute(value.full, term.name) if isinstance(found, Invoke)}
                return held.pop() if len(held) == 1 else None
        return None


def _is_class(origin: str) -> bool:
    return origin.removesuffix("()").rpartition(".")[2][:1].isupper()


def is_serial(call: Invoke | CallSite) -> bool:
    """Whether a call asks for transactions that are as if one came after the other: `isolation_level="SERIALIZABLE"`."""
    levels = (strip(value) for name, value in call.kwargs if name in ("isolation_level", "isolation"))
    return any(isinstance(one, Const) and str(one.value).upper() == "SERIALIZABLE" for one in levels)

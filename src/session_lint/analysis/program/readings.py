"""Effects that a call has by what its parts are: the result of a project function, a value known by type, an argument of a caller.

Extract reads a call as its own function spells it. Here it is read again with more known of it: with what a project function returns
in place of its call, with `**mapping` and f-strings written out, and with what inference says of the receiver. What still
depends on a parameter stays a term, and is read when a caller binds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from session_lint.analysis.program.clients import Clients
from session_lint.analysis.program.constants import Constants
from session_lint.analysis.program.folding import folded, written_out
from session_lint.analysis.program.homes import Homes
from session_lint.analysis.program.keys import name_of, small
from session_lint.analysis.program.managers import managed
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.statements import Statements
from session_lint.analysis.program.substitution import MADE, exchanged
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, VariableSymbol
from session_lint.analysis.program.table_names import TableNames
from session_lint.analysis.program.unclear import is_unclear
from session_lint.analysis.program.units import Result, Units
from session_lint.facts.effects import Effect
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Phi, Ref, Template, Term, dotted, root, strip, walk
from session_lint.facts.traits import ANONYMOUS, traits

Attribute = Callable[[str, Attr], Term | None]

_DEEP = 12  # steps of a chain, and parts of arguments, that are looked into
_STATEMENTS = frozenset({"query", "sql", "statement", "operation"})  # arguments that hold one, by name
_READ = 2  # positional arguments that say what a call does: a statement, a cursor and a statement
_SUBCLASSED = (".QuerySet", ".Manager")  # of which projects have their own, with the same methods


class Readings:
    """Reads calls with what the program knows of them."""

    def __init__(
        self,
        clients: Clients,
        symbols: SymbolTable,
        units: Units,
        result: Result,
        attribute: Attribute,
        statements: Statements,
        constants: Constants,
    ) -> None:
        """`attribute` gives what a property returns, in terms of the function that reads it."""
        self._statements = statements
        self.names = clients.methods | statements.methods  # the last components of the called names that may have an effect
        self._attribute = attribute
        self._clients, self._homes = clients, Homes(clients, symbols)
        self._symbols = symbols
        self._units = units
        self._constants = constants
        self._result = result
        self._tables = TableNames(symbols)

    def of(self, full: str, module: str, site: CallSite) -> tuple[Effect, ...]:
        """The effects of a call of function `full`, which stands in a module."""
        name = name_of(site.func) or ""
        if name not in self.names:
            return site.effects
        if site.effects:
            home = self._homes.foreign(site.effects)
            told = (home and self.as_written(full, home, Invoke(site.func, site.args, site.kwargs, site.index))) or site.effects
            plain = [self._homes.fitted(effect) for effect in told if not self._is_no_client(effect, full)]
            if not plain or not any(is_unclear(effect) or self._from_property(full, effect) for effect in plain):
                return self._on_results(full, module, site, tuple(plain))
        call = Invoke(site.func, site.args, site.kwargs, site.index)
        spelled, driver = self._run(full, call)
        if not site.effects and name in self._clients.looking and spelled == call and not self._is_on_class(call):
            return ()  # a look-up, of which no more is known than its own function says
        return self._asked(full, module, spelled, driver) or site.effects

    def _is_on_class(self, call: Invoke) -> bool:
        """Whether a call is made on a class of the project, or on a query of it: the file that defines it says of which client it is."""
        base = root(call.func.base) if isinstance(call.func, Attr) else None
        return isinstance(base, Ref) and isinstance(self._symbols.lookup(base.name), ClassSymbol)

    def _on_results(self, full: str, module: str, site: CallSite, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """The effects of a call on what a project function returns, as they are on that: a client, or a pipeline of it."""
        made = [strip(effect.connection) for effect in effects if effect.connection is not None]
        if not any(isinstance(one, Invoke) and self._result(full, one) is not None for one in made):
            return effects
        found = self._asked(full, module, *self._run(full, Invoke(site.func, site.args, site.kwargs, site.index)))
        if [one.kind for one in found] != [one.kind for one in effects]:
            return effects
        return tuple(replace(one, connection=old.connection) for one, old in zip(found, effects, strict=True))

    def is_open(self, call: Invoke, *, whole: bool = False) -> bool:
        """Whether a caller decides what a call does: its receiver or what it is handed is a parameter, or a variable of the function
        around. `whole`: any argument counts, where only a part of what it does is not told."""
        told = (*call.args, *(value for _, value in call.kwargs)) if whole else call.args[:_READ]
        if whole and Param("self") in map(strip, told):
            return True  # `session.add(self)`: the row is what the method is called on
        spread = (value for name, value in call.kwargs if not name)
        return any(self.is_handed(part) for term in (call.func, *told, *spread) for part in walk(strip(term)))

    def is_handed(self, term: Term) -> bool:
        """Whether a term is a parameter, or a variable of the function around."""
        if isinstance(term, Param):
            return term.name not in ("self", "cls")
        return self.is_captured(term)

    def is_captured(self, term: Term) -> bool:
        """Whether a name is a variable of the function around."""
        if not isinstance(term, Ref):
            return False
        outer = self._symbols.functions.get(term.name.rpartition(".")[0])
        return outer is not None and term.name not in self._symbols.functions

    def read(self, full: str, module: str, call: Invoke) -> tuple[Effect, ...]:
        """The effects of a call in terms of function `full`, as the client's call in `module` has them."""
        found = self._asked(full, module, *self._run(full, call))
        made = self._start(full, call)
        return tuple(_as_given(effect, *made) for effect in found) if made is not None else found

    def _start(self, full: str, call: Invoke) -> tuple[Term, Invoke] | None:
        """What a call is made on that a project function gives: written out, and as that call. It is one record, however often it is
        named, while two calls of the function may give two."""
        term: Term = call.func
        while isinstance(inner := strip(term), (Attr, Invoke)):
            if isinstance(inner, Invoke) and inner.site >= 0 and self._result(full, inner) is not None:
                written = self._chain(full, inner, _DEEP)
                return (written, inner) if isinstance(written, Invoke) else None
            term = inner.base if isinstance(inner, Attr) else inner.func
        return None

    def as_written(self, full: str, module: str, call: Invoke, driver: str = "") -> tuple[Effect, ...]:
        """The effects of a call as its own function would spell it."""
        said = self._clients.read(module, call, lambda term: self._units.role(term, full), driver)
        found = tuple(map(self._homes.fitted, said))
        origin = self._statements.origin(call) if found else ""
        return tuple(replace(effect, origin=origin) for effect in found) if origin else found

    def _asked(self, full: str, module: str, spelled: Invoke, driver: str) -> tuple[Effect, ...]:
        """What the clients say of a call that is written out: those of its module, then those of the class it starts from."""
        found = self.as_written(full, module, spelled, driver)
        if found:
            return found
        start = root(spelled.func)  # a class, its objects, and a client that a module keeps, are their package's wherever they are used
        symbol = self._symbols.lookup(start.name) if isinstance(start, Ref) else None
        home = symbol.module if isinstance(symbol, (ClassSymbol, VariableSymbol)) else self._units.home(start, full)
        return self.as_written(full, home, spelled) if home and home != module else ()

    def _from_property(self, full: str, effect: Effect) -> bool:
        """Whether an effect is on what a property returns."""
        return isinstance(effect.resource, Attr) and self._attribute(full, effect.resource) is not None

    def _is_no_client(self, effect: Effect, full: str) -> bool:
        """A set, a list or an object of one's own that is called `session`."""
        return effect.connection is not None and self._units.role(effect.connection, full) == "other"

    def _is_manager(self, full: str) -> bool:
        one = self._symbols.functions.get(full)
        return one is not None and one.kind == "instance" and self._symbols.outside_base(one.owner or "").endswith(_SUBCLASSED)

    def expanded(self, full: str, call: Invoke) -> Invoke:
        """The call with the results of project functions in place of their calls, where they say what it does."""
        return self._run(full, call)[0]

    def _run(self, full: str, call: Invoke) -> tuple[Invoke, str]:
        """The same, of a method that runs a named statement as the call that runs it, and the driver that is known to do so."""
        call, driver = self._statements.run(full, managed(call) if self._is_manager(full) else call)
        func = call.func
        if isinstance(func, Attr):
            func = Attr(self._chain(full, func.base, _DEEP), func.name)
        args = tuple(self._argument(full, arg) if number < _READ else arg for number, arg in enumerate(call.args))
        kwargs = tuple((name, self._argument(full, value) if name in _STATEMENTS else value) for name, value in call.kwargs)
        return written_out(Invoke(func, args, kwargs, call.site)), driver

    def written(self, full: str, term: Term) -> Term:
        """What a function returns, with the results of project functions in place of their calls; as it is where that gets too large."""
        inner = strip(term)
        if not isinstance(inner, Invoke):
            return term
        return found if small(found := self._chain(full, inner, _DEEP)) else term

    def _chain(self, full: str, term: Term, depth: int) -> Term:
        """The base of a call: each step written out, its start replaced by what it returns."""
        inner = strip(term)
        if depth == 0:
            return inner
        if isinstance(inner, Phi):  # a query, or the same with one more filter
            return Phi(tuple(self._chain(full, option, depth - 1) for option in inner.options), inner.on)
        return self._statements.text(full, inner) or self._link(full, inner, depth)

    def _link(self, full: str, inner: Term, depth: int) -> Term:
        match inner:
            case Invoke():
                result = self._result(full, inner)
                if result is not None and small(result):
                    return self._chain(full, result, depth - 1)
                func = self._func(full, inner.func, depth)
                args = tuple(self._argument(full, arg) for arg in inner.args[:_READ])
                return written_out(Invoke(func, (*args, *inner.args[_READ:]), inner.kwargs, inner.site))
            case Attr(base, name):
                given = self._attribute(full, inner)
                if given is not None and small(given):
                    return self._chain(full, given, depth - 1)
                return Attr(self._chain(full, base, depth - 1), name)
            case Item(base, key):
                return folded(Item(self._chain(full, base, depth - 1), key))
            case Ref(name):
                return self._constants.display(name) or inner
            case Op(kind, (Invoke() as call, _)) if kind == MADE and self._func(full, call.func, depth) != strip(call.func):
                return self._link(full, call, depth)  # `Grants(Grant)`: what a class of a client makes is what it is handed
        return inner

    def _func(self, full: str, func: Term, depth: int) -> Term:
        """What is called: a class of the project below one of a client is that one."""
        inner = strip(func)
        if isinstance(inner, Attr):
            return Attr(self._chain(full, inner.base, depth - 1), inner.name)
        if isinstance(inner, Ref):
            outside = self._symbols.outside_base(inner.name)
            known = outside.endswith(_SUBCLASSED) or (outside and self._clients.handle(f"{outside}()") is not None)
            return Ref(outside) if known else inner
        return func

    def constant(self, term: Term) -> Term:
        """A constant that a module gives a name, as it is: `CHATS`, `names.CHATS`."""
        name = dotted(term) if isinstance(term, (Ref, Attr)) and isinstance(root(term), Ref) else None
        value = self._constants.display(name) if name else None
        return value if isinstance(value, Const) else term

    def named(self, term: Term) -> Term:
        """A table that a constant of a module names, by that name."""
        value = self._constants.display(term.name) if isinstance(term, Ref) else None
        return Const(value.value.lower()) if isinstance(value, Const) and isinstance(value.value, str) else term

    def table(self, resource: Term | None, full: str) -> str:
        """The name of a table in the database: as text names it, as a mapped class or a `Table` of a module gives it; of one that is
        looked up, or that a function of the project gives, how that is written out."""
        if isinstance(resource, (Item, Invoke, Phi)):
            whole = self.spelled(full, resource)
            return "" if traits(whole)[2] & ANONYMOUS or not small(whole) else repr(whole)
        if isinstance(resource, Const) and isinstance(resource.value, str):
            return resource.value.rpartition(".")[2].lower()
        symbol = self._symbols.lookup(resource.name) if isinstance(resource, Ref) else None
        given = self._tables.name(symbol) if isinstance(symbol, (ClassSymbol, VariableSymbol)) else None
        return given.value.lower() if isinstance(given, Const) and isinstance(given.value, str) else ""

    def spelled(self, full: str, term: Term) -> Term:
        """A table or text as the constant that it is, where its parts are known."""
        inner = strip(term)
        if isinstance(inner, Template):
            return folded(Template(tuple(self.spelled(full, part) for part in inner.parts)))
        return self._chain(full, inner, _DEEP) if isinstance(inner, (Item, Invoke)) else inner

    def _part(self, full: str, term: Attr) -> Term | None:
        """What a part of an object made here was given (`Request(sql, row).sql`), or a text that is a part of something."""
        if isinstance(strip(term.base), Invoke):
            given = Presence(self._symbols, set(), (), lambda call: self._result(full, call)).field(term)
            if given is not None:
                return self._argument(full, given)
        if (named := self._constants.text(full, term)) is not None:
            return named
        found = self._chain(full, term, _DEEP) if self._statements.known else term
        return found if isinstance(found, (Const, Template)) else None

    def _column(self, full: str, term: Invoke | Item) -> Term:
        """A column that is compared, where a name says which: `getattr(Role, FIELD)`, `Role.__table__.c[FIELD]`."""
        told = self._chain(full, term, _DEEP) if isinstance(term, Invoke) else term
        match strip(told):
            case Invoke(Ref("builtins.getattr"), (base, name, *_)) if isinstance(known := self.constant(name), Const):
                return Attr(base, str(known.value))
            case Item(base, key) if key != (given := self.constant(key)):
                return Item(base, given)
        return told if small(told) else term

    def _argument(self, full: str, term: Term) -> Term:
        match inner := strip(term):
            case Invoke():
                return self._chain(full, inner, _DEEP)
            case Phi(options, on):
                return Phi(tuple(self._argument(full, option) for option in options), on)
            case Template() | Item():
                return self.spelled(full, inner)
            case Ref(name):
                return self._constants.display(name) or self._statements.text(full, inner) or term
            case Attr():
                return self._part(full, inner) or term
            case Op("==", (left, right)) if isinstance(left, (Invoke, Item)):
                return Op("==", (self._column(full, left), right))
            case Mapping(entries) if any(isinstance(key, Ref) for key, _ in entries):
                return Mapping(tuple((None if key is None else self._argument(full, key), value) for key, value in entries))
        return term


def _as_given(effect: Effect, written: Term, given: Term) -> Effect:
    """An effect on parts of a record, with the call that gave the record in the place of what that returns."""
    columns = tuple((name, exchanged(value, written, given)) for name, value in effect.columns)
    resource = exchanged(effect.resource, written, given) if isinstance(effect.resource, Attr) else effect.resource
    return effect if (resource, columns) == (effect.resource, effect.columns) else replace(effect, resource=resource, columns=columns)

"""Which database an effect runs on, as far as two are shown to be two: a record of one is none of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from session_lint.analysis.program.constants import constant
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import normalise
from session_lint.analysis.program.one_writer import OneWriter
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.units import Units
from session_lint.analysis.program.values import InstanceValue
from session_lint.facts.effects import DATABASE
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Const, Invoke, Op, Param, Term, Unknown, dotted, strip, walk

_DEFAULT = "default"
_DRIVER = re.compile(r"^(\w+)\+\w+(?=:)")  # `postgresql+asyncpg://` leads where `postgresql://` does
_ADDRESS = frozenset({"dsn", "url", "uri", "conninfo", "host", "port", "database", "dbname", "db"})


@dataclass(frozen=True, slots=True)
class _Given:
    """A connection that the parameter of a function is."""

    function: str
    parameter: Parameter


@dataclass(frozen=True, slots=True)
class _Made:
    """A connection that leads to an address."""

    maker: str
    address: tuple[tuple[str, Term], ...]


class Databases:
    """Tells two databases apart. Two names may be of one: only what is shown to be two is two."""

    def __init__(self, units: Units, symbols: SymbolTable) -> None:
        self._units, self._symbols = units, symbols
        self.one_writer = OneWriter(units, symbols)

    def are_two(self, first: Event, second: Event, full: str) -> bool:
        """Whether two effects in a walk of function `full` run on two databases for sure."""
        if first.on == second.on:
            return False
        aliases = _alias(first), _alias(second)
        if any(aliases):
            one, other = (Const(_DEFAULT) if alias is None else self._constant(alias) for alias in aliases)
            return self._two_values(one, other, full)
        if first.on is None or second.on is None:
            return False
        one_place = first.place == second.place  # what the same call runs on is a thing of one kind
        return any(self._are_two(a, b, one_place=one_place) for a in self._origins(first.on, full) for b in self._origins(second.on, full))

    def _are_two(self, one: _Given | _Made, other: _Given | _Made, *, one_place: bool) -> bool:
        if isinstance(one, _Given) and isinstance(other, _Given):
            return one.function == other.function and _two_parameters(one.parameter, other.parameter, one_place=one_place)
        if isinstance(one, _Made) and isinstance(other, _Made):
            return one.maker == other.maker and _two_addresses(one, other)
        return False

    def _two_values(self, one: Term, other: Term, full: str) -> bool:
        """Whether two names of databases are two: constants, or two parameters."""
        if isinstance(one, Const) and isinstance(other, Const):
            return one != other
        given = [found for term in (one, other) if (found := self._parameter(term, full)) is not None]
        return len(given) == 2 and _two_parameters(given[0].parameter, given[1].parameter, one_place=True)

    def _origins(self, term: Term, full: str) -> Iterator[_Given | _Made]:
        """What a connection comes from at last: a parameter, or the call that knows the address."""
        last = next(iter([*self._units.makers(term, full)][::-1]), None)
        if isinstance(last, Invoke):
            address = tuple(self._address(last))
            if address:
                yield _Made(dotted(last.func) or "", address)
        elif isinstance(last, Param):
            found = self._parameter(last, full)
            yield from (found,) if found is not None else ()
        elif isinstance(last, Attr):
            yield from self._held(last, full)

    def _address(self, call: Invoke) -> Iterator[tuple[str, Term]]:
        for name, value in (*(("", arg) for arg in call.args[:1]), *call.kwargs):
            if not name or name in _ADDRESS:
                yield name, _plain(self._constant(value))

    def _constant(self, term: Term) -> Term:
        return constant(self._symbols, term) or strip(term)

    def _parameter(self, term: Term, full: str) -> _Given | None:
        function = self._symbols.functions.get(full)
        named = function.index.parameters if function is not None and isinstance(term, Param) else ()
        own = function is not None and function.owner is not None and function.kind != "static"
        parameters = named[1:] if own else named
        return next((_Given(full, one) for one in parameters if isinstance(term, Param) and one.name == term.name), None)

    def _held(self, term: Attr, full: str) -> Iterator[_Given]:
        """An attribute that an object was given when it was made."""
        for value in self._units.infer(term.base, full):
            if isinstance(value, InstanceValue):
                stores = self._symbols.attribute(value.full, term.name)
                if len(stores) == 1:
                    cls, method, held = stores[0]
                    found = self._parameter(strip(held), f"{cls}.{method}")
                    yield from (found,) if found is not None else ()


def _alias(event: Event) -> Term | None:
    """The name by which a call asks for its database: `.using("archive")`."""
    on = strip(event.on) if event.on is not None else None
    return strip(on.operands[0]) if isinstance(on, Op) and on.kind == DATABASE else None


def _two_parameters(one: Parameter, other: Parameter, *, one_place: bool) -> bool:
    """Whether a function asks for two things of one kind. A cursor and its connection are of two kinds; what gives a value to
    parameters that nobody fills may give both the same."""
    if one.name == other.name or {one.kind, other.kind} & {"args", "kwargs"} or one.default is not None or other.default is not None:
        return False
    if one.annotation is None and other.annotation is None:
        return one_place
    return one.annotation == other.annotation


def _two_addresses(one: _Made, other: _Made) -> bool:
    known = not any(isinstance(part, (Param, Unknown)) for made in (one, other) for _, value in made.address for part in walk(value))
    return known and one.address != other.address


def _plain(address: Term) -> Term:
    """An address without the driver that it is to be reached by."""
    if isinstance(address, Const) and isinstance(address.value, str):
        return Const(_DRIVER.sub(r"\1", address.value))
    return normalise(address)

"""Whether the database of an effect lets in one writer at a time, as SQLite does: a second one waits until the first has committed."""

from __future__ import annotations

from session_lint.analysis.program.constants import constant
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.units import Units
from session_lint.facts.terms import Const, Invoke, Ref, Template, Term, strip

_URL = "sqlite"


class OneWriter:
    """Tells it by the value of the connection, by the address it leads to, or by the database that a mapped class names."""

    def __init__(self, units: Units, symbols: SymbolTable) -> None:
        self._units, self._symbols = units, symbols

    def of(self, event: Event, full: str) -> bool:
        """Whether it does, for an effect in a walk of function `full`. What may be another database is another one."""
        if event.effect is not None and event.effect.serial_writers:
            return True
        return self._by_connection(event.on, full) or self._by_class(event.resource)

    def _by_connection(self, connection: Term | None, full: str) -> bool:
        return any(self._leads(term) or self._is_one(term, full) for term in self._units.makers(connection, full))

    def _is_one(self, term: Term, full: str) -> bool:
        handle = self._units.handle(term, full)
        return handle is not None and handle.one_writer

    def _leads(self, term: Term) -> bool:
        """`create_engine("sqlite:///shop.db")`."""
        address = term.arg(0, "url") if isinstance(term, Invoke) else None
        told = (constant(self._symbols, address) or strip(address)) if address is not None else None
        start = strip(told.parts[0]) if isinstance(told, Template) and told.parts else told
        return isinstance(start, Const) and isinstance(start.value, str) and start.value.startswith(_URL)

    def _by_class(self, resource: Term | None) -> bool:
        """`class Meta: database = db`, of the class or of the next one above that has it."""
        if not isinstance(resource, Ref) or resource.name not in self._symbols.classes:
            return False
        owners = (f"{one}.Meta" for one in self._symbols.mro(resource.name))
        named = (self._symbols.attribute(owner, "database") for owner in owners if owner in self._symbols.classes)
        first = next((found for found in named if found), ())
        return len(first) == 1 and self._is_one(first[0][2], self._symbols.classes[resource.name].module)

"""The classes outside of the project that a class is below: which library they make it a table of, and what is known of each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from session_lint.analysis.program.managers import written_base
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable
from session_lint.clients.schema_reader import SchemaReader
from session_lint.facts.schema import UniqueSet
from session_lint.facts.terms import Invoke, Ref, Term, strip


@dataclass(frozen=True, slots=True)
class Outside:
    """What the bases outside of the project say of a class. `reader`: what reads its library, None where it is no table; `unknown`: those
    of which it is not known what they add; `columns` and `sets`: what the known ones have and make unique."""

    reader: SchemaReader | None = None
    bases: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sets: tuple[UniqueSet, ...] = ()


class OutsideBases:
    """Asked class by class. `origin` gives the dotted name of what lies behind a term outside of the project."""

    def __init__(self, symbols: SymbolTable, readers: Sequence[SchemaReader], origin: Callable[[Term], str]) -> None:
        self._symbols, self._readers, self._origin = symbols, readers, origin
        self._known: dict[str, Outside] = {}

    def of(self, full: str) -> Outside:
        """What is outside of the project above a class."""
        if full not in self._known:
            self._known[full] = self._of(full)
        return self._known[full]

    def _of(self, full: str) -> Outside:
        order = self._symbols.mro(full)
        bases = tuple(dict.fromkeys(self._origin(base) for name in order for base in self._written(name)))
        made = [self._origin(one) for name in order for one in self._symbols.classes[name].index.decorators]  # `@as_declarative()`
        rooted = (one for one in self._readers if one.roots and any(re.fullmatch(one.roots, base) for base in (*bases, *made)))
        reader = next(rooted, None) or self._by_columns(order, bases)
        if reader is None:
            return Outside()
        unknown = tuple(one for one in bases if not re.fullmatch(reader.roots, one) and not re.fullmatch(reader.plain, one))
        columns = tuple(name for one in bases for name in reader.has.get(one, ()))
        sets = tuple(UniqueSet((name,), one) for one in bases for name in reader.adds.get(one, ()))
        return Outside(reader, bases, unknown, columns, sets)

    def _by_columns(self, order: Sequence[str], bases: Sequence[str]) -> SchemaReader | None:
        """What reads the library whose columns a class has, or one above it: its base leads to a table, in a package that is not here."""
        if not any(bases):
            return None
        values = [strip(value) for name in order for _, value in self._symbols.classes[name].index.attributes]
        made = {self._origin(value.func) for value in values if isinstance(value, Invoke)}
        known = (one for one in self._readers if one.columns and any(re.fullmatch(one.columns, name) for name in made))
        return next((one for one in known if not all(re.fullmatch(one.plain, base) for base in bases)), None)

    def _written(self, full: str) -> Iterator[Term]:
        for base in (written_base(one, self._symbols) for one in self._symbols.classes[full].index.bases):
            name = base.name if isinstance(base, Ref) else ""
            if not isinstance(self._symbols.lookup(name) if name else None, ClassSymbol):
                yield base

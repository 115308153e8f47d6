"""The tables of a project: what its classes, variables and statements declare, put together by inheritance and by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from session_lint.analysis.program.inherited import primary_key, together
from session_lint.analysis.program.link_tables import link_tables
from session_lint.analysis.program.migrations import left
from session_lint.analysis.program.outside_bases import OutsideBases
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable, VariableSymbol
from session_lint.clients.schema_reader import Inner, ModelClass, ModelValue, SchemaReader
from session_lint.facts.effects import SPREAD
from session_lint.facts.schema import Declared, Table, UniqueSet
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping as Map, Op, Ref, Term, strip

Columns = tuple[tuple[str, Term], ...]

_DEPTH = 6  # names that stand for names
_SAYS = (Const("unique"), Const("primary_key"))


@dataclass(frozen=True, slots=True)
class Declarations:
    """What tables are declared by. `texts` gives what the statements of the project declare, `newest` the newest release of a package
    that it allows, () for any."""

    readers: tuple[SchemaReader, ...] = ()
    texts: Callable[[], Sequence[Declared]] = tuple
    newest: Callable[[str], tuple[int, ...]] = lambda _: ()


class Tables:
    """The tables of a project, read when they are asked for."""

    def __init__(self, symbols: SymbolTable, declarations: Declarations) -> None:
        self._symbols = symbols
        self._readers = declarations.readers
        self._texts = declarations.texts
        self._newest = {one.stem: declarations.newest(one.package) if one.package else () for one in self._readers}
        self._models: dict[str, Table | None] = {}
        self._known: dict[str, Declared | None] = {}
        self._linked: dict[str, tuple[Table, ...]] = {}  # what a library makes for relations of a class
        self._outside = OutsideBases(symbols, self._readers, self._origin)

    # -- what is asked -------------------------------------------------------------------------------------------------

    def of_model(self, full: str) -> Table | None:
        """The table of a class or variable of the project, or of a class of a library that a reader knows; None when it is none."""
        if full not in self._models:
            symbol = self._symbols.lookup(full)
            if isinstance(symbol, (ClassSymbol, VariableSymbol)) and symbol.full != full:
                self._models[full] = self.of_model(symbol.full)
            else:
                self._models[full] = self._added(self._whole(symbol)) if symbol is not None else self._of_library(full)
        return self._models[full]

    def of_name(self, name: str) -> Table | None:
        """The table of a name in the database; None when it is not declared, or more than once."""
        return self._by_name.get(name.rpartition(".")[2].strip('"`[]').lower())

    def tables(self) -> tuple[Table, ...]:
        """All of them, by path and name."""
        return tuple(sorted({*self._declared_by_code, *self._of_texts.values()}, key=lambda one: (one.path, one.row, one.model, one.name)))

    # -- by name -------------------------------------------------------------------------------------------------------

    @cached_property
    def _declared_by_code(self) -> tuple[Table, ...]:
        names = sorted([*self._symbols.classes, *(name for name, one in self._symbols.variables.items() if isinstance(one.value, Invoke))])
        written = dict.fromkeys(table for name in names if (table := self.of_model(name)) is not None)  # a proxy has that of another
        return (*written, *(table for name in names for table in self._linked.get(name, ())))

    @cached_property
    def _by_name(self) -> dict[str, Table | None]:
        found: dict[str, Table | None] = dict(self._of_texts)
        for table in self._declared_by_code:
            if table.name:
                known = found.get(table.name)
                found[table.name] = table if known is None or not known.model else None
        return found

    @cached_property
    def _parts(self) -> Mapping[str, Sequence[Declared]]:
        """What the statements say of a table, by its name."""
        return left(self._texts())

    @cached_property
    def _of_models(self) -> Mapping[str, Sequence[Declared]]:
        """What statements say of a class or variable, by its full name."""
        found: dict[str, list[Declared]] = defaultdict(list)
        for one in self._texts():
            symbol = self._symbols.lookup(one.model) if one.model else None
            if isinstance(symbol, (ClassSymbol, VariableSymbol)):
                found[symbol.full].append(one)
        return found

    @cached_property
    def _of_texts(self) -> dict[str, Table]:
        found: dict[str, Table] = {}
        for name, parts in self._parts.items():
            whole = [one for one in parts if not one.partly]
            if whole:
                found[name] = self._together(whole[0], parts)
        return found

    @staticmethod
    def _together(first: Declared, parts: Sequence[Declared]) -> Table:
        columns = tuple(dict.fromkeys(name for one in parts for name in one.columns))
        sets = [one for part in parts for one in (*primary_key(part.primary), *part.unique, *part.options)]
        gaps = tuple(dict.fromkeys(gap for one in parts for gap in one.gaps))
        return Table(first.table, "", first.path, columns, tuple(dict.fromkeys(sets)), gaps, first.row, "sql")

    def _added(self, table: Table | None) -> Table | None:
        """A table of the code with what statements add to it: an index of a migration."""
        parts = [*self._parts.get(table.name, ()), *self._of_models.get(table.model, ())] if table is not None and table.name else []
        if table is None or not parts:
            return table
        known = {frozenset(one.columns) for one in table.unique if not one.partial}
        more = [one for part in parts for one in (*part.unique, *part.options) if one.partial or frozenset(one.columns) not in known]
        gaps = dict.fromkeys([*table.gaps, *(gap for part in parts for gap in part.gaps)])
        return replace(table, unique=(*table.unique, *dict.fromkeys(more)), gaps=tuple(gaps))

    def _of_library(self, full: str) -> Table | None:
        """What a reader knows of a class that a library declares: nobody of the project can declare more of it."""
        sets = next((reader.tables[full] for reader in self._readers if full in reader.tables), ())
        unique = tuple(UniqueSet(columns, "declared by the library") for columns in sets)
        columns = tuple(dict.fromkeys(name for one in unique for name in one.columns))
        return Table("", full, "", columns, unique, ("what a library declares",)) if unique else None

    # -- by code -------------------------------------------------------------------------------------------------------

    def _whole(self, symbol: object) -> Table | None:
        if isinstance(symbol, VariableSymbol):
            stem, declared = self._of_value(symbol)
            return replace(together(declared, [declared], ()), reader=stem) if declared is not None else None
        if not isinstance(symbol, ClassSymbol):
            return None
        outside = self._outside.of(symbol.full)
        reader = outside.reader
        own = self._declared(symbol.full, reader) if reader is not None else None
        if reader is None or own is None or own.abstract:
            return None
        if own.proxy:
            above = (self.of_model(name) for name in self._symbols.mro(symbol.full)[1:])
            table = next((table for table in above if table is not None), None)
            narrowed = table is not None and any(isinstance(value, Invoke) for _, value in symbol.index.attributes)
            return replace(table, gaps=(*table.gaps, f"which rows are those of `{symbol.index.qualname}`")) if table and narrowed else table
        order = [one for name in self._symbols.mro(symbol.full) if (one := self._declared(name, reader)) is not None]
        self._linked[symbol.full] = tuple(link_tables(own, order[1:]))
        found = together(own, order, outside.unknown)
        if not found.columns:
            return None  # a base of others, with nothing in it
        columns = tuple(dict.fromkeys((*found.columns, *outside.columns)))
        joined = tuple(self._above(symbol.full, own, found.columns, reader))
        found = replace(found, columns=columns, unique=(*found.unique, *outside.sets), above=joined)
        return replace(found, row=symbol.index.row, reader=reader.stem, bases=outside.bases, newest=self._newest[reader.stem])

    def _above(self, full: str, own: Declared, columns: Sequence[str], reader: SchemaReader) -> Iterator[tuple[str, str]]:
        """The columns that are in the table of a class above one, each with that class: all of them where it has no table of its own."""
        for name in self._symbols.mro(full)[1:]:
            one = self._declared(name, reader) if self._outside.of(name).reader is reader else None
            if one is None or not one.apart or one.abstract or one.proxy:
                continue
            if not own.apart:
                yield from ((column, name) for column in columns)
                return
            yield from ((column, name) for column in one.columns if column not in own.columns)

    def _declared(self, full: str, reader: SchemaReader) -> Declared | None:
        if full not in self._known:
            symbol = self._symbols.classes[full]
            inside = {one.index.qualname.rpartition(".")[2]: Inner(one.index.attributes, one.index.bases) for one in self._inner[full]}
            results = {
                name: function.index.result
                for name in symbol.index.methods
                if (function := self._symbols.functions.get(f"{full}.{name}")) is not None and function.index.result is not None
            }
            made = {name for name, _ in symbol.index.fields}
            values = (*((n, v) for n, v in symbol.index.attributes if not _is_note(v)), *symbol.index.fields)
            noted = tuple((n, v) for n, v in symbol.index.attributes if _is_note(v) and n not in made)
            unclear = frozenset(symbol.index.methods) - results.keys()
            cls = ModelClass(full, symbol.path, values, noted, inside, results, self._origin, self._settled, unclear)
            self._known[full] = self._with_doubts(reader.of_class(cls), cls)
        return self._known[full]

    def _with_doubts(self, declared: Declared | None, cls: ModelClass) -> Declared | None:
        """With what a column may be whose class sets itself up, or that is given arguments which are not told."""
        if declared is None:
            return None
        made = {name: strip(value) for name, value in cls.values if name in declared.columns}
        own = [
            name
            for name, value in made.items()
            if isinstance(value, Invoke) and (self._sets_up(strip(value.func)) or self._is_spread(value))
        ]
        return replace(declared, unsure=tuple(dict.fromkeys([*declared.unsure, *own]))) if own else declared

    def _is_spread(self, call: Invoke) -> bool:
        """Whether `**options` may say that a column is unique."""
        given = call.kwarg(SPREAD)
        found = self._settled(given) if given is not None else Map(())
        return not isinstance(found, Map) or any(key is None or key in _SAYS for key, _ in found.entries)

    def _sets_up(self, func: Term) -> bool:
        symbol = self._symbols.lookup(func.name) if isinstance(func, Ref) else None
        order = self._symbols.mro(symbol.full) if isinstance(symbol, ClassSymbol) else ()
        return any("__init__" in self._symbols.classes[name].index.methods for name in order)

    @cached_property
    def _inner(self) -> Mapping[str, Sequence[ClassSymbol]]:
        """The classes inside each class."""
        found: dict[str, list[ClassSymbol]] = defaultdict(list)
        for name, one in self._symbols.classes.items():
            found[name.rpartition(".")[0]].append(one)
        return found

    def _of_value(self, symbol: VariableSymbol) -> tuple[str, Declared | None]:
        path = self._symbols.modules[symbol.module].path
        made = ((reader.stem, reader.of_value(ModelValue(symbol.full, path, symbol.value, self._settled))) for reader in self._readers)
        return next(((stem, one) for stem, one in made if one is not None), ("", None))

    def advice(self, table: Table, wanted: UniqueSet) -> str:
        """How to declare that a table has such a set."""
        reader = next((one for one in self._readers if one.stem == table.reader), SchemaReader())
        return f"{reader.declaring(table, wanted)}{reader.apart(table, wanted)}"

    # -- names ---------------------------------------------------------------------------------------------------------

    def _origin(self, term: Term, depth: int = _DEPTH) -> str:
        """The dotted name of what lies behind a term outside of the project, with the calls that make it."""
        match strip(term):
            case Invoke(func) if depth:
                return f"{self._origin(func, depth - 1)}()"
            case Item(base, _) if depth:
                return self._origin(base, depth - 1)
            case Attr(base, name) if depth:
                return f"{self._origin(base, depth - 1)}.{name}"
            case Ref(name) if depth:
                return self._origin_of_name(name, depth)
        return ""

    def _origin_of_name(self, name: str, depth: int) -> str:
        symbol = self._symbols.lookup(name)
        if isinstance(symbol, VariableSymbol):
            return self._origin(symbol.value, depth - 1) or name
        if isinstance(symbol, ClassSymbol):
            return self._symbols.outside_base(symbol.full) or name
        if isinstance(symbol, FunctionSymbol):
            return self._origin(symbol.index.result, depth - 1) if symbol.index.result is not None else name
        head, _, last = name.rpartition(".")
        above = self._symbols.lookup(head) if head else None
        return f"{self._origin(above.value, depth - 1)}.{last}" if isinstance(above, VariableSymbol) else name

    def _settled(self, term: Term) -> Term:
        """A term, or what a name of the project stands for that it is; of a call of a function of the project, what that returns."""
        for _ in range(_DEPTH):
            inner = strip(term)
            if isinstance(inner, Ref):
                symbol = self._symbols.lookup(inner.name)
                if not isinstance(symbol, VariableSymbol):
                    return inner
                term = symbol.value
            elif isinstance(inner, Invoke) and isinstance(inner.func, Ref):
                made = self._symbols.lookup(inner.func.name)
                if not isinstance(made, FunctionSymbol) or made.index.result is None:
                    return inner
                term = made.index.result
            else:
                return inner
        return strip(term)


def _is_note(value: Term) -> bool:
    return isinstance(value, Op) and value.kind == "annotation"

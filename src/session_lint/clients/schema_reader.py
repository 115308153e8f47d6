"""The contract of a schema reader: a file that says how one library declares tables and their unique sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from session_lint.facts.schema import Declared, Table, UniqueSet
from session_lint.facts.terms import Const, Invoke, Op, Sequence, Term, strip

Values = tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class Inner:
    """A class inside another one, such as `Meta`: what its names stand for, and its bases."""

    values: Values = ()
    bases: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A class of the project as its file tells it. Names in terms are absolute.

    `values`: its attributes with what is assigned to them, `noted` those that only have an annotation; `results`: what its methods
    return that do nothing else. `origin` gives the dotted name of what lies behind a class or function of the project outside of it.
    `settled` writes out a name of the project that stands for a value. `unclear`: the methods that do more than return a value.
    """

    full: str
    path: str
    values: Values
    noted: Values
    inner: Mapping[str, Inner]
    results: Mapping[str, Term]
    origin: Callable[[Term], str]
    settled: Callable[[Term], Term]
    unclear: frozenset[str] = frozenset()

    def value(self, name: str) -> Term | None:
        """What an attribute stands for, the last assignment; None for none."""
        return next((value for key, value in reversed(self.values) if key == name), None)

    def options(self, name: str = "Meta") -> dict[str, Term]:
        """What the names of a class inside it stand for."""
        return dict(self.inner[name].values) if name in self.inner else {}

    def calls(self, wanted: Callable[[Invoke], bool]) -> list[tuple[str, Invoke]]:
        """The attributes that are made by such calls: its fields."""
        made = ((name, strip(self.settled(value))) for name, value in self.values)
        return [(name, call) for name, call in made if isinstance(call, Invoke) and wanted(call)]

    def parts(self, value: Term, whole: Callable[[Sequence], bool] = lambda _: False) -> Iterator[Term]:
        """The parts of an option: of displays, also added to one another. A display that is `whole` is one part."""
        match inner := strip(value):
            case Op("+", operands):
                for one in operands:
                    yield from self.parts(self.settled(one), whole)
            case Sequence(_, items) if not whole(inner):
                yield from (strip(self.settled(item)) for item in items)
            case Const(None):
                return
            case _:
                yield inner


def table_name(named: Term | None, default: str) -> str:
    """The name of a table as it is written in the code, in small letters; the default where none is, or it is no text."""
    return named.value.lower() if isinstance(named, Const) and isinstance(named.value, str) else default


@dataclass(frozen=True, slots=True)
class ModelValue:
    """A variable of a module, with what is assigned to it."""

    full: str
    path: str
    value: Term
    settled: Callable[[Term], Term]


@dataclass(frozen=True, slots=True)
class SchemaText:
    """A file in which one of the reader's `words` stands."""

    path: str
    module: str
    data: bytes = field(repr=False)


class SchemaReader:
    """How one library declares tables.

    `roots`: a regular expression for the classes outside the project below which every class is a table or a part of one, by their dotted
    names with the calls that make them: `django.db.models.Model`, `sqlalchemy.orm.declarative_base()`. `columns`: one for what makes a
    column in such a class and in no other, which shows that a class below one that is not known is a table. `plain`: one for other bases
    that add no column and no unique set. `adds`: the columns that known ones make unique; `has`: what other columns they have.
    `tables`: the unique sets of classes that a library declares itself, the primary key first.
    `words`: what stands in a file that the reader wants to see as text. `package`: as it is called where its releases are pinned.
    `same_null`: how a set says that NULL is equal to NULL.
    """

    roots: ClassVar[str] = ""
    columns: ClassVar[str] = ""
    plain: ClassVar[str] = ""
    adds: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    has: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    tables: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = {}
    words: ClassVar[tuple[bytes, ...]] = ()
    package: ClassVar[str] = ""
    same_null: ClassVar[str] = "`NULLS NOT DISTINCT` (PostgreSQL 15)"

    @property
    def stem(self) -> str:
        """The stem of its file."""
        return type(self).__module__.rpartition(".")[2]

    def of_class(self, cls: ModelClass) -> Declared | None:  # noqa: ARG002 - one that knows no classes
        """What a class below a root declares."""
        return None

    def of_value(self, value: ModelValue) -> Declared | None:  # noqa: ARG002
        """What a variable declares."""
        return None

    def of_text(self, text: SchemaText) -> Iterator[Declared]:  # noqa: ARG002
        """What a file declares by the statements in it."""
        return iter(())

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """How to declare that a table has such a set, for people."""
        condition = sql_condition(wanted.when)
        columns = (f"lower({name})" if name in wanted.folded else name for name in wanted.columns)
        return f"`CREATE UNIQUE INDEX ON {table.title} ({', '.join(columns)}){f' WHERE {condition}' if condition else ''}`"

    def apart(self, table: Table, wanted: UniqueSet) -> str:
        """What such a set would not do, for people, and what does: NULL is equal to nothing; "" where the columns always have a value."""
        empty = [name for name in wanted.columns if table.kind(name).empty]
        others = [name for name in wanted.columns if name not in empty]
        if not empty:
            return ""
        left = f"rows without {' or '.join(empty)} are not kept apart by it"
        if not others:
            return f" ({left})"
        second = f", or a second one over {', '.join(others)} where {empty[0]} is NULL," if len(empty) == 1 else ""
        return f" ({left}: {self.same_null}{second} does)"


def sql_condition(when: Values) -> str:
    """Columns with their constants as a condition of SQL; "" for none."""
    return " AND ".join(f"{name} {_sql_test(value)}" for name, value in when)


def _sql_test(value: Term) -> str:
    if isinstance(value, Sequence):
        return f"IN ({', '.join(map(sql_constant, value.items))})"
    return "IS NULL" if value == Const(None) else f"= {sql_constant(value)}"


def sql_constant(value: Term) -> str:
    """A constant as SQL has it."""
    inner = value.value if isinstance(value, Const) else ""
    return str(inner).lower() if isinstance(inner, bool) else f"'{inner}'" if isinstance(inner, str) else str(inner)


def listed(names: Iterable[str]) -> str:
    """Names as they stand in a list or tuple of texts."""
    return ", ".join(f'"{name}"' for name in names)

"""Statements for the driver itself: rendered once from SQLAlchemy's own, for the few operations that are asked most.

The text, the order of the parameters and what turns values and columns to and fro come from the same statement and the same types that
SQLAlchemy would run, so there is one source of truth. What is saved is everything around it: more than half of the processor time.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Dialect as Rendering

Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One statement as a driver takes it. `text` holds placeholders; `arguments` and `row` make of values what the driver wants."""

    text: str
    _parameters: tuple[tuple[str, Processor | None, Any], ...]
    _columns: tuple[tuple[int, Processor], ...]  # of those that are not passed on as they are
    _make: Callable[[Iterable[Any]], Any]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order. A value that the statement needs and nobody gives is NULL."""
        return [
            values.get(name, default) if process is None else process(values.get(name, default))
            for name, process, default in self._parameters
        ]

    def row(self, found: Iterable[Any]) -> Any:
        """A row of the driver as a named tuple of the statement's columns."""
        columns = list(found)
        for index, process in self._columns:
            if columns[index] is not None:
                columns[index] = process(columns[index])
        return self._make(columns)


def rendered(statement: Any, rendering: Rendering) -> Rendered:
    """The statement for a dialect of SQLAlchemy. It returns the columns it selects, or those of its RETURNING."""
    compiled = statement.compile(dialect=rendering)
    assert not compiled.post_compile_params, "a list of unknown length has no text of its own"
    defaults = compiled.params
    parameters = [
        (name, compiled.binds[name].type.dialect_impl(rendering).bind_processor(rendering), defaults[name])
        for name in compiled.positiontup or ()
    ]
    columns = list(statement.exported_columns)
    processors = [column.type.dialect_impl(rendering).result_processor(rendering, None) for column in columns]
    made = namedtuple("made", [column.name for column in columns])  # type: ignore[misc]
    kept = tuple((index, process) for index, process in enumerate(processors) if process is not None)
    return Rendered(compiled.string, tuple(parameters), kept, made._make)

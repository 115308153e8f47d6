"""Where something stands in a source file."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.packed import Packed


@dataclass(frozen=True, slots=True, order=True)
class Span(Packed):
    """A region of one file. Rows and columns are 1-based; columns count code points; the end is exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Place(Packed):
    """A region of a named file. `path` is relative to the project root, with forward slashes."""

    path: str
    span: Span

    def __str__(self) -> str:
        return f"{self.path}:{self.span.row}"

"""Exact positions of the nodes that facts need.

libcst's own PositionProvider computes a range for every node and is ten times slower than the code generation it
rides on; the facts only need calls, names, attributes, subscripts and lambdas. And writing a whole tree out takes
longer than parsing it, so that is only done where the quick way, the positions of `ast`, cannot be taken.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import libcst
from libcst._nodes.internal import CodegenState

from session_lint.analysis.cst.pairs import paired
from session_lint.analysis.cst.parse import deep
from session_lint.facts.location import Span

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_NEWLINE = re.compile(r"\r\n?|\n")
_RECORDED = (libcst.Call, libcst.Name, libcst.Subscript, libcst.Lambda, libcst.Attribute)


Range: TypeAlias = tuple[int, int, int, int]


class Spans:
    """The spans of one tree, by node identity; the tree must outlive it."""

    __slots__ = ("_lines", "_nodes", "_ranges", "_rows")

    def __init__(self, tree: libcst.Module, text: str, rows: Sequence[int] = ()) -> None:
        """`text` is what the tree was parsed from; `rows` gives the row in the file of each of its rows, where that is another one.

        Raises ExtractError when the tree is nested too deeply.
        """
        self._rows = rows
        self._ranges: dict[int, Range] = {}
        self._nodes: dict[int, Any] = {}
        self._lines: list[str] = []
        other = _syntax_tree(text)
        both = paired(tree, other) if other is not None else None
        if both is None:
            self._ranges = _generated(tree, tree)
            return
        mine, theirs = both
        self._nodes = dict(zip(map(id, mine.nodes), theirs.nodes, strict=True))
        self._lines = [] if text.isascii() else _NEWLINE.split(text)
        for node, place in zip(mine.nodes, theirs.nodes, strict=True):
            if place.__class__ is ast.JoinedStr:  # ast cannot tell what stands where inside one before Python 3.12
                bare = node.with_changes(lpar=(), rpar=())
                self._ranges.update(_generated(tree, bare, self._range(place)[:2], mine.indents[id(node)]))
                del self._nodes[id(node)]

    def of(self, node: libcst.CSTNode) -> Span | None:
        """Where a call, name, attribute, subscript or lambda of an expression stands, without parentheses and white space around it."""
        place = self._nodes.get(id(node))
        found = self._ranges.get(id(node)) if place is None else self._range(place)
        return None if found is None else self._in_file(*found)

    def _in_file(self, row: int, column: int, end_row: int, end_column: int) -> Span:
        if not self._rows:
            return Span(row, column, end_row, end_column)
        return Span(self._rows[row - 1], column, self._rows[end_row - 1], end_column)

    def last_name(self, node: libcst.Attribute) -> Span | None:
        """Where `name` of `base.name` stands."""
        place = self._nodes.get(id(node))
        if place is None:
            return self.of(node.attr)
        _, _, row, column = self._range(place)
        return self._in_file(row, column - len(node.attr.value), row, column)

    def defined(self, node: libcst.FunctionDef) -> Span | None:
        """Where the name of a function stands in its definition."""
        place = self._nodes.get(id(node))
        if place is None:
            return self.of(node.name)
        state = _State("", "\n")
        state.row, state.column, _, _ = self._range(place)
        if node.asynchronous is not None:
            node.asynchronous._codegen(state)
        state.add_token("def")
        node.whitespace_after_def._codegen(state)
        return self._in_file(state.row, state.column, state.row, state.column + len(node.name.value))

    def _range(self, place: Any) -> Range:
        if not self._lines:
            return place.lineno, place.col_offset + 1, place.end_lineno, place.end_col_offset + 1
        return (
            place.lineno,
            self._column(place.lineno, place.col_offset),
            place.end_lineno,
            self._column(place.end_lineno, place.end_col_offset),
        )

    def _column(self, row: int, offset: int) -> int:
        """The column of an offset in bytes."""
        line = self._lines[row - 1]
        return 1 + (offset if line.isascii() else len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "surrogatepass")))


def _syntax_tree(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # newer grammar than this interpreter's, or too deep for it
            return None


def _generated(tree: libcst.Module, node: libcst.CSTNode, start: tuple[int, int] = (1, 1), indent: str = "") -> dict[int, Range]:
    """The ranges inside a node that stands at `start`, from writing it out."""
    state = _State(tree.default_indent, tree.default_newline)
    state.row, state.column = start
    state.increase_indent(indent)
    with deep():
        node._codegen(state)
    return state.ranges


class _Ignored:
    """A context that records nothing."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class _Recorded:
    """A context that notes where the node inside it begins and ends."""

    __slots__ = ("_column", "_node", "_row", "_state")

    def __init__(self, state: _State, node: libcst.CSTNode) -> None:
        self._state = state
        self._node = node
        self._row = 0
        self._column = 0

    def __enter__(self) -> None:
        self._row = self._state.row
        self._column = self._state.column

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        state = self._state
        state.ranges[id(self._node)] = (self._row, self._column, state.row, state.column)


_IGNORED = _Ignored()


class _State(CodegenState):
    """A code generation that keeps no text, only where it is. Rows and columns are 1-based."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.row = 1
        self.column = 1
        self.ranges: dict[int, Range] = {}

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.column += len(token)

    def add_token(self, value: str) -> None:
        if "\n" in value or "\r" in value:
            lines = _NEWLINE.split(value)
            self.row += len(lines) - 1
            self.column = len(lines[-1]) + 1
        else:
            self.column += len(value)

    def pop_trailing_newline(self) -> None:
        """Nothing to take back: no text is kept."""

    def record_syntactic_position(  # type: ignore[override]  # any context manager will do, and this one is quick
        self,
        node: libcst.CSTNode,
        *,
        start_node: libcst.CSTNode | None = None,  # noqa: ARG002 - the signature is libcst's
        end_node: libcst.CSTNode | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        if type(node) in _RECORDED:
            return _Recorded(self, node)
        return _IGNORED

"""Exact positions of the nodes that facts need.

libcst's own PositionProvider computes a range for every node and is ten times slower than the code generation it
rides on; the facts only need calls, names, attributes, subscripts and lambdas.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import TYPE_CHECKING

import libcst
from libcst._nodes.internal import CodegenState

from session_lint.cst.parse import deep
from session_lint.facts.location import Span

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_NEWLINE = re.compile(r"\r\n?|\n")
_RECORDED = (libcst.Call, libcst.Name, libcst.Subscript, libcst.Lambda, libcst.Attribute)


class Spans:
    """The spans of one tree, by node identity; the tree must outlive it."""

    __slots__ = ("_ranges",)

    def __init__(self, module: libcst.Module) -> None:
        """Raises ExtractError when the tree is nested too deeply."""
        state = _State(module.default_indent, module.default_newline)
        with deep():
            module._codegen(state)
        self._ranges = state.ranges

    def of(self, node: libcst.CSTNode) -> Span | None:
        """Where a call, name, attribute, subscript or lambda stands, without parentheses and white space around it."""
        found = self._ranges.get(id(node))
        return None if found is None else Span(*found)

    def row(self, node: libcst.CSTNode) -> int:
        """The first row of a recorded node, 0 when it was not recorded."""
        found = self._ranges.get(id(node))
        return 0 if found is None else found[0]


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
        self.ranges: dict[int, tuple[int, int, int, int]] = {}

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

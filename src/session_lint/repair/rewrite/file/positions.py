"""Where the nodes of a tree stand: what libcst's `PositionProvider` says, in less time.

libcst keeps no positions, it writes the tree out to know them. Its provider makes three objects for each node, and asks for each node's
hash, which is a function of Python.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TypeAlias

import libcst as cst
from libcst._nodes.internal import CodegenState

_NEWLINE = re.compile(r"\r\n?|\n")
Range: TypeAlias = tuple[int, int, int, int]  # first row, 1-based, and column, 0-based; behind the last character the same


class Positions(CodegenState):
    """A tree written out. `ranges`: by the identity of each node the node, and where it stands without the white space around it."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.ranges: dict[int, tuple[cst.CSTNode, Range]] = {}
        self._row, self._column = 1, 0
        self._starts: list[tuple[int, int]] = []
        module._codegen(self)

    @property
    def code(self) -> str:
        """The text of the tree."""
        return "".join(self.tokens)

    @property
    def now(self) -> tuple[int, int]:
        """Row and column of what is written next."""
        return self._row, self._column

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        if "\n" in value or "\r" in value:
            lines = _NEWLINE.split(value)
            self._row += len(lines) - 1
            self._column = len(lines[-1])
        else:
            self._column += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002 - the signature is libcst's
        self._starts.append((self._row, self._column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._starts.pop()
        if id(node) not in self.ranges:
            self.ranges[id(node)] = node, (*start, self._row, self._column)

    def record_syntactic_position(  # type: ignore[override]  # any context manager will do, and this one is quick
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> AbstractContextManager[None]:
        return _Recorded(self, node, start_node, end_node)


class _Recorded:
    """Notes where what is written inside it begins and ends, or where some nodes in it do."""

    __slots__ = ("_first", "_last", "_node", "_start", "_state")

    def __init__(self, state: Positions, node: cst.CSTNode, first: cst.CSTNode | None, last: cst.CSTNode | None) -> None:
        self._state = state
        self._node = node
        self._first = first
        self._last = last
        self._start = (1, 0)

    def __enter__(self) -> None:
        self._start = self._state.now

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ranges = self._state.ranges
        start = self._start if self._first is None else ranges[id(self._first)][1][:2]
        end = self._state.now if self._last is None else ranges[id(self._last)][1][2:]
        ranges[id(self._node)] = self._node, (*start, *end)

"""One file as a codemod sees it: its text, its tree, and where each node stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import TypeAlias

import libcst as cst

from session_lint.analysis.cst.parse import ExtractError, deep, parse
from session_lint.facts.finding import Edit
from session_lint.facts.location import Place, Span
from session_lint.repair.rewrite.file.positions import Positions

Kinds: TypeAlias = type | UnionType
_FORM_FEEDS = re.compile(r"^\f+", re.MULTILINE)

_USUAL = (88, 100, 120, 140, 160)  # line lengths that formatters are set to


class CannotRepair(Exception):  # noqa: N818 - not an error: the repair is only shown, with this reason
    """Why a finding cannot be repaired by an edit; the reason completes "not repaired: ..."."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Source:
    """One file. `text` has "\\n" line ends and no byte order mark; all spans are places in it, as in findings."""

    def __init__(self, path: str, text: str) -> None:
        """Raises CannotRepair for a file that libcst cannot read, or would not give back as it is."""
        self.path = path
        self.text = text
        self._lines = text.split("\n")
        # libcst drops form feeds at the start of a line: they are taken out first, and columns set right afterwards
        self._shift = {text.count("\n", 0, found.start()) + 1: len(found[0]) for found in _FORM_FEEDS.finditer(text)}
        clean = _FORM_FEEDS.sub("", text)
        try:
            with deep():
                self.module = parse(clean)
                written = Positions(self.module)
                self._ranges = written.ranges
                if written.code != clean:
                    raise CannotRepair(f"{path} would not come back unchanged from the parser")
                self._parents = _parents(self.module)
        except ExtractError as error:
            raise CannotRepair(f"{path}: {error.message}") from error
        self.named: dict[str, list[cst.Name]] = {}  # every bare name and every part of a dotted one
        self.imports: list[cst.ImportFrom] = []
        self._calls: dict[tuple[int, int], cst.Call] = {}
        self._functions: dict[tuple[int, int], cst.FunctionDef] = {}
        for node, _ in self._ranges.values():
            if isinstance(node, cst.Name):
                self.named.setdefault(node.value, []).append(node)
            elif isinstance(node, cst.Call):
                self._calls[self._start(called_name(node))] = node
            elif isinstance(node, cst.FunctionDef):
                self._functions[self._start(node.name)] = node
            elif isinstance(node, cst.ImportFrom):
                self.imports.append(node)

    # -- finding nodes -----------------------------------------------------------------------------------------------

    def call_at(self, span: Span) -> cst.Call:
        """The call whose called name stands at `span`. Raises CannotRepair when there is none."""
        call = self._calls.get((span.row, span.column))
        if call is None:
            raise CannotRepair(f"there is no call by name at {self.path}:{span.row}")
        return call

    def function_at(self, span: Span) -> cst.FunctionDef:
        """The function whose name stands at `span`. Raises CannotRepair when there is none."""
        function = self._functions.get((span.row, span.column))
        if function is None:
            raise CannotRepair(f"there is no function definition at {self.path}:{span.row}")
        return function

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node; None for the module."""
        return self._parents.get(id(node))

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def around(self, node: cst.CSTNode, kind: Kinds) -> cst.CSTNode | None:
        """The innermost node of a kind (or of one of several, `A | B`) around a node."""
        return next((above for above in self.parents(node) if isinstance(above, kind)), None)

    def function_around(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function whose own code a node belongs to; None at module level, in a class body, and in a lambda."""
        above = self.around(node, cst.FunctionDef | cst.Lambda | cst.ClassDef)
        return above if isinstance(above, cst.FunctionDef) else None

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | cst.BaseCompoundStatement:
        """The statement a node is in, itself when it is one.

        Raises CannotRepair when it shares its line with another one (`a; b`, `if x: a`), so that nothing can stand before it.
        """
        found = node if isinstance(node, cst.BaseStatement) else self.around(node, cst.BaseStatement)
        suite = None if found is None else self.around(node, cst.SimpleStatementSuite | cst.BaseStatement)
        if isinstance(suite, cst.SimpleStatementSuite) or (isinstance(found, cst.SimpleStatementLine) and len(found.body) > 1):
            raise CannotRepair(f"the statement at {self.path}:{self.span(node).row} shares its line with another one")
        if not isinstance(found, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            raise CannotRepair(f"there is no statement at {self.path}:{self.span(node).row}")
        return found

    # -- places ------------------------------------------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands, white space and comments around it left out; its own parentheses belong to it not."""
        row, column, end_row, end_column = self._ranges[id(node)][1]
        return Span(row, column + 1 + self._shift.get(row, 0), end_row, end_column + 1 + self._shift.get(end_row, 0))

    def outer(self, node: cst.BaseExpression) -> Span:
        """Where an expression stands with the parentheses around it."""
        inner = self.span(node)
        if not node.lpar:
            return inner
        start, end = self.span(node.lpar[0]), self.span(node.rpar[-1])
        return Span(start.row, start.column, end.end_row, end.end_column)

    def place(self, node: cst.CSTNode) -> Place:
        """Where a node stands, with the name of the file."""
        return Place(self.path, self.span(node))

    def slice(self, span: Span) -> str:
        """The text of a region."""
        if span.row == span.end_row:
            return self._lines[span.row - 1][span.column - 1 : span.end_column - 1]
        first, last = self._lines[span.row - 1][span.column - 1 :], self._lines[span.end_row - 1][: span.end_column - 1]
        return "\n".join([first, *self._lines[span.row : span.end_row - 1], last])

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, as written."""
        return self.slice(self.span(node))

    def line(self, row: int) -> str:
        """One line, without its end."""
        return self._lines[row - 1]

    @property
    def limit(self) -> int:
        """How long a line may be, in columns, by this file's own habit: as its longest code line, at least 88 and at most 160."""
        code = (len(line) for line in self._lines if "://" not in line and not line.lstrip().startswith("#"))
        return min(160, max(88, max(code, default=88)))

    @property
    def usual(self) -> int:
        """The limit that the file's formatter seems to be set to: the next usual one, for a line that is there and only grows."""
        return next(usual for usual in _USUAL if self.limit <= usual)

    @property
    def rows(self) -> int:
        """How many lines there are; a last one without an end counts."""
        return len(self._lines) - (self._lines[-1] == "")

    def replace(self, node: cst.CSTNode, content: str) -> Edit:
        """Write something else in the place of a node."""
        return Edit(self.path, content, self.span(node))

    def insert(self, row: int, column: int, content: str) -> Edit:
        """Write something at a point."""
        return Edit(self.path, content, Span(row, column, row, column))

    def _start(self, node: cst.CSTNode) -> tuple[int, int]:
        span = self.span(node)
        return span.row, span.column


class Sources:
    """The files of the project, parsed when they are first asked for. `transparent`: decorators that change no signature."""

    def __init__(
        self,
        read: Callable[[str], str],
        transparent: frozenset[str] = frozenset(),
        count: Callable[[str], int] = lambda _: 0,
        paths: Callable[[], Iterable[str]] = tuple,
        where: Callable[[str], tuple[str, ...]] = lambda _: (),
    ) -> None:
        """`read` gives the text of a file by its path relative to the root, with "\\n" line ends; it may raise CannotRepair.

        `count` says how often a regular expression is found in the files of the project, `where` in which; `paths` are those of its
        Python files.
        """
        self._read = read
        self._paths = paths
        self._count = count
        self._where = where
        self._found: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, Source] = {}
        self._counted: dict[str, int] = {}
        self.transparent = transparent

    def __getitem__(self, path: str) -> Source:
        """A file. Raises CannotRepair for one that must not be touched or cannot be read."""
        if path not in self._known:
            self._known[path] = Source(path, self._read(path))
        return self._known[path]

    def files(self, pattern: str) -> tuple[str, ...]:
        """The paths of the project's Python files that a regular expression describes, sorted."""
        return tuple(sorted(path for path in self._paths() if re.fullmatch(pattern, path)))

    def text(self, path: str) -> str:
        """The text of a file that is only looked at. Raises CannotRepair for one that cannot be read."""
        return self._read(path)

    def search(self, pattern: str) -> bool:
        """Whether a regular expression is found in any file of the project, its tests left out."""
        return self.count(pattern) > 0

    def count(self, pattern: str) -> int:
        """How often a regular expression (`^` is the start of a line) is found in the files of the project, its tests left out."""
        if pattern not in self._counted:
            self._counted[pattern] = self._count(pattern)
        return self._counted[pattern]

    def where(self, pattern: str) -> tuple[str, ...]:
        """The files of the project in which a regular expression is found, sorted, its tests left out."""
        if pattern not in self._found:
            self._found[pattern] = self._where(pattern)
        return self._found[pattern]

    def forget(self, paths: Iterable[str]) -> None:
        """Files that have changed: they are read again when they are next asked for."""
        for path in paths:
            self._known.pop(path, None)
        self._counted.clear()
        self._found.clear()


def _parents(module: cst.Module) -> dict[int, cst.CSTNode]:
    """The node around each node, by the identity of that."""
    found: dict[int, cst.CSTNode] = {}
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        below = inside(node)
        found.update([(id(one), node) for one in below])
        stack += below
    return found


def inside(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly inside a node, in the order of its fields; `node.children` makes a copy of the node to find them."""
    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [one for one in value if isinstance(one, cst.CSTNode)]
    return found


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple([field.name for field in fields(kind)])


def called_name(call: cst.Call) -> cst.BaseExpression:
    """The name a call is known by: `get` of `service.get(x)`."""
    return call.func.attr if isinstance(call.func, cst.Attribute) else call.func

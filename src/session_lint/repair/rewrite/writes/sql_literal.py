"""A SQL statement as a literal in Python code, and a clause added to it in its own layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.writes.rows import bindings

_Piece = cst.SimpleString | cst.FormattedString
_INSERT = re.compile(r"\s*INSERT\s+INTO\s+(?P<table>[^\s(]+)\s*\((?P<columns>[^()]*)\)\s*VALUES\b", re.IGNORECASE)
_RETURNING = re.compile(r"\s*\bRETURNING\b", re.IGNORECASE)
_WRAPPERS = frozenset({"text", "SQL", "dedent", "cleandoc", "literal_column"})


@dataclass(frozen=True, slots=True)
class Literal:
    """The literals that make up one statement, in order."""

    source: Source
    pieces: tuple[_Piece, ...]

    @property
    def text(self) -> str:
        """The SQL as the code spells it: escapes and inserted values as written."""
        return "".join(self._inside(piece) for piece in self.pieces)

    def columns(self) -> tuple[str, ...]:
        """The columns of `INSERT INTO t (a, b) VALUES ...`, quotes kept. Raises CannotRepair for any other statement."""
        found = _INSERT.match(self.text)
        if found is None:
            raise CannotRepair("the insert is not a plain `INSERT INTO table (columns) VALUES (...)`")
        names = tuple(name.replace("\\n", " ").strip() for name in found["columns"].split(","))
        if any("{" in name or "%" in name or "\\" in name or " " in name or not name for name in names):
            raise CannotRepair("the columns of the INSERT cannot be seen")
        if re.search(r"\bON\s+(?:CONFLICT|DUPLICATE)\b", self.text, re.IGNORECASE):
            raise CannotRepair("the INSERT already says what happens on a conflict")
        if ";" in self.text.strip().rstrip(";"):
            raise CannotRepair("the text holds several SQL statements")
        return names

    def _inside(self, piece: _Piece) -> str:
        code = self.source.code(piece)
        head, tail = _quotes(piece)
        return code[head : len(code) - tail]


def literal(source: Source, call: cst.Call, sources: Sources) -> Literal:
    """The SQL that a call runs: spelled out in it, or bound to a name that is used for nothing else. Raises CannotRepair otherwise."""
    reason = f"the SQL text cannot be seen at {source.path}:{source.span(called_name(call)).row}"
    for arg in call.args[:2]:
        value = _unwrapped(arg.value)
        try:
            pieces = _pieces(_bound(source, value, sources) if isinstance(value, cst.Name) else value)
        except CannotRepair as error:
            reason = error.reason
            continue
        if pieces and re.match(r"\s*(?:INSERT|WITH|REPLACE|MERGE)\b", Literal(source, pieces).text, re.IGNORECASE):
            return Literal(source, pieces)
    raise CannotRepair(reason)


def extended(sql: Literal, clause: str, lines: tuple[str, ...]) -> Edit:
    """The clause at the end of the statement, before a RETURNING: in the same line, or as lines of their own where the text has several.

    `clause` is the whole clause in one line; `lines` are the same broken up, relative to the statement's own indentation.
    """
    source = sql.source
    piece, offset = _end(sql)
    code = source.code(piece)
    before = code[:offset]
    if len(_quotes_text(piece)) == 3 and "\n" in code:
        space = _indentation(before)
        body = (
            clause
            if len(space) + len(clause) <= source.limit
            else "\n".join(f"{space}{line}" if number else line for number, line in enumerate(lines))
        )
        return _at(source, piece, offset, f"\n{space}{body}" + _gap(code, offset, space))
    rest = code[offset : len(code) - _quotes(piece)[1]]
    if len(sql.pieces) > 1 and piece is sql.pieces[-1] and not rest and _starts_line(source, piece):
        return _at(source, piece, offset, _next_piece(sql, clause))
    span = source.span(piece)
    width = len(source.line(span.end_row)) + len(clause) + 1
    quote = _quotes_text(piece)
    if width <= source.limit or len(quote) == 3 or "\n" in code:
        return _at(source, piece, offset, f" {clause}")
    pieces = [f"{before}{quote}", f"{_plain_prefix(piece)}{quote} {clause}{quote}"]
    if rest.strip(" ;"):
        pieces.append(f"{code[: _quotes(piece)[0]]}{code[offset:]}")
    return _on_lines_of_their_own(source, piece, pieces)


def _on_lines_of_their_own(source: Source, piece: _Piece, pieces: Sequence[str]) -> Edit:
    """A literal broken up: implicit concatenation, inside the brackets that are there or new ones."""
    span = source.span(piece)
    line = source.line(span.row)
    if _starts_line(source, piece):
        return source.replace(piece, f"\n{line[: span.column - 1]}".join(pieces))
    argument = source.parent(piece)
    call = source.parent(argument) if isinstance(argument, cst.Arg) else None
    outer = line[: len(line) - len(line.lstrip())]
    step = f"\n{outer}{layout.unit(source)}"
    if isinstance(call, cst.Call) and source.span(call).row == span.row == source.span(call).end_row and call.args[0] is argument:
        end = source.span(call)
        arguments = [step.join(pieces), *(source.code(arg) for arg in call.args[1:])]
        body = "".join(f"{step}{one}," for one in arguments) + f"\n{outer}"
        return Edit(source.path, body, Span(span.row, span.column, end.end_row, end.end_column - 1))
    if isinstance(argument, cst.Assign | cst.AnnAssign):
        return source.replace(piece, f"({step}{step.join(pieces)}\n{outer})")
    quotes = _quotes(piece)
    rest = pieces[2][quotes[0] :] if len(pieces) > 2 else pieces[0][-quotes[1] :]
    return source.replace(piece, f"{pieces[0][: -quotes[1]]}{pieces[1][len(_plain_prefix(piece)) + quotes[1] : -quotes[1]]}{rest}")


def _next_piece(sql: Literal, clause: str) -> str:
    """The literal ends and another one begins on the next line; the blank between them stands where it does in the others."""
    piece = sql.pieces[-1]
    quote, column = _quotes_text(piece), sql.source.span(piece).column
    ends = sql._inside(sql.pieces[-2]).endswith((" ", "\\n"))
    space = sql.source.line(sql.source.span(piece).row)[: column - 1]
    return f"{' ' if ends else ''}{quote}\n{space}{quote}{'' if ends else ' '}{clause}"


def _starts_line(source: Source, piece: _Piece) -> bool:
    span = source.span(piece)
    return not source.line(span.row)[: span.column - 1].strip()


def _end(sql: Literal) -> tuple[_Piece, int]:
    """The literal in which the statement ends, and where in its code: before RETURNING, a semicolon and white space."""
    for piece in sql.pieces:
        found = _RETURNING.search(sql.source.code(piece))
        if found is not None:
            return piece, found.start()
    for piece in reversed(sql.pieces):
        code = sql.source.code(piece)
        head, tail = _quotes(piece)
        inside = re.sub(r"(?:\s|;|\\n)+$", "", code[head : len(code) - tail])
        if inside:
            return piece, head + len(inside)
    raise CannotRepair("the SQL text is empty")


def _gap(code: str, offset: int, space: str) -> str:
    """A RETURNING on the line of the VALUES moves to a line of its own."""
    found = _RETURNING.match(code, offset)
    return f"\n{space}" if found is not None and "\n" not in found[0] else ""


def _at(source: Source, piece: _Piece, offset: int, text: str) -> Edit:
    span = source.span(piece)
    before = source.code(piece)[:offset]
    row = span.row + before.count("\n")
    column = span.column + offset if "\n" not in before else offset - before.rindex("\n")
    return source.insert(row, column, text)


def _indentation(before: str) -> str:
    """The white space before the statement's first line, or before its second where the first stands behind the quotes."""
    first = next((line for line in before.split("\n")[1:] if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def _bound(source: Source, name: cst.Name, sources: Sources) -> cst.BaseExpression:
    """What a name is bound to, once, when nothing else reads it."""
    function = source.function_around(name)
    last = _just_bound(source, name) if function is not None else None
    if last is not None:
        return _unwrapped(last)
    for scope in (function, source.module):
        bound = bindings(scope, name.value) if scope is not None else []
        if not bound:
            continue
        reads = len(m.findall(scope, m.Name(name.value))) if scope is not None else 0
        if len(bound) > 1 or bound[0] is None or reads != 2 or (scope is source.module and _imported(sources, name.value)):
            raise CannotRepair(f"`{name.value}` is bound or used more than once")
        return _unwrapped(bound[0])
    raise CannotRepair(f"what `{name.value}` holds cannot be seen")


def _just_bound(source: Source, name: cst.Name) -> cst.BaseExpression | None:
    """What the name was bound to last, in the block of its use, when it is bound anew before anything else reads it."""
    block = list(statements.block_of(source, source.statement(name)))
    use = block.index(source.statement(name))
    for number in range(use - 1, -1, -1):
        if not m.findall(block[number], m.Name(name.value)):
            continue
        match block[number]:
            case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=value)]):
                later = next((one for one in block[use + 1 :] if m.findall(one, m.Name(name.value))), None)
                alone = later is None or m.matches(later, _assigning(name.value))
                return value if known == name.value and alone and len(m.findall(block[use], m.Name(name.value))) == 1 else None
        return None
    return None


def _assigning(name: str) -> m.SimpleStatementLine:
    target = m.AssignTarget(target=m.Name(name))
    return m.SimpleStatementLine(body=[m.Assign(targets=[target], value=~m.OneOf(m.Name(name)))])


def _imported(sources: Sources, name: str) -> bool:
    """Whether another file seems to use a name of this module."""
    return sources.search(rf"\bimport\b[^#\n]*\b{name}\b|^\s+{name},?\s*$|\.{name}\b")


def _unwrapped(value: cst.BaseExpression) -> cst.BaseExpression:
    while isinstance(value, cst.Call) and value.args:
        name = called_name(value)
        if not isinstance(name, cst.Name) or name.value not in _WRAPPERS:
            break
        value = value.args[0].value
    return value


def _pieces(value: cst.BaseExpression) -> tuple[_Piece, ...]:
    match value:
        case cst.SimpleString() | cst.FormattedString():
            return (value,)
        case cst.ConcatenatedString():
            return _pieces(value.left) + _pieces(value.right)
    return ()


def _quotes_text(piece: _Piece) -> str:
    return piece.quote if isinstance(piece, cst.SimpleString) else piece.end


def _plain_prefix(piece: _Piece) -> str:
    return "b" if isinstance(piece, cst.SimpleString) and "b" in piece.prefix.lower() else ""


def _quotes(piece: _Piece) -> tuple[int, int]:
    """How many characters of a literal stand before and after its text."""
    if isinstance(piece, cst.SimpleString):
        return len(piece.prefix) + len(piece.quote), len(piece.quote)
    return len(piece.start), len(piece.end)

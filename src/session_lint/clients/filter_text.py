"""Filters written as text, as vector stores take them: `source = 'x'`, `id in ["a", "b"]`, put together by Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Columns, last_name
from session_lint.clients.row_filters import OPAQUE, Filter, members
from session_lint.clients.sql_text import bind, sql_texts
from session_lint.facts.effects import Selection
from session_lint.facts.terms import Attr, Comprehension, Const, Invoke, Op, Sequence, Template, Term, strip

_START = Const("DELETE FROM t WHERE ")
_IN = re.compile(r"\bin\s*$", re.IGNORECASE)
_EXPRESSIONS = ((re.compile(r"=="), "="), (re.compile(r"&&"), " and "), (re.compile(r"\|\|"), " or "), (re.compile(r'"'), "'"))
_NAMED = re.compile(r"\{(\w+)\}")
_SHOWN = frozenset({"str", "repr", "list", "tuple", "set", "sorted", "dumps"})


def conditions(term: Term | None, *, expression: bool = False, named: Columns = ()) -> Iterator[Filter]:
    """The conditions of a filter text.

    `expression`: it is written as in Python or C (`==`, `["a"]`), with `{name}` for values of `named`.
    """
    if term is None:
        return
    from session_lint.clients.sql_reader import read_statements  # imports sqlglot, which is slow: only when a filter is met

    texts = sql_texts(Template((_START, *_pieces(term, expression=expression))))
    found = [(one, text) for text in texts for one in read_statements(text.text)]
    if not found:
        yield OPAQUE
    for one, text in found:
        for item in bind(one, text, (), named).filters:
            yield _readable(item)


def _pieces(term: Term, *, expression: bool) -> list[Term]:
    """The filter in pieces, spelled as SQL."""
    term = strip(term)
    pieces: list[Term] = []
    open_list = False
    for piece in term.parts if isinstance(term, Template) else (term,):
        if not (isinstance(piece, Const) and isinstance(piece.value, str)):
            pieces.append(piece)
            continue
        text = ") " * open_list + (_as_sql(piece.value) if expression else piece.value)
        open_list = bool(_IN.search(text))
        pieces.append(Const(text + "(" * open_list))
    return [*pieces, Const(")")] if open_list else pieces


def _as_sql(text: str) -> str:
    for pattern, word in _EXPRESSIONS:
        text = pattern.sub(word, text)
    return _NAMED.sub(r":\1", text.replace("[", "(").replace("]", ")"))


def _readable(item: Filter) -> Filter:
    """A condition with the values that the text was made of, not the text."""
    if item.how is Selection.MEMBERS:
        return members(item.column, plain(item.value))
    return replace(item, value=plain(item.value))


def plain(term: Term) -> Term:
    """The value in a text: of `", ".join(f"'{x}'" for x in xs)` the `x` of each, of `repr(x)` and `'x'` the value itself."""
    term = strip(term)
    match term:
        case Invoke(Attr(Const(str()), "join"), (inner,), _):
            return plain(inner)
        case Invoke(func, (inner,), _) if last_name(func) in _SHOWN:
            return plain(inner)
        case Comprehension(element, _):
            return plain(element)
        case Template(parts):
            values = [part for part in parts if not (isinstance(part, Const) and str(part.value).strip("'\"[](), ") == "")]
            return plain(values[0]) if len(values) == 1 else term
        case Op("starred", (inner,)):
            return plain(inner)
        case Sequence(kind, (single,)) if kind != "set" and isinstance(strip(single), (Invoke, Comprehension, Template)):
            return plain(single)
        case _:
            return term

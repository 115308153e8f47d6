"""Positions, names and literals read off the tree."""

from __future__ import annotations

import ast

import libcst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from session_lint.cst.names import bound_names, dotted_name, literal, source, unescape
from session_lint.cst.parse import ExtractError, deep, parse
from session_lint.cst.spans import Spans

TEXT = (
    "# é\n"
    "@a.b(1)\n"
    "def f(x, y=g()):\n"
    "\tz = '''ü\n"
    "\t''' + h (x ,\\\n"
    "\t\ty)[0](  1 )\n"
    "\treturn (( i(ö) ) . j ()) # end\n"
    "class C (D(), metaclass=E): x = lambda: k()\n"
    "if a: b(); c()\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spans_are_those_of_libcst(end: str) -> None:
    text = TEXT.replace("\n", end)
    wrapper = MetadataWrapper(parse(text), unsafe_skip_copy=True)
    expected = wrapper.resolve(PositionProvider)
    spans = Spans(wrapper.module)
    compared = 0
    for node, place in expected.items():
        if isinstance(node, (libcst.Call, libcst.Name, libcst.Attribute, libcst.Subscript, libcst.Lambda)):
            span = spans.of(node)
            assert span is not None
            start, stop = place.start, place.end
            assert (span.row, span.column, span.end_row, span.end_column) == (start.line, start.column + 1, stop.line, stop.column + 1)
            assert spans.row(node) == start.line
            compared += 1
    assert compared > 20


def test_other_nodes_have_no_span() -> None:
    module = parse("x = 1\n")
    assert Spans(module).of(module.body[0]) is None
    assert Spans(module).row(module.body[0]) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b.c = d[0] = (e, *f) = 1", ("a e f", "c")),
        ("for a, b.c in x: d = 1", ("a d", "c")),
        ("with x as a, y as (b, c): pass", ("a b c", "")),
        ("try: a = 1\nexcept E as b: c = 1\nelse: d = 1\nfinally: e = 1", ("a b c d e", "")),
        ("if x: a = 1\nelif y: b = 1\nelse: c = 1", ("a b c", "")),
        ("while x: a += 1\nelse: b: int = 1", ("a b", "")),
        ("import a.b, c as d\nfrom e import f, g as h\nfrom i import *", ("a d f h", "")),
        ("def a(): b = 1\nclass c: d = 1", ("a c", "")),
        ("match x:\n  case {'k': [a, *b], **c} if (d := 1): e = 1\n  case P(f, k=g) | h: pass", ("a b c d e f g h", "")),
        ("x(y, [z for w in (a := 1)], lambda: (b := 2))", ("a", "")),
        ("del a, b.c", ("a", "c")),
    ],
)
def test_bound_names(text: str, expected: tuple[str, str]) -> None:
    names, attributes = bound_names(parse(text))
    assert (" ".join(sorted(names)), " ".join(sorted(attributes))) == expected


@pytest.mark.parametrize("text", ["'a'", r"'\n\t\x41\101é\N{DASH}\q\\'", "r'\\n'", "'''a\\\nb'''", r"'\U0001F600\u00e9\'\"'", "u'a'", "''"])
def test_literals_are_those_of_python(text: str) -> None:
    node = libcst.parse_expression(text)
    assert isinstance(node, libcst.SimpleString)
    expected = ast.literal_eval(text.replace(r"\q", r"\\q").replace(r"\N{DASH}", r"\\N{DASH}"))
    assert literal(node) == expected


def test_escapes_that_are_none_stay() -> None:
    assert unescape(r"\xZZ \uD") == r"\xZZ \uD"
    assert unescape("a\r\nb\\\r\nc") == "a\nbc"


def test_names_and_source() -> None:
    assert dotted_name(libcst.parse_expression("a.b.c")) == "a.b.c"
    assert dotted_name(libcst.parse_expression("a().b")) == ""
    assert source(libcst.parse_expression("a . b[ 'x' ]")) == "a . b[ 'x' ]"


def test_parse_errors_are_one_exception() -> None:
    with pytest.raises(ExtractError, match="does not parse") as caught:
        parse("x = 1\ny = (\n")
    assert caught.value.row >= 2


def test_brackets_in_text_are_not_nesting() -> None:
    assert parse("x = '" + "(" * 500 + "'\n# " + "[" * 500 + "\n").body
    with pytest.raises(ExtractError, match="nested too deeply"):
        parse("x = " + "[" * 500 + "]" * 500)


def test_endless_recursion_is_an_extract_error() -> None:
    def again() -> None:
        again()

    with pytest.raises(ExtractError, match="nested too deeply"), deep():
        again()

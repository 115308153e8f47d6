"""Positions, names and literals read off the tree."""

from __future__ import annotations

import ast

import libcst
import pytest
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from session_lint.analysis.cst.names import bound_names, dotted_name, literal, source, unescape
from session_lint.analysis.cst.pairs import paired
from session_lint.analysis.cst.parse import ExtractError, deep, parse
from session_lint.analysis.cst.spans import Spans
from session_lint.facts.location import Span

TEXT = (
    "# é\n"
    "@a.b(1)\n"
    "def f(x, /, y: int=g(), *z: T, w=(lambda: k(1)), **v):\n"
    "\tz = '''ü\n"
    "\t''' + h (x ,\\\n"
    "\t\ty)[0](  1 )\n"
    "\treturn (( i(ö) ) . j ()) # end\n"
    "class C (D(), metaclass=E): x = lambda: k()\n"
    "if a: b(); c()\n"
    "async \\\n  def  q(a, *, b=d(e=f, *g), c: C): pass\n"
    "u = [x.y for x in z() if not w[x] for v in x] or {**a, b(): c} if d else e\n"
    "if a:\n"
    "    é = (f'ü{b(1)}'\n"
    "        'c' f'{ d.e:{f()}}'), g(h)\n"
    "    match i(j):\n"
    "        case k(m) if n(o): p[q:r(), s]\n"
    "    try: t()\n"
    "    except u.v as w: x()\n"
    "    del a[b()], (c)\n"
)
_RECORDED = (libcst.Call, libcst.Name, libcst.Attribute, libcst.Subscript, libcst.Lambda)


def _compare(text: str) -> int:
    """Compares every span with libcst's own, and says how many there were."""
    wrapper = MetadataWrapper(parse(text), unsafe_skip_copy=True)
    expected = wrapper.resolve(PositionProvider)
    spans = Spans(wrapper.module, text)
    compared = 0
    for node, place in expected.items():
        found = spans.of(node)
        if isinstance(node, libcst.Attribute):
            assert spans.last_name(node) == _span(expected[node.attr])
        if isinstance(node, libcst.FunctionDef):
            assert spans.defined(node) == _span(expected[node.name])
        elif found is not None:
            assert isinstance(node, _RECORDED)
            assert found == _span(place)
            compared += 1
        else:
            assert not isinstance(node, (libcst.Call, libcst.Subscript, libcst.Lambda, libcst.Attribute))
    return compared


def _span(place: CodeRange) -> Span:
    return Span(place.start.line, place.start.column + 1, place.end.line, place.end.column + 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spans_are_those_of_libcst(end: str) -> None:
    text = TEXT.replace("\n", end)
    assert _compare(text) > 50
    assert paired(parse(text), ast.parse(text)) is not None


def test_spans_where_ast_says_otherwise() -> None:
    text = "\ufb01 = a.b(\ufb01())\ndef f(): return x[y]\n"  # Python reads the ligature as two letters
    assert paired(parse(text), ast.parse(text)) is None
    assert _compare(text) > 5


def test_other_nodes_have_no_span() -> None:
    module = parse("x = 1\n")
    assert Spans(module, "x = 1\n").of(module.body[0]) is None


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

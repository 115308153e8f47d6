"""Only the selected functions are parsed; what is found in them does not depend on what else is."""

from __future__ import annotations

import pathlib
import random
import sysconfig
import tokenize

import pytest

from analysis.extraction import extracted, index_of
from session_lint.analysis.cst.parse import ExtractError
from session_lint.analysis.extract.module import extract_module
from session_lint.analysis.extract.reduce import reduced, split_lines, without_gaps
from session_lint.facts.module_facts import FunctionFacts

TEXT = '''\
import a
@a.b(
    1)
def first(x):
    """Text."""
    return a.get(x)
class C:
    def m(self): return a.get(self)
    async def n(self):
        def inner():
            return a.get(1)
        return inner
        # the end
    class D:
        def o(self):
            return 1
if a:
    def second(): pass
else:
    def second():
        return a.get(2)
last = a.get(3)
'''


def test_rows_and_line_ends_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    less = reduced(text, index_of(text).functions, frozenset(["C.n"]), module_code=False)
    assert len(split_lines(less)) == len(split_lines(text))
    assert set(split_lines(less)[0]) == set("\r\n")
    assert "".join(split_lines(text)) == text


@pytest.mark.parametrize("last", ["", "\n", "\n\n", "# the end"])
def test_rows_that_are_left_empty_are_taken_out(last: str) -> None:
    text = TEXT.replace("last = a.get(3)\n", f"def third():\n    return a.get(3){last}")
    less = reduced(text, index_of(text).functions, frozenset(["C.n"]), module_code=False)
    short, rows = without_gaps(less, text)
    assert "" not in [line.strip() for line in split_lines(short)]
    assert [split_lines(text)[row - 1] for row in rows[1:]] == split_lines(short)[1:]  # the first is what opens the block
    assert without_gaps("a\r\nb", "a\rx\nb") == ("a\r\nb", ())


@pytest.mark.parametrize("line", ["\f", "\x0b", "\x1c", "\x85", "\u2028"])
def test_only_real_line_ends_divide_lines(line: str) -> None:
    assert split_lines(f"a{line}b\nc\rd\r\ne") == [f"a{line}b\n", "c\r", "d\r\n", "e"]


def test_what_is_not_selected_is_left_out() -> None:
    functions = index_of(TEXT).functions
    only = reduced(TEXT, functions, frozenset(["C.n"]), module_code=False)
    assert "inner" in only
    assert "first" not in only
    assert "last" not in only
    with_module = reduced(TEXT, functions, frozenset(["C.n"]), module_code=True)
    assert "last" in with_module
    assert "Text." not in with_module


@pytest.mark.parametrize("wanted", ["first", "C.m", "C.n", "C.n.inner", "C.D.o", "second"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_function_alone_has_the_facts_it_has_among_all(wanted: str, end: str) -> None:
    text = TEXT.replace("\n", end)
    whole = [f for f in extracted(TEXT).functions if f.qualname == wanted]
    for others in ((), ("<module>",), ("first",)):
        facts = extract_module(text, index_of(TEXT), frozenset([wanted, *others]), [])
        assert [f for f in facts.functions if f.qualname == wanted] == whole
    assert whole


def test_a_byte_order_mark_is_no_column() -> None:
    facts = extract_module("\ufeffdef f(): g()\n", index_of("def f(): g()\n"), frozenset(["f"]), [])
    assert facts.functions[0].calls[0].span.column == 10


def test_functions_next_to_each_other_at_different_depths() -> None:
    text = "class A:\n    class B:\n        def b(self):\n            g(1)\n    def a(self):\n        g(2)\n"
    facts = extracted(text, "A.B.b", "A.a")
    assert [(f.qualname, f.calls[0].span.row) for f in facts.functions] == [("A.B.b", 4), ("A.a", 6)]


def test_what_does_not_parse_is_an_error_with_its_row() -> None:
    with pytest.raises(ExtractError, match="does not parse") as caught:
        extract_module("x = 1\ndef f(:\n", index_of(""), frozenset(["<module>"]), [])
    assert caught.value.row == 2


def test_what_is_nested_too_deeply_is_an_error() -> None:
    with pytest.raises(ExtractError, match="nested too deeply"):
        extract_module(f"y = {'(' * 3000}x{')' * 3000}\n", index_of(""), frozenset(["<module>"]), [])


def _sample() -> list[pathlib.Path]:
    files = sorted(pathlib.Path(sysconfig.get_path("stdlib")).glob("*.py"))
    files += sorted(pathlib.Path(sysconfig.get_path("stdlib"), "asyncio").glob("*.py"))
    return random.Random(7).sample([path for path in files if path.stat().st_size < 30_000], 25)


def test_the_standard_library_can_be_extracted() -> None:
    """Everything at once, and one function of each file on its own: the same facts."""
    compared = 0
    for path in _sample():
        with tokenize.open(path) as stream:
            text = stream.read()
        index = index_of(text)
        names = sorted({f.qualname for f in index.functions})
        whole = extract_module(text, index, frozenset(["<module>", *names]), []).functions
        assert {f.qualname for f in whole} >= set(names)
        for name in random.Random(7).sample(names, min(2, len(names))):
            alone = extract_module(text, index, frozenset([name]), []).functions
            assert _named(alone, name) == _named(whole, name)
            compared += 1
    assert compared > 10


def _named(functions: tuple[FunctionFacts, ...], name: str) -> list[FunctionFacts]:
    return [f for f in functions if f.qualname == name]

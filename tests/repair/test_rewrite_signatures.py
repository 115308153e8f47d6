"""Edits of signatures, calls and docstrings as text: only what is new differs."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from session_lint.facts.finding import Edit
from session_lint.facts.intent import Definition
from session_lint.repair import changeset
from session_lint.repair.rewrite.calls import arguments
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.signatures import docstrings, signatures
from session_lint.repair.rewrite.statements import layout


def _function(source: Source, name: str = "f") -> cst.FunctionDef:
    column = source.text.index(f"def {name}(") + 4
    row = source.text.count("\n", 0, column) + 1
    start = source.line(row).index(f"def {name}(") + 5
    return source.function_at(layout.Span(row, start, row, start + len(name)))


def _call(source: Source, name: str) -> cst.Call:
    row = next(number for number in range(1, source.rows + 1) if f"{name}(" in source.line(number))
    column = source.line(row).index(f"{name}(") + 1
    return source.call_at(layout.Span(row, column, row, column + len(name)))


def _applied(source: Source, *edits: Edit) -> str:
    text = changeset.apply({source.path: source.text.encode()}, edits, {})[source.path].decode()
    ast.parse(text)
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(): ...\n", "def f(s=None): ...\n"),
        ("def f(a, b=1): ...\n", "def f(a, b=1, s=None): ...\n"),
        ("def f(a, b=(1)): ...\n", "def f(a, b=(1), s=None): ...\n"),
        ("def f(a,): ...\n", "def f(a, s=None): ...\n"),
        ("def f(a, /): ...\n", "def f(a, /, s=None): ...\n"),
        ("def f(a, *, b): ...\n", "def f(a, *, b, s=None): ...\n"),
        ("def f(\n    a, b\n): ...\n", "def f(\n    a, b, s=None\n): ...\n"),
        ("def f(\n    a,\n    b\n): ...\n", "def f(\n    a,\n    b,\n    s=None\n): ...\n"),
        ("def f(\n    a,\n    b  # why\n): ...\n", "def f(\n    a,\n    b,  # why\n    s=None\n): ...\n"),
        ("def f(\n    a,\n    b,  # why\n): ...\n", "def f(\n    a,\n    b,  # why\n    s=None,\n): ...\n"),
        (
            f"def f({'a' * 40}, {'b' * 33}): ...\n",
            f"def f(\n    {'a' * 40}, {'b' * 33}, s=None\n): ...\n",
        ),
    ],
)
def test_parameter(before: str, after: str) -> None:
    source = Source("a.py", before)

    assert _applied(source, signatures.add_parameter(source, _function(source), "s")) == after


def test_parameters_one_a_line() -> None:
    first, second = "a" * 40, "b" * 38
    source = Source("a.py", f"def f({first}, {second}): ...\n")

    after = _applied(source, signatures.add_parameter(source, _function(source), "s", "dict | None"))

    assert after == f"def f(\n    {first},\n    {second},\n    s: dict | None = None,\n): ...\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("g()\n", "g(s=s)\n"),
        ("g(a)\n", "g(a, s=s)\n"),
        ("g(\n    a,\n    b\n)\n", "g(\n    a,\n    b,\n    s=s\n)\n"),
        ("g(\n    a,\n    b,\n)\n", "g(\n    a,\n    b,\n    s=s,\n)\n"),
        ("g(\n    a, b\n)\n", "g(\n    a, b, s=s\n)\n"),
        (f"x = g({'a' * 40}, {'b' * 36})\n", f"x = g(\n    {'a' * 40}, {'b' * 36}, s=s\n)\n"),
    ],
)
def test_argument(before: str, after: str) -> None:
    source = Source("a.py", before)

    assert _applied(source, arguments.add_argument(source, _call(source, "g"), "s=s", fit=True)) == after


@pytest.mark.parametrize(
    ("inside", "new"),
    [
        ("Args:\n        a: one\n            more\n\n    Returns:\n        x\n    ", "        s: It.\n"),
        ("Args:\n        a (int): one\n    ", "        s (dict): It.\n"),
        (
            "Parameters\n    ----------\n    a : int\n        one\n\n    Returns\n    -------\n    x\n    ",
            "    s : dict, optional\n        It.\n",
        ),
        (":param a: one\n    :type a: int\n    :return: x\n    ", "    :param s: It.\n    :type s: dict\n"),
        (":param int a: one\n    ", "    :param dict s: It.\n"),
        ("@param a: one\n    ", "    @param s: It.\n"),
    ],
)
def test_docstring(inside: str, new: str) -> None:
    source = Source("a.py", f'def f(a):\n    """Do.\n\n    {inside}"""\n')

    after = _applied(source, *docstrings.describe(source, _function(source), "s", "dict", "It."))

    assert after.replace(new, "", 1) == source.text
    assert after != source.text


def test_a_docstring_without_parameters_stays() -> None:
    source = Source("a.py", 'def f(a):\n    """Do it.\n\n    It is done.\n    """\n')

    assert docstrings.describe(source, _function(source), "s", "dict", "It.") == ()


def test_a_block_keeps_what_strings_and_comments_say() -> None:
    source = Source("a.py", 'def f(a):\n    # first\n    x = g(  # why\n        """b\nc""",\n        a,\n    )  # end\n')
    statement = source.statement(_call(source, "g"))

    after = _applied(source, layout.wrap(source, statement, "if x is None:"))

    assert (
        after
        == 'def f(a):\n    # first\n    if x is None:\n        x = g(  # why\n            """b\nc""",\n            a,\n        )  # end\n'
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@app.get('/')\ndef f(a): ...\n", "app.get"),
        ("def f(a, *rest): ...\n", "forwards"),
        ("def f(a, **rest): ...\n", "forwards"),
        ("def f(s): ...\n", "already means"),
        ("def f(a):\n    for s in a: ...\n", "already means"),
        ("def f(a):\n    import s.b\n", "already means"),
        ("def __call__(self, a): ...\n", "Python itself"),
    ],
)
def test_signatures_that_stay(text: str, reason: str) -> None:
    sources = Sources(lambda path: text)
    name = "__call__" if "__call__" in text else "f"
    span = sources["a.py"].span(_function(sources["a.py"], name).name)

    with pytest.raises(CannotRepair, match=reason):
        signatures.require_free(sources, Definition("a.f", "a.py", span), "s")


def test_names() -> None:
    source = Source(
        "a.py", "def f(a):\n    b, (c, *d) = a\n    with a as e: g(b=h.i)\n    def j(k): return k, b\n    return [m for m in d]\n"
    )
    function = _function(source)

    assert names.bound(function) == {"a", "b", "c", "d", "e", "j", "m"}
    assert [source.span(one).row for one in names.uses(source, function, "b")] == [4]
    assert names.free(function.body) >= {"a", "b", "d", "g", "h"}
    assert "k" not in names.free(function.body)


def test_what_a_call_gives() -> None:
    source = Source("a.py", "class A:\n    def f(self, a, b=1): ...\n\n\nthing.f(1, b=two)\nthing.f(*three)\n")
    function = _function(source)
    rows = {row: source.call_at(layout.Span(row, 7, row, 8)) for row in (5, 6)}

    assert {name: source.code(value) for name, value in signatures.bind(source, rows[5], function).items()} == {
        "self": "thing",
        "a": "1",
        "b": "two",
    }
    with pytest.raises(CannotRepair, match="spreads"):
        signatures.bind(source, rows[6], function)

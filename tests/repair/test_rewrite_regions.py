"""Lines move in; what is inside strings does not."""

from __future__ import annotations

import pytest

from session_lint.facts.location import Span
from session_lint.repair import changeset
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import regions


def _call(source: Source, row: int) -> Span:
    line = source.line(row)
    column = len(line) - len(line.lstrip()) + 1
    return Span(row, column, row, column + 1)


def _wrapped(text: str, first: int, last: int) -> str:
    source = Source("app.py", text)
    run = regions.smallest(source, source.call_at(_call(source, first)), source.call_at(_call(source, last)))
    return changeset.apply({"app.py": text.encode()}, regions.wrap(run, "with t:"), {})["app.py"].decode()


@pytest.mark.parametrize(
    ("before", "rows", "after"),
    [
        ("def f():\n\ta()\n\n\tb()\n", (2, 4), "def f():\n\twith t:\n\t\ta()\n\n\t\tb()\n"),
        ("def f():\n  a()\n  b()", (2, 3), "def f():\n  with t:\n    a()\n    b()"),
        ("def f():\n\f    a()\n    b()\n", (2, 3), "def f():\n\f    with t:\n        a()\n        b()\n"),
        ("a()\nx = '''\n y\n'''\nb()\n", (1, 5), "with t:\n    a()\n    x = '''\n y\n'''\n    b()\n"),
        ("a()\nx = 1 + \\\n  2\nb()\n", (1, 4), "with t:\n    a()\n    x = 1 + \\\n      2\n    b()\n"),
        ("a()\nx = 'y\\\nz'\nb()\n", (1, 4), "with t:\n    a()\n    x = 'y\\\nz'\n    b()\n"),
        ("a()\nwith t:\n    c()\n    b()\nd()\n", (1, 4), "with t:\n    a()\n    c()\n    b()\nd()\n"),
        ("with t:\n    a()\nb()\n", (2, 3), "with t:\n    a()\n    b()\n"),
        ("a()\nwith t:  # why\n    b()\n", (1, 3), "with t:\n    a()\n    with t:  # why\n        b()\n"),
        (
            "if x:\n    a()\nelse:\n    c()\nfor y in z:\n    b()\n    # below\n# after\n",
            (2, 6),
            "with t:\n    if x:\n        a()\n    else:\n        c()\n    for y in z:\n        b()\n        # below\n# after\n",
        ),
    ],
)
def test_a_run_is_wrapped(before: str, rows: tuple[int, int], after: str) -> None:
    assert _wrapped(before, *rows) == after


def test_line_ends_stay() -> None:
    assert _wrapped("a()\r\nb()\r\n", 1, 2) == "with t:\r\n    a()\r\n    b()\r\n"


def test_a_function_in_one_line_is_not_wrapped() -> None:
    source = Source("app.py", "def f(): a(); b()\n")

    with pytest.raises(CannotRepair, match="no block in common"):
        regions.smallest(source, source.call_at(Span(1, 10, 1, 11)), source.call_at(Span(1, 15, 1, 16)))


@pytest.mark.parametrize(("text", "rows"), [("a()\ndef f():\n    b()\n", (1, 3)), ("for x in y:\n    b()\n    a()\n", (3, 2))])
def test_what_cannot_be_wrapped(text: str, rows: tuple[int, int]) -> None:
    with pytest.raises(CannotRepair):
        _wrapped(text, *rows)

from __future__ import annotations

import argparse

import pytest
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import given, strategies as st

from session_lint.known.suppressions import Suppressions

CODE, NAME = "ONE101", "repeated-getter"


def flake8_covers(text: str, row: int, code: str) -> bool:
    """What flake8 itself decides, by its own file processor and violation."""
    lines = text.splitlines(keepends=True)
    options = argparse.Namespace(hang_closing=False, indent_size=4, max_line_length=79, max_doc_length=None, verbose=0, disable_noqa=False)
    processor = FileProcessor("oracle.py", options, lines=lines)
    if processor.should_ignore_file():
        return True
    line = processor.noqa_line_for(row)
    if line is None:  # flake8 then reads the physical line from disk
        line = lines[row - 1] if row <= len(lines) else ""
    return Violation(code, "oracle.py", row, 1, "", line).is_inline_ignored(disable_noqa=False)


PIECES = st.sampled_from(
    [
        "x = f(",
        "    1,",
        ")",
        "# noqa",
        "#noqa",
        "  # NOQA: ONE101",
        "  # noqa:ONE1,E501",
        "  # noqa: one101",
        "  # noqa : ONE101",
        "  # noqa: ONE",
        "  # noqa: E501 ONE101",
        "  # noqa:  ONE101",
        "x = 1",
        "x = '''",
        "'''",
        "'''  # noqa: ONE101",
        " + \\",
        "if x:",
        "    pass",
        "y = 2  # flake8: noqa",
        "# flake8: noqa: ONE101",
        "# flake8=NOQA",
        "",
        "é = 'ü'",
        "\f",
    ]
)


@given(
    st.lists(st.lists(PIECES, min_size=1, max_size=2).map("".join), max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))
)
def test_noqa_agrees_with_flake8(text: str) -> None:
    # flake8 is handed the lines as it would read them: split at line ends only
    if "\f" in text:
        text = text.replace("\f", " ")
    ours = Suppressions.read(text)
    for row in range(1, text.count("\n") + 1):
        for code in (CODE, "ONE202"):
            assert ours.covers(row, code, "x") == flake8_covers(text, row, code), (row, code)


def test_a_comment_covers_its_own_physical_line_only() -> None:
    found = Suppressions.read("x = f(  # noqa: ONE101\n    1,\n)\n")
    assert [found.covers(row, CODE, NAME) for row in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize("text", ["x = '''\na\n'''  # noqa\n", "x = 1 + \\\n  2 + \\\n  3  # noqa\n"])
def test_multi_line_strings_and_backslashes_are_one_line(text: str) -> None:
    found = Suppressions.read(text)
    assert [found.covers(row, CODE, NAME) for row in (1, 2, 3)] == [True, True, True]


def test_a_file_that_does_not_tokenize_is_read_line_by_line() -> None:
    found = Suppressions.read("x = (\ny = 1  # noqa: ONE101\nz = 1  # session-lint: ignore[ONE101] broken\n")
    assert [found.covers(row, CODE, NAME) for row in (1, 2, 3)] == [False, True, True]


def test_windows_and_old_mac_line_ends_and_a_byte_order_mark() -> None:
    for end in ("\r\n", "\r", "\n"):
        found = Suppressions.read("\ufeff" + end.join(["x = 1", "y = 2  # noqa", "z = 3", ""]))
        assert [found.covers(row, CODE, NAME) for row in (1, 2, 3)] == [False, True, False]


def test_own_form_behind_code_covers_its_row_only() -> None:
    found = Suppressions.read("x = 1  # session-lint: ignore[ONE101] one user, one call\ny = 1\n")
    assert [found.covers(row, CODE, NAME) for row in (1, 2)] == [True, False]
    assert not found.covers(1, "ONE201", "clear-then-insert")


def test_own_form_on_a_line_of_its_own_covers_the_next_code_line() -> None:
    found = Suppressions.read("# session-lint: ignore[repeated-getter, ONE2] reason\n# more words\nx = 1\ny = 1\n")
    assert [found.covers(row, CODE, NAME) for row in (3, 4)] == [True, False]
    assert found.covers(3, "ONE201", "clear-then-insert")
    assert not found.covers(3, "ONE102", "omitted-session-argument")


def test_own_form_needs_a_rule_and_a_comment() -> None:
    found = Suppressions.read('x = 1  # session-lint: ignore[]\ny = "# session-lint: ignore[ONE101]"\n')
    assert [found.covers(row, CODE, NAME) for row in (1, 2)] == [False, False]


def test_a_text_without_the_words_has_none() -> None:
    assert Suppressions.read("x = 1\n") == Suppressions()

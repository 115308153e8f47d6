"""Snippets: numbers, context, and carets that stand under what they mean."""

from __future__ import annotations

import pytest

from session_lint.facts.location import Span
from session_lint.reporting.reporter import Style
from session_lint.reporting.snippet import columns, gutter_of, snippet

PLAIN = Style()


def _marked(line: str, start: int, end: int) -> str:
    """What the carets of a one-line source underline, by terminal columns."""
    _, shown, carets, _ = snippet(line, Span(1, start, 1, end), PLAIN)
    text = shown.split("| ", 1)[1]
    marks = carets.split("| ", 1)[1]
    out, column = "", 0
    for character in text:
        if column < len(marks) and marks[column] == "^":
            out += character
        column += columns(character)
    return out


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("x = call()", "call"),
        ("\tcall()", "call"),
        ("a\tcall()", "call"),
        ("会話 = call()", "call"),
        ('s = "会", 会話()', "会話"),
        ("cafe\u0301 = call()", "call"),
        ("x = 1; call()", "call"),
    ],
)
def test_carets_stand_under_the_word(line: str, word: str) -> None:
    start = line.rindex(word) + 1
    assert _marked(line, start, start + len(word)) == word


def test_two_lines_of_context_without_blank_edges() -> None:
    source = "one\n\n\nfour\nfive\n\n"
    assert snippet(source, Span(4, 1, 4, 5), PLAIN) == ["  |", "4 | four", "  | ^^^^", "5 | five", "  |"]


def test_numbers_are_aligned() -> None:
    source = "\n".join(f"line{n}" for n in range(1, 20))
    lines = snippet(source, Span(9, 1, 9, 6), PLAIN)
    assert lines[1:5] == [" 7 | line7", " 8 | line8", " 9 | line9", "   | ^^^^^"]
    assert gutter_of(source, Span(9, 1, 9, 6)) == 2


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_other_systems(ending: str) -> None:
    assert snippet(f"a{ending}b", Span(2, 1, 2, 2), PLAIN) == ["  |", "1 | a", "2 | b", "  | ^", "  |"]


def test_a_span_outside_the_text_gives_nothing() -> None:
    assert snippet("a\n", Span(9, 1, 9, 2), PLAIN) == []


def test_an_empty_span_still_shows_a_caret() -> None:
    assert snippet("ab", Span(1, 2, 1, 2), PLAIN)[2] == "  |  ^"


def test_long_lines_are_cut_to_the_terminal() -> None:
    _, shown, _, _ = snippet("x" * 200, Span(1, 1, 1, 2), Style(width=40))
    assert len(shown) <= 40
    assert shown.endswith("…")

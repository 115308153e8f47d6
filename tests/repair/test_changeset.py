"""Edits as text: which go together, what they make of bytes, and where things are afterwards."""

from __future__ import annotations

import pytest

from session_lint.facts.finding import Applicability, Edit, Fix
from session_lint.facts.location import Span
from session_lint.repair import changeset
from session_lint.repair.changeset import CannotApply


def edit(content: str, row: int, column: int, end_row: int = 0, end_column: int = 0, path: str = "a.py") -> Edit:
    return Edit(path, content, Span(row, column, end_row or row, end_column or column))


def fix(*edits: Edit) -> Fix:
    return Fix(Applicability.SAFE, "", edits)


def applied(data: bytes, *edits: Edit, encoding: str = "utf-8") -> bytes:
    return changeset.apply({"a.py": data}, edits, {"a.py": encoding})["a.py"]


# combine


@pytest.mark.parametrize(
    ("second", "taken"),
    [
        (edit("y", 1, 5, 1, 8), (0,)),  # overlaps
        (edit("y", 1, 6, 1, 8), (0,)),  # begins where the first ends
        (edit("y", 1, 1, 1, 3), (0,)),  # ends where the first begins
        (edit("y", 1, 4), (0,)),  # an insertion inside
        (edit("y", 1, 1, 9, 1), (0,)),  # takes it in
        (edit("y", 1, 7, 1, 8), (0, 1)),
        (edit("y", 2, 4), (0, 1)),
        (edit("y", 1, 4, path="b.py"), (0, 1)),
        (edit("x", 1, 3, 1, 6), (0, 1)),  # the very same
    ],
)
def test_fixes_that_touch_wait(second: Edit, taken: tuple[int, ...]) -> None:
    assert changeset.combine([fix(edit("x", 1, 3, 1, 6)), fix(second)]).taken == taken


def test_two_insertions_at_one_point_touch() -> None:
    assert changeset.combine([fix(edit("x", 1, 3)), fix(edit("y", 1, 3))]).taken == (0,)


def test_an_edit_that_two_fixes_want_is_made_once() -> None:
    shared, one, other = edit("import a\n", 1, 1), edit("x", 5, 1, 5, 4), edit("y", 7, 1, 7, 4)
    combined = changeset.combine([fix(shared, one), fix(other, shared)])
    assert combined.taken == (0, 1)
    assert combined.edits == (shared, one, other)


def test_a_fix_is_taken_whole_or_not_at_all() -> None:
    combined = changeset.combine([fix(edit("x", 3, 1, 3, 4)), fix(edit("y", 1, 1), edit("y", 3, 2, 3, 3)), fix(edit("z", 1, 1))])
    assert combined.taken == (0, 2)
    assert [one.content for one in combined.edits] == ["z", "x"]


def test_edits_of_one_fix_may_touch_and_keep_their_order() -> None:
    first, second, third = edit("b", 1, 3), edit("a", 1, 3), edit("c", 1, 3, 1, 4)
    assert changeset.combine([fix(third, first, second)]).edits == (first, second, third)
    assert applied(b"12X4", third, first, second) == b"12bac4"


def test_a_fix_whose_own_edits_overlap_is_not_taken() -> None:
    assert changeset.combine([fix(edit("x", 1, 1, 1, 5), edit("y", 1, 4, 1, 6)), fix()]).taken == ()


def test_many_fixes_are_combined_as_few_are() -> None:
    """Against the definition, in an order that is not that of the file."""
    spots = [(number * 37 % 1000, number * 7 % 5 + 1) for number in range(1000)]
    fixes = [fix(edit("x", 1, start + 1, 1, start + 1 + size)) for start, size in spots]
    kept: list[tuple[int, int]] = []
    taken = []
    for number, (start, size) in enumerate(spots):
        if all(start + size < other or other + width < start for other, width in kept):
            kept.append((start, size))
            taken.append(number)
    assert changeset.combine(fixes).taken == tuple(taken)
    assert len(taken) > 100


# apply


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_inserted_lines_end_as_the_file_does(end: str) -> None:
    data = end.join(["a", "b", "c"]).encode()
    assert applied(data, edit("x\ny\n", 2, 1)) == end.join(["a", "x", "y", "b", "c"]).encode()


def test_in_a_mixed_file_the_line_of_the_edit_decides() -> None:
    data = b"a\nb\r\nc\rd"
    assert applied(data, edit("x\n", 1, 1), edit("x\n", 2, 1), edit("x\n", 3, 1), edit("\nx", 4, 2)) == b"x\na\nx\r\nb\r\nx\rc\rd\rx"


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"\xef\xbb\xbfx = 1\n", "utf-8-sig", b"\xef\xbb\xbfx = \xc3\xa9\n"),
        (b"y = 1\n# caf\xe9", "latin-1", b"y = \xe9\n# caf\xe9"),
        ("z = 1  # \U0001d4b3\n".encode(), "utf-8", "z = é  # \U0001d4b3\n".encode()),
        (b"z = 1\n\x0c\n\x0b\x1c", "utf-8", "z = é\n\x0c\n\x0b\x1c".encode()),
        (b"z = 1\n# \xed\xa0\x80", "utf-8", b"z = \xc3\xa9\n# \xed\xa0\x80"),  # a lone surrogate, of a project in memory
    ],
)
def test_only_the_region_of_the_edit_differs(data: bytes, encoding: str, expected: bytes) -> None:
    assert applied(data, edit("é", 1, 5, 1, 6), encoding=encoding) == expected


def test_columns_count_code_points() -> None:
    assert applied('"\U0001d4b3é"; x'.encode(), edit("y", 1, 7, 1, 8)) == '"\U0001d4b3é"; y'.encode()


def test_a_last_line_without_an_end_can_be_taken_out() -> None:
    assert applied(b"a\nb", edit("", 1, 2, 2, 2)) == b"a"
    assert applied(b"a\nb", edit("", 2, 1, 3, 1)) == b"a\n"


@pytest.mark.parametrize(
    ("data", "one", "encoding", "reason"),
    [
        (b"a\n", edit("x", 4, 1), "utf-8", "outside of a.py"),
        (b"a\nb\n", edit("x", 1, 9), "utf-8", "outside of a.py"),
        (b"a\n", edit("\u0142", 1, 1), "latin-1", r"the encoding of a.py, latin-1, does not have 'ł'"),
        (b"a\n", edit("x", 1, 1, path="b.py"), "utf-8", "b.py is not a file of the project"),
        (b"# \xfa\x54\n", edit("x", 1, 1), "cp932", "would not come back unchanged"),
    ],
)
def test_what_cannot_be_applied_says_why(data: bytes, one: Edit, encoding: str, reason: str) -> None:
    with pytest.raises(CannotApply, match=reason) as raised:
        applied(data, one, encoding=encoding)
    assert raised.value.path == one.path


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(CannotApply, match="change the same text"):
        applied(b"abcdef\n", edit("x", 1, 1, 1, 4), edit("y", 1, 3, 1, 5))


# moved


@pytest.mark.parametrize(
    ("one", "to"),
    [
        (edit("x\ny\n", 1, 1), (5, 5)),  # lines above
        (edit("", 1, 1, 2, 1), (2, 5)),
        (edit("ab", 3, 1), (3, 7)),  # before, in the line
        (edit("ab", 3, 5), (3, 7)),  # just before it
        (edit("", 3, 1, 3, 4), (3, 2)),
        (edit("a\nbc", 3, 2, 3, 3), (4, 5)),
        (edit("x", 2, 1, 3, 2), (2, 5)),
        (edit("x", 3, 6), (3, 5)),  # behind
        (edit("x\n", 4, 1), (3, 5)),
        (edit("x", 3, 5, 3, 6), None),  # in it
        (edit("x", 1, 1, path="b.py"), (3, 5)),
    ],
)
def test_where_a_point_has_moved(one: Edit, to: tuple[int, int] | None) -> None:
    assert changeset.moved([one], "a.py", 3, 5) == to


def test_a_point_comes_from_where_its_character_was() -> None:
    """All points of what the edits leave; those that they have written come from nowhere."""
    text = "one\ntwo words\nthree\n\nfive five\n"
    edits = [edit("1\n1\n", 1, 1, 1, 3), edit("", 2, 4, 2, 5), edit("W\nW", 2, 6), edit("", 3, 5, 5, 3), edit("!", 5, 6)]
    before = text.split("\n")
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for row, line in enumerate(applied(text.encode(), *edits).decode().split("\n"), 1):
        for column, character in enumerate(line, 1):
            origin = changeset.came_from(edits, "a.py", row, column)
            assert origin is not None or character in "1W!"
            if origin is not None:
                assert before[origin[0] - 1][origin[1] - 1] == character
                found[origin] = (row, column)
    points = [(row, column) for row, line in enumerate(before, 1) for column in range(1, len(line) + 1)]
    kept = {point: to for point in points if (to := changeset.moved(edits, "a.py", *point)) is not None}
    assert found == kept
    assert changeset.came_from(edits, "b.py", 2, 3) == (2, 3)


def test_a_point_moves_with_its_character() -> None:
    text = "one\ntwo words\nthree\n\nfive five\n"
    edits = [edit("1\n1\n", 1, 1, 1, 3), edit("", 2, 4, 2, 5), edit("W\nW", 2, 6), edit("", 3, 5, 5, 3), edit("!", 5, 6)]
    after = applied(text.encode(), *edits).decode()
    lines = after.split("\n")
    kept = 0
    for row, line in enumerate(text.split("\n"), 1):
        for column, character in enumerate(line, 1):
            to = changeset.moved(edits, "a.py", row, column)
            if to is not None:
                assert lines[to[0] - 1][to[1] - 1] == character
                kept += 1
    assert kept == len(text.replace("\n", "")) - 6  # "on", a blank, an "e" and "fi" are gone


# new files


def made(path: str, content: str = "x = 1\n") -> Edit:
    return Edit(path, content, Span(1, 1, 1, 1), new=True)


def test_a_file_is_made() -> None:
    assert changeset.apply({"a.py": b"a"}, [made("shop/b.py"), edit("b", 1, 1, 1, 2)], {}) == {"a.py": b"b", "shop/b.py": b"x = 1\n"}


def test_a_file_that_is_there_is_not_made() -> None:
    with pytest.raises(CannotApply, match=r"a\.py is there already"):
        changeset.apply({"a.py": b""}, [made("a.py")], {})


def test_of_the_new_files_of_a_directory_one_is_made_at_a_time() -> None:
    fixes = [fix(made("shop/1.py")), fix(made("shop/2.py")), fix(made("desk/1.py")), fix(made("shop/1.py"))]

    assert changeset.combine(fixes).taken == (0, 2, 3)


def test_a_new_file_is_made_once() -> None:
    assert changeset.combine([fix(made("shop/1.py")), fix(made("shop/1.py"))]).edits == (made("shop/1.py"),)

"""Nasty files beside a good one: at most one named notice each, and the finding next door is still there."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from functional.project import TWICE, lint, write

IMPORT = "from service import get_or_create_session\n"  # makes a file one that the analysis wants to look into
CALL = "get_or_create_session(user_id)"


@dataclass(frozen=True, slots=True)
class Nasty:
    """The bytes of one file; `notice` is a word of its notice, empty when it can be analysed; `finds` says that it repeats."""

    data: bytes
    notice: str = ""
    finds: bool = False


def twice(middle: str = "    pass\n", before: str = "", after: str = "") -> str:
    """A module with a repeated getter around some lines."""
    return f"{IMPORT}{before}\n\ndef handle(user_id):\n    first = {CALL}\n{middle}    again = {CALL}\n    return first, again\n{after}"


def nested_functions(depth: int) -> str:
    lines = [f"{' ' * level}def inner_{level}(user_id):" for level in range(depth)]
    return IMPORT + "\n".join(lines) + f"\n{' ' * depth}return {CALL}\n"


def deep_classes(depth: int) -> str:
    lines = ["class C0:\n    def open(self, user_id):\n        return get_or_create_session(user_id)\n"]
    lines += [
        f"class C{i}(C{i - 1}):\n    def open(self, user_id):\n        return super().open(user_id)\n"
        if i % 2
        else f"class C{i}(C{i - 1}): pass\n"
        for i in range(1, depth)
    ]
    return IMPORT + "".join(lines)


def long_chain(length: int) -> str:
    lines = [f"def step_{i}(user_id):\n    return step_{i + 1}(user_id)\n" for i in range(length)]
    return IMPORT + "".join(lines) + f"def step_{length}(user_id):\n    return {CALL}\n"


REFUSED = {
    "syntax_error": Nasty(b"def f(:\n", "parsed"),
    "null_bytes": Nasty(IMPORT.encode() + b"x = 1\0\n", "parsed"),
    "undecodable": Nasty(IMPORT.encode() + b"name = '\xff\xfe'\n", "decoded"),
    "unknown_cookie": Nasty(b"# -*- coding: klingon -*-\n" + IMPORT.encode(), "decoded"),
    "wrong_cookie": Nasty(b"# -*- coding: ascii -*-\nname = '\xc3\xa9'\n", "decoded"),
    "cookie_against_bom": Nasty(b"\xef\xbb\xbf# -*- coding: latin-1 -*-\nx = 1\n", "decoded"),
    "tabs_and_spaces": Nasty(b"def f():\n        x = 1\n\ty = 2\n", "parsed"),
    "parentheses": Nasty((IMPORT + "x = " + "(" * 3000 + "1" + ")" * 3000 + "\n").encode(), "nest"),
    "brackets_unclosed": Nasty(b"x = " + b"[" * 3000 + b"\n", "nest"),
    "nested_200_functions": Nasty(nested_functions(300).encode(), "indent"),
    "python_2": Nasty(b"print 'hello'\n", "parsed"),
    "merge_conflict": Nasty(b"<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n", "parsed"),
    "minus_signs": Nasty((IMPORT + "x = " + "-" * 20_000 + "1\n").encode(), "nest"),
}

ACCEPTED = {
    "bom": Nasty(b"\xef\xbb\xbf" + twice().encode(), finds=True),
    "crlf": Nasty(twice().replace("\n", "\r\n").encode(), finds=True),
    "old_mac_lines": Nasty(twice().replace("\n", "\r").encode(), finds=True),
    "form_feed": Nasty(twice("    \f\n    pass\n", before="\f").encode(), finds=True),
    "vertical_tab_in_text": Nasty(twice("    note = 'a\x0bb\x1cc\x85d\u2028e'\n").encode(), finds=True),
    "tabs": Nasty(twice().replace("    ", "\t").encode(), finds=True),
    "latin_1": Nasty(b"# -*- coding: latin-1 -*-\n" + twice("    name = '\xe9'\n").encode("latin-1"), finds=True),
    "no_last_line_end": Nasty(twice().rstrip("\n").encode(), finds=True),
    "backslashes": Nasty(twice("    total = 1 + \\\n        2\n").encode(), finds=True),
    "empty": Nasty(b""),
    "only_blank": Nasty(b"\n\n   \n\t\n"),
    "only_comments": Nasty(b"# get_or_create_session\n# and nothing else"),
    "bom_alone": Nasty(b"\xef\xbb\xbf"),
    "joined_strings": Nasty((f"{IMPORT}TEXT = (\n" + "    'part of a text'\n" * 2000 + ")\n").encode()),
    "sum_of_texts": Nasty((f"{IMPORT}def text(a):\n    return " + " + ".join(["a", "'b'"] * 700) + "\n").encode()),
    "elif_chain": Nasty(
        (
            f"{IMPORT}def pick(user_id, n):\n    if n == 0:\n        return {CALL}\n" + f"    elif n == 1:\n        return {CALL}\n" * 400
        ).encode()
    ),
    "nested_95_functions": Nasty(nested_functions(95).encode()),
    "huge_dict": Nasty(
        (f"{IMPORT}TABLE = {{\n" + "".join(f"    'key_{i}': ({i}, get_or_create_session),\n" for i in range(2000)) + "}\n").encode()
    ),
    "deep_classes": Nasty(deep_classes(400).encode()),
    "class_of_itself": Nasty(
        f"{IMPORT}class A(B): pass\nclass B(A):\n    def open(self, user_id):\n        return {CALL}\nclass A(B): pass\n".encode()
    ),
    "function_chain": Nasty(long_chain(1200).encode()),
    "mutual_recursion": Nasty(
        f"{IMPORT}def even(user_id):\n    odd(user_id)\n    return {CALL}\n"
        f"def odd(user_id):\n    even(user_id)\n    return {CALL}\n".encode(),
        finds=True,
    ),
    "import_itself": Nasty(f"import import_itself\nfrom import_itself import *\n{twice()}".encode(), finds=True),
    "match": Nasty(twice("    match user_id:\n        case {'id': [1, *_]} | None if user_id:\n            pass\n").encode(), finds=True),
    "except_star": Nasty(twice("    try:\n        pass\n    except* ValueError as group:\n        print(group)\n").encode(), finds=True),
    "type_parameters": Nasty(
        twice(
            before="type Pair[T] = tuple[T, T]\n\n\ndef first[T: int, *Ts, **P](x: T) -> T:\n    return x\n\n\nclass Box[T]:\n    pass\n"
        ).encode(),
        finds=True,
    ),
    "nested_quotes": Nasty(twice('    print(f"{\', \'.join(f"{x}" for x in "ab")} {user_id!r:>{10}}")\n').encode(), finds=True),
    "unicode_names": Nasty(twice("    größe = 'ß𝒳'; x, 名 = 1, 2\n").encode(), finds=True),
}


# as deep as the parser of the running Python allows: refused by some versions, analysed by others
EITHER = {
    "call_chain": Nasty((f"{IMPORT}def build(query):\n    return query" + ".where(1)" * 1500 + "\n").encode()),
    "attributes": Nasty((f"{IMPORT}def build(x):\n    return x" + ".y" * 2500 + "\n").encode()),
    "not_not": Nasty((f"{IMPORT}def build(x):\n    return " + "not " * 1500 + "x\n").encode()),
    "powers": Nasty((f"{IMPORT}def build(x):\n    return " + "x ** " * 1500 + "x\n").encode()),
    "ternaries": Nasty((f"{IMPORT}def build(x):\n    return " + "x if x else " * 1200 + "x\n").encode()),
    "lambdas": Nasty((f"{IMPORT}build = " + "lambda: " * 900 + "1\n").encode()),
}


def check(project: Path, **environment: str) -> tuple[int, list[str], set[str]]:
    """The exit code, the notices, and the files with a finding."""
    done = lint(project, "check", "--no-cache", "--output-format", "json", "--jobs", "1", **environment)
    assert "Traceback" not in done.stderr, done.stderr
    assert "internal error" not in done.stderr, done.stderr
    notices = [line for line in done.stderr.splitlines() if line.startswith("warning:")]
    return done.returncode, notices, {Path(finding["filename"]).name for finding in json.loads(done.stdout)}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_analysed_is_named_once(name: str, tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / f"{name}.py").write_bytes(REFUSED[name].data)
    code, notices, found = check(tmp_path)
    assert (code, found) == (2, {"handler.py"})
    (notice,) = notices
    assert f"{name}.py" in notice
    assert REFUSED[name].notice in notice


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_odd_is_analysed(name: str, tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / f"{name}.py").write_bytes(ACCEPTED[name].data)
    code, notices, found = check(tmp_path)
    assert (code, notices) == (1, [])
    assert found == {"handler.py"} | ({f"{name}.py"} if ACCEPTED[name].finds else set())


@pytest.mark.parametrize("name", EITHER)
def test_what_is_deep_is_analysed_or_named(name: str, tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / f"{name}.py").write_bytes(EITHER[name].data)
    code, notices, found = check(tmp_path)
    assert found == {"handler.py"}
    assert code == (2 if notices else 1)
    assert [f"{name}.py" in notice and "nested too deeply" in notice for notice in notices] in ([], [True])


def test_all_at_once_say_each_their_own(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    for name, nasty in (REFUSED | ACCEPTED).items():
        (tmp_path / f"{name}.py").write_bytes(nasty.data)
    code, notices, found = check(tmp_path)
    assert code == 2
    assert len(notices) == len(REFUSED)
    assert found == {"handler.py", *(f"{name}.py" for name, nasty in ACCEPTED.items() if nasty.finds)}


def test_a_directory_that_is_named_like_a_file(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.py" / "inside.py").write_text(TWICE, encoding="utf-8")
    assert check(tmp_path) == (1, [], {"handler.py", "inside.py"})


def test_links_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "left.py").symlink_to(tmp_path / "right.py")
    (tmp_path / "right.py").symlink_to(tmp_path / "left.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "absent.py")
    assert check(tmp_path) == (1, [], {"handler.py"})


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    for i in range(60):
        text = f"from ring_{(i + 1) % 60} import *\nfrom ring_{(i + 1) % 60} import step as following\n{IMPORT}"
        text += f"def step(user_id):\n    following(user_id)\n    return {CALL}\n"
        (tmp_path / f"ring_{i}.py").write_text(text, encoding="utf-8")
    code, notices, found = check(tmp_path)
    assert (code, notices) == (1, [])
    assert "handler.py" in found


@pytest.mark.skipif(sys.platform == "win32" or getattr(os, "geteuid", lambda: 0)() == 0, reason="permissions do not bind this user")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    (tmp_path / "secret.py").write_text(TWICE, encoding="utf-8")
    (tmp_path / "secret.py").chmod(0)
    code, notices, found = check(tmp_path)
    assert (code, found) == (2, {"handler.py"})
    (notice,) = notices
    assert "secret.py" in notice

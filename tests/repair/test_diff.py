"""The diff is what `git apply` takes: for every sort of file, and byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from session_lint.facts.repair import Change
from session_lint.repair.diff import unified

CASES = {
    "plain.py": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "crlf.py": (b"a\r\nb\r\nc\r\n", b"a\r\nb\r\nnew\r\nc\r\n"),
    "mixed.py": (b"a\nb\r\nc\rd\n", b"a\nb\r\nc\rD\n"),
    "old_mac.py": (b"a\rb\rc", b"a\rB\rc"),
    "no_end.py": (b"a\nb", b"a\nc"),
    "gains_an_end.py": (b"a\nb", b"a\nb\n"),
    "loses_its_end.py": (b"a\nb\n", b"a\nb"),
    "latin_1.py": (b"# \xe9\nx = 1\n", b"# \xe9\nx = 2\n"),
    "bom.py": (b"\xef\xbb\xbfx = 1\n", b"\xef\xbb\xbfx = 2\n"),
    "form_feed.py": (b"a\n\x0c\nb\x0bc\x1c\n", b"a\n\x0c\nB\x0bc\x1c\n"),
    "with blank.py": (b"a\n", b"b\n"),
    "deep/er in/größe.py": (b"a\n", b"b\n"),
    'quote".py': (b"a\n", b"b\n"),
    "tab\t.py": (b"a\n", b"b\n"),
    "back\\slash.py": (b"a\n", b"b\n"),
    "from_empty.py": (b"", b"a\n"),
    "far_apart.py": (b"".join(b"%d\n" % n for n in range(100)), b"".join(b"%d\n" % (n * (n not in (3, 90))) for n in range(100))),
}


def apply(root: Path, diff: bytes) -> None:
    done = subprocess.run(["git", "apply", "--verbose", "-"], cwd=root, input=diff, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("prefix", ["", "back end/"])
def test_git_applies_it(tmp_path: Path, prefix: str) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "config", "core.autocrlf", "false"], cwd=tmp_path, check=True)
    for name, (before, _) in CASES.items():
        (tmp_path / prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / prefix / name).write_bytes(before)

    apply(tmp_path, unified([Change(name, *case) for name, case in CASES.items()], prefix))

    assert {name: (tmp_path / prefix / name).read_bytes() for name in CASES} == {name: after for name, (_, after) in CASES.items()}


def test_it_reads_as_a_diff_does() -> None:
    diff = unified([Change("shop/a.py", b"x\ny", b"x\nz")])

    assert diff.decode() == (
        "diff --git a/shop/a.py b/shop/a.py\n--- a/shop/a.py\n+++ b/shop/a.py\n@@ -1,2 +1,2 @@\n x\n"
        "-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )


def test_a_new_file(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    made = {"plain.py": b"a\nb\n", "deep/er in/b.py": b"a", "empty of nothing.py": b"\n"}

    apply(tmp_path, unified([Change(name, None, data) for name, data in made.items()]))

    assert {name: (tmp_path / name).read_bytes() for name in made} == made


def test_nothing_changed_is_nothing() -> None:
    assert unified([]) == b""

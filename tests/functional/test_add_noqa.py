"""`check --add-noqa`: what it writes is read by this tool, by the real flake8 and by the real ruff."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, lint, write

HEAD = "from service import get_or_create_session\n\n\n"
AGAIN = "    again = get_or_create_session(user_id)\n"
COMMENT = "  # noqa: ONE101\n"


def handler(again: str) -> str:
    return f"{HEAD}def handle(user_id):\n    session = get_or_create_session(user_id)\n{again}    return session\n"


def after(root: Path, text: str, *arguments: str) -> str:
    """The handler after `--add-noqa`; a second run is clean."""
    (root / "handler.py").write_bytes(text.encode())
    done = lint(root, "check", "--add-noqa", *arguments, ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert lint(root, "check").stdout.startswith("All checks passed!\n")
    again = lint(root, "check", "--add-noqa")
    assert again.stdout == "Added 0 noqa comments in 0 files.\n"
    return (root / "handler.py").read_bytes().decode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path)


CASES = [
    (AGAIN, AGAIN.replace("\n", COMMENT), "plain"),
    (AGAIN.replace("\n", "  # why\n"), AGAIN.replace("\n", "  # why" + COMMENT), "behind a comment"),
    (AGAIN.replace("\n", "  # noqa: E501\n"), AGAIN.replace("\n", "  # noqa: E501, ONE101\n"), "merged"),
    (
        AGAIN.replace("\n", "  # noqa:E501,F841 old # type: ignore\n"),
        AGAIN.replace("\n", "  # noqa:E501,F841, ONE101 old # type: ignore\n"),
        "merged before a reason",
    ),
    (
        "    again = \\\n        get_or_create_session(user_id) + \\\n        1\n",
        f"    again = \\\n        get_or_create_session(user_id) + \\\n        1{COMMENT}",
        "backslashes",
    ),
    (
        '    again = f"""\n    {get_or_create_session(user_id)}\n    """\n',
        f'    again = f"""\n    {{get_or_create_session(user_id)}}\n    """{COMMENT}',
        "in a string over several rows",
    ),
    (
        "    again = (\n        get_or_create_session(\n            user_id,\n        )\n    )\n",
        f"    again = (\n        get_or_create_session({COMMENT[:-1]}\n            user_id,\n        )\n    )\n",
        "on the row of the called name",
    ),
    (
        '    again = get_or_create_session(user_id), """\n# noqa: E501\n"""\n',
        '    # session-lint: ignore[ONE101]\n    again = get_or_create_session(user_id), """\n# noqa: E501\n"""\n',
        "a comment in a string is none",
    ),
]


def test_where_the_comment_goes(project: Path) -> None:
    for number, (before, _, _) in enumerate(CASES):
        (project / f"case{number}.py").write_text(handler(before), encoding="utf-8")
    done = lint(project, "check", "--add-noqa")
    assert (done.returncode, done.stdout) == (0, f"Added {len(CASES)} noqa comments in {len(CASES)} files.\n")
    for number, (_, wanted, what) in enumerate(CASES):
        assert (project / f"case{number}.py").read_text(encoding="utf-8") == handler(wanted), what
    assert lint(project, "check").stdout.startswith("All checks passed!\n")
    assert lint(project, "check", "--add-noqa").stdout == "Added 0 noqa comments in 0 files.\n"


def test_line_ends_form_feeds_and_other_encodings_stay(project: Path) -> None:
    text = ("# coding: latin-1\n\x0c\n" + handler(AGAIN).replace("return session\n", "return session, 'é'\x0c\n")).replace("\n", "\r\n")
    (project / "handler.py").write_bytes(text.encode("latin-1"))
    assert lint(project, "check", "--add-noqa").returncode == 0
    wanted = text.replace("again = get_or_create_session(user_id)", "again = get_or_create_session(user_id)  # noqa: ONE101")
    assert (project / "handler.py").read_bytes() == wanted.encode("latin-1")


def test_a_byte_order_mark_stays(project: Path) -> None:
    (project / "handler.py").write_bytes(b"\xef\xbb\xbf" + handler(AGAIN).encode())
    assert lint(project, "check", "--add-noqa").returncode == 0
    assert (project / "handler.py").read_bytes() == b"\xef\xbb\xbf" + handler(AGAIN.replace("\n", COMMENT)).encode()


def test_a_reason(project: Path) -> None:
    assert "(user_id)  # noqa: ONE101 needs a fresh row\n" in after(project, TWICE, "--add-noqa=needs a fresh row")


def test_a_reason_that_looks_like_a_code_is_not_read_as_one(project: Path) -> None:
    assert "(user_id)  # noqa: ONE101 - ABC123 later\n" in after(project, TWICE, "--add-noqa=ABC123 later")


def test_it_says_how_many_and_does_not_take_a_path_for_a_reason(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE, other=TWICE, clean=ONCE)
    done = lint(tmp_path, "check", "--add-noqa", "other.py")
    assert (done.returncode, done.stdout) == (0, "Added 1 noqa comment in 1 file.\n")
    assert (tmp_path / "handler.py").read_text(encoding="utf-8") == TWICE


def _run(cwd: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_flake8_and_ruff_read_the_comments(project: Path) -> None:
    after(project, handler(AGAIN.replace("\n", "  # noqa: F841\n")))
    flake8 = _run(project, "flake8", "--isolated", "handler.py")
    assert (flake8.returncode, flake8.stdout) == (0, ""), flake8.stderr
    ruff = ("ruff", "check", "--isolated", "--no-cache", "--select", "F841,RUF100", "--config", 'lint.external = ["ONE"]')
    said = _run(project, *ruff, "--output-format", "json", "handler.py")
    assert json.loads(said.stdout) == []
    assert said.stderr == ""


def test_what_cannot_be_combined(project: Path) -> None:
    assert "standard input" in lint(project, "check", "--add-noqa", "-", stdin=TWICE).stderr
    assert "on one line" in lint(project, "check", "--add-noqa=a\nb").stderr


def test_a_file_that_cannot_be_written_stops_all(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE, other=TWICE)
    (tmp_path / "other.py").chmod(0o444)
    done = lint(tmp_path, "check", "--add-noqa")
    assert done.returncode == 2
    assert "nothing was written" in done.stderr
    assert (tmp_path / "handler.py").read_text(encoding="utf-8") == TWICE


@pytest.mark.parametrize("option", [("--output-format", "json:out.json"), ("--output-file", "out.txt")])
def test_a_report_in_a_file_is_refused_and_not_left_out(project: Path, option: tuple[str, str]) -> None:
    (project / "handler.py").write_text(TWICE, encoding="utf-8")
    done = lint(project, "check", "--add-noqa", *option)
    assert (done.returncode, "cannot be combined" in done.stderr) == (2, True)
    assert (project / "handler.py").read_text(encoding="utf-8") == TWICE

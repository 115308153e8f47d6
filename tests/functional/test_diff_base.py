"""`check --diff-base`: a real repository, changed in every way."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, lint, write

CONCISE = ("--output-format", "concise")
HELPER = """\
from service import get_or_create_session


def helper(user_id, session=None):
    session = session or get_or_create_session(user_id)
    return session["id"]
"""
CALLER = """\
from helper import helper
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    return session["id"]
"""


def git(cwd: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always")
    return subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout


def commit(cwd: Path) -> str:
    git(cwd, "add", "-A")
    git(cwd, "commit", "-q", "-m", "x")
    return git(cwd, "rev-parse", "HEAD").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit, with one finding."""
    root = tmp_path / "work"
    root.mkdir()
    write(root, handler=TWICE)
    git(root, "init", "-q")
    commit(root)
    return root


def test_only_what_is_new_in_a_dirty_tree_is_reported(repository: Path) -> None:
    before = git(repository, "status", "--porcelain")
    done = lint(repository, "check", "--diff-base", "HEAD")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "All checks passed! 1 there at HEAD, 0 fixed since.")
    (repository / "handler.py").write_text("# moved\n" + TWICE, encoding="utf-8")
    (repository / "added.py").write_text(TWICE, encoding="utf-8")  # not even known to git
    done = lint(repository, "check", "--diff-base", "HEAD", *CONCISE)
    assert done.returncode == 1
    assert [line.split(" ")[0] for line in done.stdout.splitlines()] == ["added.py:7:13:", "Found", "In"]
    assert "Found 1 finding. 1 there at HEAD, 0 fixed since.\n" in done.stdout
    assert before == ""
    assert git(repository, "status", "--porcelain") == " M handler.py\n?? added.py\n"


def test_a_renamed_file_and_a_deleted_one(repository: Path) -> None:
    git(repository, "mv", "handler.py", "renamed.py")
    assert lint(repository, "check", "--diff-base", "HEAD").stdout.startswith("All checks passed! 1 there at HEAD, 0 fixed since.\n")
    (repository / "renamed.py").unlink()
    assert lint(repository, "check", "--diff-base", "HEAD").stdout.startswith("All checks passed! 0 there at HEAD, 1 fixed since.\n")


def test_a_second_one_like_it_is_new(repository: Path) -> None:
    more = TWICE.replace("    return again\n", "    return again, get_or_create_session(user_id)\n")
    (repository / "handler.py").write_text(more, encoding="utf-8")
    done = lint(repository, "check", "--diff-base", "HEAD", *CONCISE)
    assert (done.returncode, done.stdout.count("ONE101")) == (1, 1)


def test_a_suppression_that_was_taken_away(repository: Path) -> None:
    line = "again = get_or_create_session(user_id)"
    (repository / "handler.py").write_text(TWICE.replace(line, line + "  # noqa: ONE101"), encoding="utf-8")
    commit(repository)
    (repository / "handler.py").write_text(TWICE, encoding="utf-8")
    assert lint(repository, "check", "--diff-base", "HEAD").returncode == 1
    assert lint(repository, "check", "--diff-base", "HEAD~1").returncode == 0


def test_it_is_shown_at_the_line_that_closed_the_path(repository: Path) -> None:
    (repository / "handler.py").unlink()
    (repository / "helper.py").write_text(HELPER, encoding="utf-8")
    (repository / "caller.py").write_text(CALLER, encoding="utf-8")
    commit(repository)
    (repository / "caller.py").write_text(CALLER.replace('return session["id"]', "return session, helper(user_id)"), encoding="utf-8")
    (at_call,) = json.loads(lint(repository, "check", "--diff-base", "HEAD", "--output-format", "json").stdout)
    assert at_call["filename"].endswith("caller.py")
    assert at_call["location"]["row"] == 7
    # the other way round: the call was there, the callee now obtains, and it is there that the finding stands
    (repository / "caller.py").write_text(CALLER.replace('return session["id"]', "return session, helper(user_id)"), encoding="utf-8")
    (repository / "helper.py").write_text("def helper(user_id, session=None):\n    return user_id\n", encoding="utf-8")
    commit(repository)
    (repository / "helper.py").write_text(HELPER, encoding="utf-8")
    (in_callee,) = json.loads(lint(repository, "check", "--diff-base", "HEAD", "--output-format", "json").stdout)
    assert in_callee["code"] == at_call["code"] == "ONE102"
    assert in_callee["filename"].endswith("helper.py")
    real = in_callee["related"][0]
    assert (Path(real["filename"]).name, real["location"]["row"]) == ("caller.py", 7)
    assert "suppression" in real["message"]


def test_three_dots_mean_where_head_branched_off(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "topic")
    git(repository, "checkout", "-q", "main")
    (repository / "handler.py").write_text(ONCE, encoding="utf-8")
    commit(repository)  # main is repaired meanwhile
    git(repository, "checkout", "-q", "topic")
    assert lint(repository, "check", "--diff-base", "main").returncode == 1
    assert lint(repository, "check", "--diff-base", "main...").returncode == 0


def test_a_project_below_the_repository_a_submodule_and_an_excluded_file(repository: Path, tmp_path: Path) -> None:
    below = repository / "below"
    below.mkdir()
    write(below, handler=TWICE)
    (below / "left_out.py").write_text(TWICE, encoding="utf-8")
    git(repository, "submodule", "add", "-q", str(repository), "below/module")
    commit(repository)
    done = lint(below, "check", "--extend-exclude", "left_out.py,module", "--diff-base", "HEAD")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "All checks passed! 1 there at HEAD, 0 fixed since.")


def test_with_a_baseline_each_finding_counts_once(repository: Path) -> None:
    assert lint(repository, "baseline", "write").returncode == 0
    more = TWICE.replace("    return again\n", "    return again, get_or_create_session(user_id)\n")
    (repository / "handler.py").write_text(more, encoding="utf-8")
    done = lint(repository, "check", "--diff-base", "HEAD", "--baseline", "session-lint-baseline.json", *CONCISE)
    assert "Found 1 finding. 0 there at HEAD, 0 fixed since. 1 hidden by the baseline.\n" in done.stdout


def test_a_file_that_did_not_parse_then(repository: Path) -> None:
    (repository / "broken.py").write_text("def f(:\n", encoding="utf-8")
    commit(repository)
    (repository / "broken.py").unlink()
    assert lint(repository, "check", "--diff-base", "HEAD").returncode == 0


@pytest.mark.parametrize("name", ["nothing", "HEAD~7", "--all", "nothing..."])
def test_a_revision_that_is_not_there(repository: Path, name: str) -> None:
    done = lint(repository, "check", f"--diff-base={name}")
    assert (done.returncode, done.stdout) == (2, "")
    assert f'git finds no commit "{name.removesuffix("...")}"' in done.stderr


def test_no_repository_and_no_git(tmp_path: Path, repository: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    done = lint(write(outside, handler=TWICE), "check", "--diff-base", "HEAD", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 2
    assert "in no git repository" in done.stderr
    done = lint(repository, "check", "--diff-base", "HEAD", PATH=str(outside))
    assert done.returncode == 2
    assert "needs git" in done.stderr


def test_a_shallow_clone_says_so(repository: Path, tmp_path: Path) -> None:
    (repository / "handler.py").write_text(ONCE, encoding="utf-8")
    commit(repository)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "clone")
    done = lint(tmp_path / "clone", "check", "--diff-base", "HEAD~1")
    assert done.returncode == 2
    assert "shallow" in done.stderr
    assert "--unshallow" in done.stderr


def test_another_getter_in_the_function_does_not_stand_for_the_one_that_was_repaired(repository: Path) -> None:
    getter = (repository / "service.py").read_text(encoding="utf-8")
    (repository / "service.py").write_text(getter + getter.replace("get_or_create_session", "get_or_create_basket"), encoding="utf-8")
    (repository / "handler.py").write_text(TWICE.replace("get_or_create_session", "get_or_create_basket"), encoding="utf-8")
    done = lint(repository, "check", "--diff-base", "HEAD", *CONCISE)
    assert done.returncode == 1
    assert "ONE101 [repeated-getter] `get_or_create_basket(user_id)`" in done.stdout
    assert "1 fixed since" in done.stdout


def test_standard_input_that_stands_for_a_file_which_is_not_there_yet(repository: Path) -> None:
    new = (*CONCISE, "--stdin-filename", "added.py", "--diff-base", "HEAD")
    done = lint(repository, "check", *new, stdin=TWICE)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("added.py:7:13: ONE101 ")
    assert lint(repository, "check", *new, stdin=ONCE).returncode == 0
    old = lint(repository, "check", *CONCISE, "--stdin-filename", "handler.py", "--diff-base", "HEAD", stdin="# moved\n" + TWICE)
    assert old.returncode == 0


def test_a_file_of_statements_is_read_as_it_was(repository: Path) -> None:
    (repository / "sql").mkdir()
    drop = repository / "sql" / "drop.sql"
    drop.write_text("DELETE FROM drafts WHERE cart_id = %s\n", encoding="utf-8")
    (repository / "lines.py").write_text(
        "from pathlib import Path\n\n"
        'DROP = Path("sql/drop.sql").read_text()\n\n\n'
        "def refill(conn, cart_id, sku):\n"
        "    cur = conn.cursor()\n"
        "    cur.execute(DROP, (cart_id,))\n"
        '    cur.execute("INSERT INTO lines (cart_id, sku) VALUES (%s, %s)", (cart_id, sku))\n',
        encoding="utf-8",
    )
    commit(repository)
    assert lint(repository, "check", "--diff-base", "HEAD").returncode == 0
    drop.write_text("DELETE FROM lines WHERE cart_id = %s\n", encoding="utf-8")
    done = lint(repository, "check", "--diff-base", "HEAD", *CONCISE)
    assert done.returncode == 1
    assert "lines.py:9:9: ONE201" in done.stdout
    commit(repository)
    assert lint(repository, "check", "--diff-base", "HEAD").returncode == 0

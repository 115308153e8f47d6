"""`--report-unused-suppressions`: what is reported, what is left alone, and what `fix` makes of it."""

from __future__ import annotations

import json
from pathlib import Path

from functional.project import ONCE, TWICE, lint, write

SETTING = "report-unused-suppressions = true\n"
UNUSED = "--report-unused-suppressions"
HEAD = "from service import get_or_create_session\n\n\n"
TEXT = (
    HEAD
    + """\
def handle(user_id):  # noqa: ONE101
    a = 1  # noqa: E501, ONE102, ONE201
    b = 2  # type: ignore  # noqa: ONE101 because
    c = 3  # noqa: ONE1 old  # pragma: no cover
    # session-lint: ignore[repeated-getter] by mistake
    d = 4
    e = 5  # session-lint: ignore[repeated-geter]
    f = 6  # noqa
    g = 7  # noqa: E501
    h = "# noqa: ONE101"
    i = 8  # session-lint: ignore[ONE103, ONE101]
    session = get_or_create_session(user_id)
    # session-lint: ignore[repeated-getter]
    j = get_or_create_session(user_id)
    k = get_or_create_session(user_id)  # noqa: ONE101, ONE202
    return a, b, c, d, e, f, g, h, i, session, j, k
"""
)
MENDED = (
    HEAD
    + """\
def handle(user_id):
    a = 1  # noqa: E501
    b = 2  # type: ignore
    c = 3  # pragma: no cover
    d = 4
    e = 5
    f = 6  # noqa
    g = 7  # noqa: E501
    h = "# noqa: ONE101"
    i = 8
    session = get_or_create_session(user_id)
    # session-lint: ignore[repeated-getter]
    j = get_or_create_session(user_id)
    k = get_or_create_session(user_id)  # noqa: ONE101
    return a, b, c, d, e, f, g, h, i, session, j, k
"""
)


def test_what_is_reported_and_what_fix_makes_of_it(tmp_path: Path) -> None:
    write(tmp_path, handler=TEXT)
    assert lint(tmp_path, "check").returncode == 0
    done = lint(tmp_path, "check", UNUSED, "--output-format", "json")
    assert done.returncode == 1
    found = [(one["location"]["row"], one["message"]) for one in json.loads(done.stdout)]
    assert [row for row, _ in found] == [4, 5, 6, 7, 8, 10, 14, 18]
    assert found[1][1] == "`ONE102` suppresses nothing here; `ONE201` suppresses nothing here"
    assert found[5][1] == "`repeated-geter` is no rule; did you mean `repeated-getter`?"
    assert {one["code"] for one in json.loads(done.stdout)} == {"ONE901"}
    done = lint(tmp_path, "fix", UNUSED)
    assert (done.returncode, done.stderr) == (0, "")
    assert "8 repaired, none left" in done.stdout
    assert (tmp_path / "handler.py").read_text(encoding="utf-8") == MENDED
    assert lint(tmp_path, "check", UNUSED).stdout.startswith("All checks passed!\n")


def test_a_rule_that_is_not_selected_counts_as_if_it_were(tmp_path: Path) -> None:
    line = "again = get_or_create_session(user_id)"
    write(tmp_path, handler=TWICE.replace(line, f"{line}  # noqa: ONE101"))
    assert lint(tmp_path, "check", UNUSED, "--select", "ONE2").returncode == 0


def test_nothing_is_judged_while_a_file_cannot_be_analysed(tmp_path: Path) -> None:
    write(tmp_path, handler=ONCE.replace("\n", "  # noqa: ONE101\n", 1), broken="def f(:\n")
    assert "ONE901" not in lint(tmp_path, "check", UNUSED).stdout


def test_the_setting_other_paths_and_formats(tmp_path: Path) -> None:
    write(tmp_path, handler=ONCE.replace("\n", "  # noqa: ONE101\n", 1))
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\n" + SETTING, encoding="utf-8")
    assert lint(tmp_path, "check", "service.py").returncode == 0
    sarif = json.loads(lint(tmp_path, "check", "--output-format", "sarif").stdout)["runs"][0]
    assert [result["ruleId"] for result in sarif["results"]] == ["ONE901"]
    assert sarif["tool"]["driver"]["rules"][-1]["id"] == "ONE901"
    assert lint(tmp_path, "baseline", "write").returncode == 0
    done = lint(tmp_path, "check", "--baseline", "session-lint-baseline.json")
    assert done.stdout.startswith("All checks passed! 1 hidden by the baseline.\n")

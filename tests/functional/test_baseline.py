"""`session-lint baseline`, and `check` and `fix` with a baseline: real processes on a real directory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, lint, write

FILE = "session-lint-baseline.json"
THRICE = TWICE.replace("    return again\n", "    third = get_or_create_session(user_id)\n    return again, third\n")


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A project with one finding, and a baseline that holds it."""
    write(tmp_path, handler=TWICE)
    (tmp_path / "pyproject.toml").write_text(f'[tool.session-lint]\nbaseline = "{FILE}"\n', encoding="utf-8")
    done = lint(tmp_path, "baseline", "write")
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path


def entries(root: Path) -> list[tuple[str, int]]:
    data = json.loads((root / FILE).read_text(encoding="utf-8"))
    assert data["version"] == 1
    return [(" ".join(entry["chain"]), entry["count"]) for entry in data["findings"]]


def test_write_says_what_it_wrote_and_how_to_use_it(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    done = lint(tmp_path, "baseline", "write")
    assert done.returncode == 0
    assert done.stdout == (f'Wrote {tmp_path / FILE}: 1 added, 0 removed.\nAdded baseline = "{FILE}" to {tmp_path / "pyproject.toml"}.\n')
    assert entries(tmp_path) == [("handler:handle", 1)]


def test_check_hides_what_is_known_and_says_how_many(known: Path) -> None:
    done = lint(known, "check")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "All checks passed! 1 hidden by the baseline.")
    assert json.loads(lint(known, "check", "--output-format", "json").stdout) == []


def test_no_baseline_shows_all(known: Path) -> None:
    done = lint(known, "check", "--no-baseline")
    assert done.returncode == 1
    assert "Found 1 finding.\n" in done.stdout


def test_the_baseline_of_the_command_line_is_read_from_where_the_command_runs(known: Path) -> None:
    inner = known / "inner"
    inner.mkdir()
    (known / FILE).rename(inner / "other.json")
    done = lint(inner, "check", "--baseline", "other.json", "..")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "All checks passed! 1 hidden by the baseline.")
    both = lint(inner, "check", "--baseline", "other.json", "--no-baseline", "..")
    assert both.returncode == 2
    assert "--baseline and --no-baseline" in both.stderr


def test_moved_lines_and_a_renamed_file_make_nothing_new(known: Path) -> None:
    (known / "handler.py").unlink()
    (known / "moved.py").write_text("# a line\n\n" + TWICE, encoding="utf-8")
    assert lint(known, "check").returncode == 0
    assert lint(known, "baseline", "check").returncode == 0
    done = lint(known, "baseline", "prune")
    assert done.returncode == 0
    assert entries(known) == [("moved:handle", 1)]  # the file says where things are now


def test_a_copy_in_another_file_is_new(known: Path) -> None:
    (known / "twin.py").write_text(TWICE, encoding="utf-8")
    (known / "handler.py").write_text(ONCE, encoding="utf-8")
    done = lint(known, "check", "--output-format", "concise")
    assert done.returncode == 1
    assert done.stdout.startswith("twin.py:7:13: ONE101")
    assert "Found 1 finding. 1 of the baseline gone: `session-lint baseline prune` removes them.\n" in done.stdout


def test_a_second_one_like_it_is_new(known: Path) -> None:
    (known / "handler.py").write_text(THRICE, encoding="utf-8")
    done = lint(known, "check")
    assert done.returncode == 1
    assert "Found 1 finding. 1 hidden by the baseline." in done.stdout


def test_write_takes_new_findings_into_an_existing_file_only_when_told_and_names_them(known: Path) -> None:
    before = (known / FILE).read_bytes()
    (known / "handler.py").write_text(THRICE, encoding="utf-8")
    refused = lint(known, "baseline", "write")
    assert refused.returncode == 2
    assert "lacks 1 finding" in refused.stderr
    assert "--update" in refused.stderr
    assert (known / FILE).read_bytes() == before
    done = lint(known, "baseline", "write", "--update")
    assert done.returncode == 0
    assert done.stdout.startswith("new: handler.py:8:13: ONE101 [repeated-getter]")
    assert entries(known) == [("handler:handle", 2)]


def test_check_and_prune_of_what_is_gone(known: Path) -> None:
    (known / "handler.py").write_text(ONCE, encoding="utf-8")
    done = lint(known, "baseline", "check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "gone: handler.py: ONE101 [repeated-getter] handle: get_or_create_session() by user_id",
        f"{known / FILE} is out of date.",
    ]
    done = lint(known, "baseline", "prune")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"Wrote {known / FILE}: 0 added, 1 removed.")
    assert entries(known) == []
    assert lint(known, "baseline", "check").returncode == 0


def test_prune_puts_nothing_in(known: Path) -> None:
    (known / "handler.py").write_text(THRICE, encoding="utf-8")
    done = lint(known, "baseline", "prune")
    assert done.returncode == 0
    assert entries(known) == [("handler:handle", 1)]
    assert lint(known, "baseline", "check").returncode == 1  # the third call is new


def test_a_run_on_one_path_leaves_what_is_known_of_others(known: Path) -> None:
    (known / "handler.py").write_text(ONCE, encoding="utf-8")
    assert lint(known, "baseline", "prune", "service.py").stdout == f"{known / FILE} is up to date.\n"
    assert lint(known, "baseline", "check", "service.py").returncode == 0
    assert lint(known, "check", "service.py").stdout.startswith("All checks passed!\n")
    (known / "second.py").write_text(TWICE, encoding="utf-8")
    assert lint(known, "baseline", "write", "--update", "second.py").returncode == 0
    assert entries(known) == [("handler:handle", 1), ("second:handle", 1)]


def test_a_rule_that_does_not_run_judges_nothing(known: Path) -> None:
    assert lint(known, "check", "--select", "ONE2").stdout.startswith("All checks passed!\n")
    assert lint(known, "baseline", "check", "--select", "ONE2").returncode == 0


def test_a_file_that_does_not_parse_stops_write_and_prune(known: Path) -> None:
    before = (known / FILE).read_bytes()
    (known / "handler.py").write_text("def f(:\n", encoding="utf-8")
    for action in (("prune",), ("write", "--update"), ("check",)):
        done = lint(known, "baseline", *action)
        assert done.returncode == 2
        assert "warning: handler.py" in done.stderr
    assert (known / FILE).read_bytes() == before


def test_excluded_paths_with_force_exclude(known: Path) -> None:
    before = (known / FILE).read_bytes()
    for action in ("write", "check", "prune"):
        done = lint(known, "baseline", action, "--force-exclude", "--extend-exclude", "handler.py", "handler.py")
        assert (done.returncode, done.stdout) == (0, "Every path is excluded: nothing to do.\n")
    assert (known / FILE).read_bytes() == before
    done = lint(known, "check", "--force-exclude", "--extend-exclude", "handler.py")  # it is there, only not looked at
    assert done.stdout.startswith("All checks passed!\n")


def test_fix_leaves_what_is_known(known: Path) -> None:
    done = lint(known, "fix")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "All checks passed! 1 hidden by the baseline.")
    assert (known / "handler.py").read_text(encoding="utf-8") == TWICE
    done = lint(known, "fix", "--no-baseline")
    assert done.returncode == 0
    assert "1 repaired, none left" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n,", ":2: the baseline is broken JSON"),
        ("[]", 'needs "version": 1'),
        ('{"version": 2, "findings": []}', "has version 2"),
        ('{"version": 1, "findings": [3]}', "entry 1 of the baseline is not an object"),
        ('{"version": 1, "findings": [{"code": "ONE101", "name": "x", "path": "a.py", "chain": "a:b"}]}', '"chain" must be a list'),
        ('{"version": 1, "findings": [{"code": "", "name": "x", "path": "a.py", "chain": []}]}', '"code" must be'),
        ('{"version": 1, "findings": [{"code": "A", "name": "x", "path": "a.py", "chain": [], "count": 0}]}', '"count" must be'),
    ],
)
def test_a_broken_file_is_named_and_left(known: Path, text: str, said: str) -> None:
    (known / FILE).write_text(text, encoding="utf-8")
    done = lint(known, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {known / FILE}" in done.stderr
    assert said in done.stderr
    assert lint(known, "baseline", "write", "--update").returncode == 2
    assert (known / FILE).read_text(encoding="utf-8") == text


def test_a_missing_file_names_the_command_that_makes_it(known: Path) -> None:
    (known / FILE).unlink()
    done = lint(known, "check")
    assert done.returncode == 2
    assert "session-lint baseline write" in done.stderr
    assert lint(known, "baseline", "prune").returncode == 2


def test_update_without_write_is_refused(known: Path) -> None:
    assert lint(known, "baseline", "prune", "--update").returncode == 2


def test_an_entry_without_a_subject_stands_for_any_getter(known: Path) -> None:
    getter = (known / "service.py").read_text(encoding="utf-8")
    (known / "service.py").write_text(getter + getter.replace("get_or_create_session", "get_or_create_basket"), encoding="utf-8")
    (known / "handler.py").write_text(TWICE.replace("get_or_create_session", "get_or_create_basket"), encoding="utf-8")
    done = lint(known, "baseline", "check")
    assert (done.returncode, [line.split(":")[0] for line in done.stdout.splitlines()[:2]]) == (1, ["new", "gone"])
    data = json.loads((known / FILE).read_text(encoding="utf-8"))
    assert data["findings"][0].pop("subject") == "get_or_create_session()"
    (known / FILE).write_text(json.dumps(data), encoding="utf-8")
    assert lint(known, "check").returncode == 0


_TWO_KEYS = (
    ONCE.split("def handle")[0]
    + """def handle({buyer}, seller_id):
    first = get_or_create_session({buyer})
    {again} = get_or_create_session({key})
    other = get_or_create_session(seller_id)
    return first, {again}, other
"""
)


@pytest.mark.parametrize(
    ("buyer", "key", "new"),
    [("buyer_id", "buyer_id", 0), ("who", "who", 0), ("buyer_id", "seller_id", 1)],
    ids=["the same", "another name", "another key"],
)
def test_two_keys_of_one_getter_in_one_function_are_two_findings(tmp_path: Path, buyer: str, key: str, new: int) -> None:
    write(tmp_path, handler=_TWO_KEYS.format(buyer="buyer_id", again="again", key="buyer_id"))
    assert lint(tmp_path, "baseline", "write").returncode == 0
    (tmp_path / "handler.py").write_text(_TWO_KEYS.format(buyer=buyer, again="again", key=key), encoding="utf-8")
    done = lint(tmp_path, "check", "--output-format", "json")
    assert len(json.loads(done.stdout)) == new
    pruned = lint(tmp_path, "baseline", "prune")
    assert ("1 removed" in pruned.stdout) == bool(new), pruned.stdout

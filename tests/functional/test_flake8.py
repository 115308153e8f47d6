"""The findings under the real flake8: which are shown, where, and with which options."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from functional.flake8_runs import Flake8, install, lines, of_the_command, places
from functional.project import GETTER, MAYBE, ONCE, TWICE, clean_environment, lint, write
from session_lint.flake8_plugin import OPTIONS
from session_lint.settings.table import KEYS

DOCS = Path(__file__).parents[2] / "docs"
INCIDENT = Path(__file__).parents[1] / "fixtures" / "incident" / "before"
ONE = ("--select", "ONE")
PLAIN_GETTER = """\
from supabase import create_client

db = create_client("url", "key")


def plain(user_id):
    return db.table("sessions").select("*").eq("user_id", user_id).execute().data[0]
"""
PLAIN = TWICE.replace("from service import get_or_create_session", "from store import plain").replace("get_or_create_session", "plain")


@pytest.fixture(scope="module")
def flake8(tmp_path_factory: pytest.TempPathFactory) -> Flake8:
    return Flake8(install(tmp_path_factory.mktemp("installed")), tmp_path_factory.mktemp("temporary"))


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    return write(tmp_path, handler=TWICE)


def test_flake8_finds_the_plugin(flake8: Flake8, tmp_path: Path) -> None:
    assert "session-lint: 0." in " ".join(flake8.run(tmp_path, "--version").stdout.split())


def test_the_findings_are_those_of_the_command(flake8: Flake8, tmp_path: Path) -> None:
    project = Path(shutil.copytree(INCIDENT, tmp_path / "project"))
    expected = of_the_command(project)
    assert len(expected) == 6
    assert lines(flake8.run(project, *ONE)) == expected
    inside = project / "src" / "handlers"
    here = [line for line in of_the_command(inside) if not line.startswith("/")]  # the command shows what a chain leads to elsewhere, too
    assert len(here) == 4
    assert lines(flake8.run(inside, *ONE)) == here


# which codes


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], True),
        (["--select", "E,ONE1"], True),
        (["--select", "E,F"], False),
        (["--select", "ONE2"], False),
        (["--select", "E,F", "--extend-select", "ONE"], True),
        (["--extend-ignore", "O"], False),  # a prefix is all that flake8 looks at
        (["--extend-ignore", "S,ONE2"], True),
        (["--extend-ignore", "ONE", "--extend-select", "ONE101"], True),
        (["--per-file-ignores", "handler.py:ONE"], False),
        (["--per-file-ignores", "service.py:ONE"], True),
    ],
)
def test_codes_are_chosen_as_any_other(flake8: Flake8, dirty: Path, arguments: list[str], *, shown: bool) -> None:
    assert flake8.places(dirty, *arguments) == (["handler.py:7:ONE101"] if shown else [])


def test_configuration_files_take_our_codes(flake8: Flake8, dirty: Path) -> None:
    (dirty / ".flake8").write_text("[flake8]\nextend-ignore = ONE101, ONE2\n", encoding="utf-8")
    assert flake8.places(dirty) == []
    (dirty / ".flake8").write_text("[flake8]\nselect = E,F\nextend-select = ONE\n", encoding="utf-8")
    assert flake8.places(dirty) == ["handler.py:7:ONE101"]


def test_nothing_is_analysed_when_no_code_of_ours_can_be_shown(flake8: Flake8, dirty: Path) -> None:
    (dirty / "pyproject.toml").write_text("[tool.session-lint\n", encoding="utf-8")
    for arguments in (["--select", "E"], ["--extend-ignore", "ONE"], ["--bug-report"]):
        done = flake8.run(dirty, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert flake8.run(dirty).returncode == 1  # it is read otherwise
    assert not (dirty / ".session_lint_cache").exists()


def test_settings_choose_rules_and_files_as_well(flake8: Flake8, dirty: Path) -> None:
    (dirty / "pyproject.toml").write_text('[tool.session-lint]\nignore = ["ONE101"]\n', encoding="utf-8")
    assert flake8.places(dirty, *ONE) == []
    (dirty / "pyproject.toml").write_text('[tool.session-lint.per-file-ignores]\n"handler.py" = ["ONE1"]\n', encoding="utf-8")
    assert flake8.places(dirty, *ONE) == []


def test_the_baseline_counts(flake8: Flake8, dirty: Path) -> None:
    (dirty / "pyproject.toml").write_text('[tool.session-lint]\nbaseline = "known.json"\n', encoding="utf-8")
    assert lint(dirty, "baseline", "write").returncode == 0
    (dirty / "other.py").write_text(TWICE, encoding="utf-8")
    assert flake8.places(dirty, *ONE) == ["other.py:7:ONE101"]


# comments

COMMENTED = """\
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    print(session["id"])
    return get_or_create_session({before}
        user_id
    ){after}
"""
COMMENTS = {
    "first": ("  # noqa: ONE101", "", False),
    "prefix": ("  # noqa: ONE1", "", False),
    "blanket": ("  # noqa", "", False),
    "last": ("", "  # noqa: ONE101", True),
    "other": ("  # noqa: E501", "", True),
    "spaceless": ("  #noqa: ONE101", "", True),
    "own": ("  # session-lint: ignore[repeated-getter] it may have changed", "", False),
}


def test_comments(flake8: Flake8, tmp_path: Path) -> None:
    texts = {name: COMMENTED.format(before=before, after=after) for name, (before, after, _) in COMMENTS.items()}
    whole = "# flake8: noqa: ONE101\n" + COMMENTED.format(before="  # session-lint: ignore[ONE101]", after="")
    project = write(tmp_path, **texts, file="# flake8: noqa: ONE101\n" + COMMENTED.format(before="", after=""), both=whole)
    shown = flake8.run(project, *ONE)
    assert places(shown.stdout) == [f"{name}.py:7:ONE101" for name in sorted(COMMENTS) if COMMENTS[name][2]]
    assert lines(shown) == of_the_command(project)
    without = flake8.places(project, *ONE, "--disable-noqa")  # flake8 can show what its comments hide, but not what ours do
    assert without == sorted([*(f"{name}.py:7:ONE101" for name in COMMENTS if name != "own"), "file.py:8:ONE101"])


# which files


def test_arguments(flake8: Flake8, dirty: Path) -> None:
    package = dirty / "package"
    package.mkdir()
    (package / "inner.py").write_text(TWICE, encoding="utf-8")
    everything = ["handler.py:7:ONE101", "package/inner.py:7:ONE101"]
    assert flake8.places(dirty, *ONE) == everything
    assert flake8.places(dirty, *ONE, ".") == everything
    assert flake8.places(dirty, *ONE, "package") == everything[1:]
    assert flake8.places(dirty, *ONE, "service.py", "handler.py") == everything[:1]
    assert flake8.places(package, *ONE, "../handler.py") == ["../handler.py:7:ONE101"]
    assert flake8.places(package, *ONE, str(dirty / "handler.py")) == [f"{dirty}/handler.py:7:ONE101"]
    assert flake8.places(dirty, *ONE, "--exclude", "handler.py") == everything[1:]
    assert flake8.places(dirty, *ONE, "service.py") == []  # a finding is shown in its own file only


def test_a_path_that_is_not_there_is_reported_by_flake8(flake8: Flake8, dirty: Path) -> None:
    assert flake8.places(dirty, "nowhere.py", "handler.py") == ["handler.py:7:ONE101", "nowhere.py:0:E902"]
    assert flake8.places(dirty, "nowhere.py") == ["nowhere.py:0:E902"]


def test_through_a_link(flake8: Flake8, dirty: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("links") / "project"
    link.symlink_to(dirty)
    assert flake8.places(link.parent, *ONE, "project/handler.py") == ["project/handler.py:7:ONE101"]


def test_test_code_is_shown_where_an_argument_points(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, test_handler=TWICE)
    assert flake8.places(tmp_path, *ONE) == [] == of_the_command(tmp_path)
    assert flake8.places(tmp_path, *ONE, "test_handler.py") == ["test_handler.py:7:ONE101"]
    assert len(of_the_command(tmp_path, "test_handler.py")) == 1
    assert flake8.places(tmp_path, *ONE, "--session-lint-test-paths", "checks/") == ["test_handler.py:7:ONE101"]


def test_excluded_files(flake8: Flake8, dirty: Path) -> None:
    option = ["--session-lint-extend-exclude", "handler.py"]
    assert flake8.places(dirty, *ONE, "--session-lint-include", "other/") == []
    assert flake8.places(dirty, *ONE, "--session-lint-include", "*.py") == ["handler.py:7:ONE101"]
    assert flake8.places(dirty, *ONE, *option) == []
    assert flake8.places(dirty, *ONE, *option, "handler.py") == ["handler.py:7:ONE101"]
    assert flake8.places(dirty, *ONE, *option, "--session-lint-force-exclude", "handler.py") == []


RACE = """\
from django.db import models


class Seen(models.Model):
    path = models.CharField(max_length=200)


def note(path):
    if not Seen.objects.filter(path=path).exists():
        Seen.objects.create(path=path)
"""


def test_a_program_that_does_one_thing_at_a_time(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, daemon=RACE)
    assert flake8.places(tmp_path, *ONE) == ["daemon.py:10:ONE203"]
    assert flake8.places(tmp_path, *ONE, "--session-lint-one-at-a-time", "daemon.py") == []


# standard input


def test_standard_input_stands_for_a_file(flake8: Flake8, dirty: Path) -> None:
    name = ("--stdin-display-name", "handler.py")
    moved = TWICE.replace("    print", "    #\n    print")
    assert flake8.places(dirty, *ONE, *name, "-", stdin=moved) == ["handler.py:8:ONE101"]
    assert flake8.places(dirty, *ONE, *name, "-", stdin=ONCE) == []
    assert flake8.places(dirty, *ONE, "--stdin-display-name", "new.py", "-", "handler.py", stdin=TWICE) == [
        "handler.py:7:ONE101",
        "new.py:7:ONE101",
    ]
    inside = dirty / "package"
    inside.mkdir()
    assert flake8.places(inside, *ONE, "--stdin-display-name", "../handler.py", "-", stdin=moved) == ["../handler.py:8:ONE101"]


def test_standard_input_alone(flake8: Flake8, dirty: Path) -> None:
    """A text without a name is a project of its own."""
    assert flake8.places(dirty, *ONE, "-", stdin=TWICE) == of_the_command(dirty, "-", stdin=TWICE) == []
    text = (dirty / "service.py").read_text(encoding="utf-8") + TWICE.partition("\n")[2]
    assert flake8.places(dirty, *ONE, "-", stdin=text) == ["stdin:18:ONE101"]
    assert flake8.places(dirty, *ONE, "-", "handler.py", stdin=text) == ["handler.py:7:ONE101", "stdin:18:ONE101"]


def test_standard_input_keeps_its_encoding(flake8: Flake8, dirty: Path) -> None:
    text = "# coding: latin-1\n" + TWICE.replace("    again = ", '    é = "é"; again = ')
    (dirty / "handler.py").write_bytes(text.encode("latin-1"))
    expected = of_the_command(dirty)
    assert [line.split(" ")[0] for line in expected] == ["handler.py:8:22:"]
    (dirty / "handler.py").write_text("", encoding="utf-8")
    name = ("--stdin-display-name", "handler.py")
    assert lines(flake8.run(dirty, *ONE, *name, "-", stdin=text, encoding="latin-1")) == expected
    done = flake8.run(dirty, *ONE, *name, "-", stdin="é = 1", encoding="latin-1")
    assert done.returncode == 1
    assert "session-lint: standard input cannot be decoded" in done.stdout


def test_what_lies_outside_the_root_has_no_findings(flake8: Flake8, dirty: Path) -> None:
    part = dirty / "part"
    part.mkdir()
    write(part, handler=TWICE)
    root = (*ONE, "--session-lint-root", "./part")
    assert flake8.places(dirty, *root) == ["part/handler.py:7:ONE101"]
    assert flake8.places(dirty, *root, "handler.py") == []
    assert flake8.places(dirty, *root, "--stdin-display-name", "handler.py", "-", stdin=TWICE) == []


# options


@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8"])
def test_options_in_a_configuration_file_override_the_settings(flake8: Flake8, tmp_path: Path, name: str) -> None:
    write(tmp_path, store=PLAIN_GETTER, handler=PLAIN)
    (tmp_path / "pyproject.toml").write_text('[tool.session-lint]\ngetters = ["another"]\n', encoding="utf-8")
    assert flake8.places(tmp_path, *ONE) == []
    (tmp_path / name).write_text("[flake8]\nsession-lint-getters =\n    something\n    plain\n", encoding="utf-8")
    assert flake8.places(tmp_path, *ONE) == ["handler.py:7:ONE101"]
    assert flake8.places(tmp_path, *ONE, "--session-lint-getters", "something") == []


def test_functions_that_are_no_getters_and_findings_that_are_not_certain(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE, maybe=MAYBE)
    assert flake8.places(tmp_path, *ONE) == ["handler.py:7:ONE101", "maybe.py:6:ONE101"]
    assert flake8.places(tmp_path, *ONE, "--session-lint-min-confidence", "certain") == ["handler.py:7:ONE101"]
    assert flake8.places(tmp_path, *ONE, "--session-lint-not-getters", "get_or_create_*") == []
    (tmp_path / ".flake8").write_text("[flake8]\nsession-lint-min-confidence = certain\n", encoding="utf-8")
    assert flake8.places(tmp_path, *ONE) == ["handler.py:7:ONE101"]


def test_root_and_configuration_are_read_from_where_they_are_written(flake8: Flake8, tmp_path: Path) -> None:
    application = tmp_path / "backend" / "application"
    application.mkdir(parents=True)
    write(application, store=PLAIN_GETTER, handler=PLAIN)
    (tmp_path / "lint.toml").write_text('getters = ["plain"]\n', encoding="utf-8")
    text = "[flake8]\nsession-lint-root = ./backend/application\nsession-lint-config = ./lint.toml\nsession-lint-cache-dir = ./kept\n"
    (tmp_path / ".flake8").write_text(text, encoding="utf-8")
    assert flake8.places(application, *ONE) == ["handler.py:7:ONE101"]
    assert flake8.places(tmp_path, *ONE) == ["backend/application/handler.py:7:ONE101"]
    assert (tmp_path / "kept").is_dir()
    assert not list(tmp_path.rglob(".session_lint_cache"))


def test_options_about_decorators_and_where_code_lies(flake8: Flake8, tmp_path: Path) -> None:
    again = ["handler.py:7:ONE101"]
    write(tmp_path, handler=TWICE)
    assert flake8.places(tmp_path, *ONE) == again
    assert flake8.places(tmp_path, *ONE, "--session-lint-exclude", "handler.py") == []
    getter = "from elsewhere import kept\n" + GETTER.replace("def get", "@kept\ndef get")
    (tmp_path / "service.py").write_text(getter, encoding="utf-8")
    assert flake8.places(tmp_path, *ONE, "--session-lint-transparent-decorators", "kept") == again
    assert flake8.places(tmp_path, *ONE, "--session-lint-memoizing-decorators", "kept") == []
    (tmp_path / "parts").mkdir()
    (tmp_path / "service.py").rename(tmp_path / "parts" / "service.py")
    assert flake8.places(tmp_path, *ONE) == []
    assert flake8.places(tmp_path, *ONE, "--session-lint-source-roots", ".,parts") == again


def test_no_cache_and_isolated(flake8: Flake8, dirty: Path) -> None:
    (dirty / "pyproject.toml").write_text("[tool.session-lint]\nnonsense = 1\n", encoding="utf-8")
    assert flake8.places(dirty, *ONE, "--session-lint-isolated", "--session-lint-no-cache") == ["handler.py:7:ONE101"]
    assert not (dirty / ".session_lint_cache").exists()


def test_every_setting_has_its_option_or_a_reason_and_every_option_is_tried() -> None:
    left_to_flake8 = {"select", "extend-select", "ignore", "per-file-ignores"}
    page = (DOCS / "flake8.md").read_text(encoding="utf-8")
    assert [name for name in OPTIONS if f"`--session-lint-{name}" not in page] == []
    tests = "".join(file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("test_flake8*.py")))
    assert [name for name in OPTIONS if f'--session-lint-{name}"' not in tests and f"session-lint-{name} =" not in tests] == []
    only_in_settings = set(KEYS) - set(OPTIONS) - left_to_flake8
    assert [name for name in sorted(only_in_settings) if f"`{name}`" not in page] == []


# what goes wrong


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("[tool.session-lint]\ngeters = []\n", [], 'unknown key "geters"; did you mean "getters"?'),
        ("[tool.session-lint\n", [], "broken TOML"),
        ("", ["--session-lint-config", "./no.toml"], "no.toml: cannot be read"),
        ("", ["--session-lint-root", "nowhere"], 'nowhere: no such directory; in a configuration file, write "./nowhere"'),
        ("", ["--session-lint-jobs", "0"], "--session-lint-jobs must be at least 1, not 0"),
    ],
    ids=["key", "toml", "config", "root", "jobs"],
)
def test_what_the_user_can_mend_is_a_clean_error(flake8: Flake8, dirty: Path, table: str, arguments: list[str], message: str) -> None:
    (dirty / "pyproject.toml").write_text(table, encoding="utf-8")
    done = flake8.run(dirty, *arguments)
    first, second = done.stdout.splitlines()
    assert first == "There was a critical error during execution of Flake8:"
    assert second.startswith("session-lint: ")
    assert message in second
    assert (done.returncode, done.stderr) == (1, "")


def test_an_error_inside_is_no_riddle(flake8: Flake8, dirty: Path) -> None:
    """flake8 takes a TypeError for another way to be called, and would say that arguments are missing."""
    broken = "from session_lint import api; api.check_paths = lambda: None; "
    done = flake8.run(dirty, main=broken + "import sys; from flake8.main.cli import main; raise SystemExit(main())")
    assert "session-lint: internal error: TypeError: <lambda>() got an unexpected keyword argument" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_that_does_not_parse_is_named_once_and_stops_nothing(flake8: Flake8, dirty: Path) -> None:
    (dirty / "broken.py").write_text("def f(:\n", encoding="utf-8")
    done = flake8.run(dirty, "--jobs", "2", "--select", "ONE,E9")
    assert places(done.stdout) == ["broken.py:1:E999", "handler.py:7:ONE101"]
    assert done.stderr.startswith("session-lint: warning: broken.py:1: cannot be parsed")
    assert done.stderr.count("\n") == 1
    assert flake8.run(dirty, *ONE, "--exit-zero").returncode == 0


def test_the_plugin_starts_without_the_analysis(tmp_path: Path) -> None:
    heavy = "libcst", "sqlglot", "click", "session_lint.api"
    code = f"import sys, session_lint.flake8_plugin; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean_environment())
    assert done.stdout == "[]\n"

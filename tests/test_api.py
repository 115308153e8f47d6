"""The functions that front ends call."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import session_lint
from functional.project import GETTER, ONCE, TWICE, write
from session_lint import api
from session_lint.errors import ConfigError, ExitCode, SessionLintError
from session_lint.facts.finding import Confidence, Finding, Notice, Report
from session_lint.facts.location import Place, Span
from session_lint.settings.settings import Selectors, Settings

FINDING = Finding("ONE101", "repeated-getter", "again", Place("a.py", Span(1, 1, 1, 2)), Confidence.CERTAIN)


@pytest.mark.parametrize(
    ("report", "exit_zero", "code"),
    [
        (Report(()), False, ExitCode.CLEAN),
        (Report((FINDING,)), False, ExitCode.FINDINGS),
        (Report((FINDING,)), True, ExitCode.CLEAN),
        (Report((), (Notice("a.py", "does not parse"),)), False, ExitCode.FAILED),
        (Report((FINDING,), (Notice("b.py", "does not parse"),)), True, ExitCode.FAILED),
    ],
)
def test_exit_code(report: Report, exit_zero: bool, code: ExitCode) -> None:
    assert api.exit_code(report, exit_zero=exit_zero) is code


def test_check_source_of_a_project_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = session_lint.check_source({"service.py": GETTER, "handler.py": TWICE})
    assert [(f.code, str(f.place)) for f in report.findings] == [("ONE101", "handler.py:7")]
    assert report.root == ""
    assert list(tmp_path.iterdir()) == []


def test_check_source_of_one_text() -> None:
    assert session_lint.check_source("x = 1\n").findings == ()


def test_check_source_obeys_the_settings(tmp_path: Path) -> None:
    settings = replace(Settings(root=tmp_path), enabled=("ONE201",))
    assert session_lint.check_source({"service.py": GETTER, "handler.py": TWICE}, settings=settings).findings == ()


def test_check_paths_and_check_source_agree(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    on_disk = session_lint.check_paths([tmp_path], options=api.RunOptions(use_cache=False))
    assert on_disk.root == str(tmp_path.resolve())
    assert on_disk.findings == session_lint.check_source({"service.py": GETTER, "handler.py": TWICE}).findings


def test_check_paths_raises_for_a_path_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SessionLintError, match=r"nowhere\.py: no such file"):
        api.check_paths([tmp_path / "nowhere.py"])


def test_load_settings_lays_the_command_line_over_the_file(tmp_path: Path) -> None:
    write(tmp_path, handler=ONCE)
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\nignore = ['ONE101']\n", encoding="utf-8")
    assert not api.load_settings([tmp_path]).selects("ONE101")
    assert api.load_settings([tmp_path], command_line=Selectors(select=("ONE101",))).selects("ONE101")
    with pytest.raises(ConfigError, match="ONE9999"):
        api.load_settings([tmp_path], command_line=Selectors(select=("ONE9999",)))


def test_without_excluded_drops_what_a_pattern_hits(tmp_path: Path) -> None:
    write(tmp_path, handler=ONCE)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "made.py").touch()
    paths = [str(tmp_path / name) for name in ("handler.py", "build/made.py", "build")]
    assert api.without_excluded(paths, Settings(root=tmp_path.resolve())) == (paths[0],)


def test_list_files_is_sorted_and_relative(tmp_path: Path) -> None:
    write(tmp_path, zebra=ONCE, handler=ONCE)
    assert api.list_files([tmp_path]) == ("handler.py", "service.py", "zebra.py")


def test_known_rules_are_sorted_pairs() -> None:
    known = api.known_rules()
    assert ("ONE101", "repeated-getter") in known
    assert list(known) == sorted(known)


def test_every_public_name_is_there() -> None:
    for name in session_lint.__all__:
        assert getattr(session_lint, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = session_lint.nothing


def test_import_of_the_package_imports_nothing_else() -> None:
    program = "import sys, session_lint; print([name for name in sys.modules if name.startswith(('session_lint.', 'click', 'libcst'))])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=dict(os.environ))
    assert done.stdout.strip() == "['session_lint.version']"


def test_a_report_can_say_what_every_rule_is() -> None:
    told = api.with_rules(Report(())).rules
    assert [(rule.code, rule.name) for rule in told] == list(api.known_rules())
    assert told[0].summary == "The same record is obtained again in the same function."
    assert told[0].explanation.startswith(told[0].summary)
    assert "\n## Why is this bad?\n" in told[0].explanation

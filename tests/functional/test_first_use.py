"""What somebody meets who uses it for the first time: mistakes that are easily made, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.project import TWICE, lint, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path, handler=TWICE)


def test_a_settings_table_with_an_underscore_is_an_error_of_check_and_of_doctor(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.session_lint]\nselect = ["ONE1"]\n', encoding="utf-8")
    for command in (("check",), ("doctor",)):
        done = lint(project, *command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "error: pyproject.toml:4: [tool.session_lint] is not read; write [tool.session-lint]\n"


def test_all_that_is_wrong_in_the_settings_is_said_at_once(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.session-lint]\nselect = ["ONE3"]\n\nignor = []\n', encoding="utf-8")
    done = lint(project, "check")
    assert done.returncode == 2
    first, second = done.stderr.removeprefix("error: ").splitlines()
    assert first.startswith('pyproject.toml:2: [tool.session-lint] "select" names an unknown rule "ONE3"; known: ONE1 (ONE1xx), ONE2')
    assert second == 'pyproject.toml:4: [tool.session-lint] unknown key "ignor"; did you mean "ignore"?'


def test_where_there_is_no_python_nothing_is_said_to_have_passed(tmp_path: Path) -> None:
    done = lint(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, "Nothing was checked.\n")
    assert done.stderr == "warning: no Python files found under the given paths\n"


def test_a_template_that_is_no_python_comes_with_the_way_to_leave_it_out(project: Path) -> None:
    (project / "template.py").write_text("{% for x in get_or_create_session(user_id) %}\n", encoding="utf-8")
    done = lint(project, "check")
    assert done.returncode == 2
    assert "--extend-exclude leaves it out" in done.stderr
    assert lint(project, "check", "--extend-exclude", "template.py").returncode == 1


def test_baseline_write_puts_its_setting_into_the_settings(project: Path) -> None:
    done = lint(project, "baseline", "write")
    assert done.returncode == 0
    assert 'Added baseline = "session-lint-baseline.json" to ' in done.stdout
    assert (project / "pyproject.toml").read_text() == '[tool.session-lint]\nbaseline = "session-lint-baseline.json"\n'
    assert lint(project, "check").returncode == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, '[tool.session-lint]\nbaseline = "session-lint-baseline.json"\n'),
        ('[project]\nname = "x"\n', '[project]\nname = "x"\n\n[tool.session-lint]\nbaseline = "session-lint-baseline.json"\n'),
        (
            '[tool.session-lint] # ours\nignore = ["ONE2"]\n[tool.other]\na = 1\n',
            '[tool.session-lint] # ours\nbaseline = "session-lint-baseline.json"\nignore = ["ONE2"]\n[tool.other]\na = 1\n',
        ),
    ],
)
def test_wherever_the_settings_are_nothing_else_changes(project: Path, before: str | None, after: str) -> None:
    (project / "pyproject.toml").unlink()
    if before is not None:
        (project / "pyproject.toml").write_text(before, encoding="utf-8")
    assert lint(project, "baseline", "write").returncode == 0
    assert (project / "pyproject.toml").read_text() == after


def test_settings_that_cannot_be_edited_stay_and_the_line_is_told(project: Path) -> None:
    settings = '[tool]\nsession-lint = { ignore = ["ONE2"] }\n'
    (project / "pyproject.toml").write_text(settings, encoding="utf-8")
    done = lint(project, "baseline", "write")
    assert done.returncode == 0
    assert 'To use it, add to [tool.session-lint] in pyproject.toml: baseline = "session-lint-baseline.json"' in done.stdout
    assert (project / "pyproject.toml").read_text() == settings


@pytest.mark.parametrize(
    ("comment", "findings"),
    [
        ("# session-lint: ignore-file", 0),
        ("# session-lint: ignore-file[repeated-getter] generated", 0),
        ("# session-lint: ignore-file[ONE1]", 0),
        ("# session-lint: ignore-file[ONE2]", 1),
        ("x = 1  # session-lint: ignore-file", 1),
        ('x = """\n# session-lint: ignore-file\n"""', 1),
    ],
)
def test_a_file_is_left_alone_by_a_comment_on_a_line_of_its_own(project: Path, comment: str, findings: int) -> None:
    (project / "handler.py").write_text(f"{comment}\n{TWICE}", encoding="utf-8")
    assert lint(project, "check").returncode == findings
    assert lint(project, "doctor").returncode == 0


def test_verbose_says_which_project_by_which_settings(project: Path) -> None:
    done = lint(project, "check", "--verbose")
    said = dict(line.split(": ", 1) for line in done.stderr.splitlines())
    assert said["root"] == str(project)
    assert said["settings"] == "pyproject.toml: [tool.session-lint]"
    assert said["files"] == "2 reported on, 2 read"
    assert said["time"].endswith(" s")
    assert set(said) == {"root", "settings", "rules", "cache", "files", "time"}


def test_the_places_of_one_trap_share_what_it_costs(project: Path) -> None:
    calls = "\n".join(f"x{number} = {number}  # noqa: one10{number}" for number in range(1, 5))
    (project / "handler.py").write_text(calls + "\n", encoding="utf-8")
    done = lint(project, "doctor")
    assert done.returncode == 1
    assert (done.stdout.count("dead-comment"), done.stdout.count("why:")) == (4, 1)
    assert done.stdout.endswith("Found 4 traps.\n")


def test_doctor_mends_the_root_and_the_revision_of_the_hook(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (project / "part").mkdir()
    (project / "part" / "setup.py").write_text("", encoding="utf-8")
    hooks = "    hooks:\n      - id: session-lint\n      - id: session-lint-project\n"
    hook = f"repos:\n  - repo: https://example.org/session-lint\n    rev: main\n{hooks}"
    (project / ".pre-commit-config.yaml").write_text(hook, encoding="utf-8")
    before = {line.split(" ")[1] for line in lint(project, "doctor").stdout.splitlines() if line[:1] not in {"", " ", "F"}}
    assert {"project-root", "hook-revision"} <= before
    done = lint(project, "doctor", "--fix")
    assert done.stderr.count("mended: ") == 2
    assert (project / "pyproject.toml").read_text() == '[project]\nname = "x"\n\n[tool.session-lint]\n'
    assert "rev: v" in (project / ".pre-commit-config.yaml").read_text()
    after = lint(project, "doctor").stdout
    assert "project-root" not in after
    assert "hook-revision" not in after

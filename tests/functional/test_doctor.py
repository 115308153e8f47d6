"""The command `doctor`, and what the traps claim of their neighbours, shown with the real ruff, flake8 and pre-commit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from functional.git_project import environment, repository
from functional.project import TWICE, lint, write
from session_lint import api
from session_lint.known.suppressions import Suppressions

ROOT = Path(__file__).parents[2]
RUFF = (sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet")
# what flake8 makes of codes is the same for every plugin: this one says ONE101 of the first line
PLUGIN = 'class P:\n    def __init__(self, tree): pass\n    def run(self): yield 1, 0, "ONE101 found", type(self)\n'


def run(cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=environment({}), capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, handler=TWICE)
    (tmp_path / "pyproject.toml").write_text('[tool.session-lint]\n\n[tool.ruff.lint]\nselect = ["RUF"]\n', encoding="utf-8")
    (tmp_path / "setup.cfg").write_text("[flake8]\nignore = O\n", encoding="utf-8")
    return tmp_path


def test_traps_are_told_with_what_to_change(project: Path) -> None:
    done = lint(project, "doctor", "--ignore", "flake8-plugin")
    assert (done.returncode, done.stderr) == (1, "")
    first, second, closing = re.split(r"\n\n", done.stdout.strip())
    assert first.startswith("pyproject.toml:3: ruff-external ruff runs RUF100 and RUF102")
    assert first.endswith('change:\n    [tool.ruff.lint]\n    external = ["ONE"]')
    assert second.startswith("setup.cfg:2: flake8-selection `ignore` has `O`")
    assert "\n  why: flake8 compares codes by their beginning" in second
    assert closing == "Found 2 traps."


def test_traps_as_json(project: Path) -> None:
    done = lint(project.parent, "doctor", project.name, "--output-format", "json", "--ignore", "flake8-plugin,ruff-external")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)
    assert found["trap"] == "flake8-selection"
    assert found["filename"] == str(project / "setup.cfg")
    assert found["location"] == {"row": 2}
    assert found.keys() == {"trap", "message", "filename", "location", "why", "change"}


def test_nothing_to_change(tmp_path: Path) -> None:
    done = lint(write(tmp_path, handler=TWICE), "doctor")  # findings are no business of the doctor
    assert (done.returncode, done.stdout, done.stderr) == (0, "No traps found.\n", "")
    assert json.loads(lint(tmp_path, "doctor", "--output-format", "json").stdout) == []


def test_what_cannot_be_read(project: Path) -> None:
    (project / "ruff.toml").write_text("[lint\n", encoding="utf-8")
    done = lint(project, "doctor", "--ignore", "flake8-plugin,flake8-selection")
    assert done.returncode == 2
    assert done.stderr.startswith("warning: ruff.toml:1: broken TOML: ")
    assert done.stdout == "No traps in the files that could be read.\n"
    (project / "pyproject.toml").write_text("[tool.session-lint]\nselct = []\n", encoding="utf-8")
    done = lint(project, "doctor")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'unknown key "selct"; did you mean "select"?' in done.stderr


def test_the_repository_itself_has_no_traps() -> None:
    done = lint(ROOT, "doctor", "--ignore", "flake8-plugin")
    assert (done.returncode, done.stdout) == (0, "No traps found.\n")


def test_following_the_advice_ends_it(project: Path) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('external = ["ONE"]\n')
    (project / "setup.cfg").write_text("[flake8]\nignore = O\nextend-select = ONE\n", encoding="utf-8")
    assert lint(project, "doctor", "--ignore", "flake8-plugin").returncode == 0


# what is claimed of the neighbours

SUPPRESSED = "x = 1  # noqa: ONE101\n"
BESIDE = "x = 1  # noqa: E501, ONE101\n"


@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [
        ('[lint]\nselect = ["RUF102"]\n', SUPPRESSED, "x = 1\n"),
        ('[lint]\nselect = ["RUF100"]\n', BESIDE, "x = 1\n"),
        ("", BESIDE, "x = 1\n"),  # ruff's own defaults
        ('[lint]\nselect = ["RUF102"]\nexternal = ["ONE201"]\n', SUPPRESSED, "x = 1\n"),
        ('[lint]\nselect = ["RUF102"]\nexternal = ["ONE"]\n', SUPPRESSED, SUPPRESSED),
        ('[lint]\nselect = ["RUF102"]\nexternal = ["O"]\n', SUPPRESSED, SUPPRESSED),
        ('[lint]\nselect = ["RUF100", "RUF102"]\nexternal = ["ONE"]\n', BESIDE, SUPPRESSED),
        ('[lint]\nselect = ["RUF"]\nignore = ["RUF10"]\n', BESIDE, BESIDE),
        ('[lint]\nselect = ["E", "F"]\n', BESIDE, BESIDE),
        ('extend = "base.toml"\n[lint]\nexternal = ["V"]\n', SUPPRESSED, "x = 1\n"),
        ('extend = "base.toml"\n', SUPPRESSED, SUPPRESSED),
    ],
)
def test_what_ruff_does_to_comments_is_what_the_trap_says(settings: str, before: str, after: str, tmp_path: Path) -> None:
    write(tmp_path, a=before)
    (tmp_path / "base.toml").write_text('[lint]\nselect = ["RUF102"]\nexternal = ["ONE"]\n', encoding="utf-8")
    (tmp_path / "ruff.toml").write_text(settings, encoding="utf-8")
    run(tmp_path, *RUFF, "--fix", "a.py")
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == after
    assert [one.trap for one in api.diagnose(tmp_path).caught] == ([] if "ONE101" in after else ["ruff-external"])


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("", True),
        ("select = E,F", False),
        ("select = E,F\nextend-select = ONE", True),
        ("select = E,O", True),
        ("ignore = O", False),
        ("extend-ignore = ON", False),
        ("per-file-ignores =\n    *.py: E501,O", False),
        ("ignore = O\nextend-select = ONE", True),
        ("ignore = ON\nextend-select = O", True),
        ("ignore = ON\nselect = E,O", False),
        ("ignore = O\nselect = E,ON", True),
        ("ignore = O\nselect = E,O", False),
    ],
)
def test_what_flake8_shows_is_what_the_trap_says(options: str, shown: bool, tmp_path: Path) -> None:
    write(tmp_path, a="x = 1\n", plug=PLUGIN)
    text = f"[flake8]\n{options}\n[flake8:local-plugins]\nextension =\n    ONE = plug:P\npaths = .\n"
    (tmp_path / ".flake8").write_text(text, encoding="utf-8")
    done = run(tmp_path, *without_our_plugin(tmp_path), "a.py")
    assert ("ONE101 found" in done.stdout) is shown
    assert [one.trap for one in api.diagnose(tmp_path, ignore=["flake8-plugin"]).caught] == ([] if shown else ["flake8-selection"])


# (text, what flake8 shows of it, trap): a comment that flake8 makes nothing of is shown with F401 in place of our code
COMMENTS = (
    ("import os  # noqa: E501, F401", [], ""),
    ("import os  # noqa:F401,E501", [], ""),
    ("import os  # noqa: ONE", [], "noqa-blanket"),  # F401 is hidden as well
    ("import os  # noqa:ONE", [], "noqa-blanket"),
    ("import os  # noqa : ONE101", [], "noqa-blanket"),
    ("import os  # noqa ONE101", [], "noqa-blanket"),
    ("import os  # noqa: repeated-getter", [], "noqa-blanket"),
    ("# flake8: noqa: ONE101\nimport os", [], "noqa-file"),
    ("import os  # flake8: noqa: F401", ["F401"], "dead-comment"),
    ("import os  #noqa: F401", ["E262", "F401"], "dead-comment"),
    ("import os  # noqa: f401", ["F401"], "dead-comment"),
    ("import os  # noqa: E501; F401", ["F401"], "dead-comment"),
)


def test_what_flake8_reads_of_comments_is_what_the_traps_say(tmp_path: Path) -> None:
    names = [f"case_{number:02}" for number in range(len(COMMENTS))]
    write(tmp_path, **{name: text + "\n" for name, (text, *_) in zip(names, COMMENTS, strict=True)})
    flake8 = run(tmp_path, sys.executable, "-m", "flake8", "--isolated", "--extend-ignore=ONE", *(f"{name}.py" for name in names)).stdout
    ours = [text.replace("F401", "ONE101").replace("f401", "one101") + "\n" for text, *_ in COMMENTS]
    write(tmp_path, **dict(zip(names, ours, strict=True)))
    caught = api.diagnose(tmp_path).caught
    for name, text, (_, found, trap) in zip(names, ours, COMMENTS, strict=True):
        assert sorted(re.findall(rf"^{name}.py:.* ([A-Z]+\d+) ", flake8, re.MULTILINE)) == found, text
        assert [one.trap for one in caught if one.path == f"{name}.py"] == ([trap] if trap else []), text
        own = Suppressions.read(text)
        assert (own.whole_file or any(own.covers(row, "ONE101", "repeated-getter") for row in (1, 2))) is not bool(found), text


def without_our_plugin(folder: Path) -> tuple[str, ...]:
    """flake8 where session-lint is not registered, whatever is installed here: every package but its metadata."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("session_lint-", "__editable__", "_session_lint")) and path.suffix != ".pth":
            (site / path.name).symlink_to(path)
    return ("env", f"PYTHONPATH={site}{os.pathsep}{ROOT / 'src'}", sys.executable, "-S", "-m", "flake8")


def test_flake8_that_does_not_know_the_plugin(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "setup.cfg").write_text("[flake8]\nextend-select = ONE\n", encoding="utf-8")
    flake8 = without_our_plugin(tmp_path)
    assert "ONE" not in run(tmp_path, *flake8, "--version").stdout.replace("ONE =", "")
    done = run(tmp_path, *flake8[:-1], "session_lint", "doctor", "--output-format", "json")
    assert [(one["trap"], one["change"]) for one in json.loads(done.stdout)] == [
        ("flake8-plugin", "python -m pip install --force-reinstall 'session-lint[flake8]'")
    ]


def test_a_plain_install_of_pre_commit_has_no_hook_for_a_push(tmp_path: Path) -> None:
    work = repository(tmp_path, {"PRE_COMMIT_HOME": str(tmp_path / "home")})
    hook = "      - id: session-lint-project\n        name: x\n        entry: session-lint check\n        language: unsupported\n"
    config = f"repos:\n  - repo: local\n    hooks:\n{hook}        stages: [pre-push]\n"
    for above, installed in (("", False), ("default_install_hook_types: [pre-commit, pre-push]\n", True)):
        (tmp_path / ".pre-commit-config.yaml").write_text(above + config, encoding="utf-8")
        assert [one.trap for one in api.diagnose(tmp_path, ignore=["hook-files"]).caught] == ([] if installed else ["hook-stages"])
        work.run(sys.executable, "-m", "pre_commit", "install")
        assert (tmp_path / ".git" / "hooks" / "pre-push").exists() is installed

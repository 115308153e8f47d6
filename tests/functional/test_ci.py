"""The workflows that users copy, and what the pages say of the formats: their commands are run, their outputs read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

import session_lint.reporting.reporters
from functional.project import TWICE, lint, write
from reporting.reporters.exchange import read_github, read_gitlab, read_junit, read_sarif
from session_lint import registry

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.yml"))
PAGE = (DOCS / "output-formats.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^    session-lint (.+)$", PAGE + (DOCS / "ci.md").read_text(encoding="utf-8"), re.MULTILINE)


def commands(script: list[str]) -> list[list[str]]:
    """The arguments of each call of session-lint."""
    return [shlex.split(line)[1:] for text in script for line in text.splitlines() if line.startswith("session-lint ")]


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("dirty"), handler=TWICE)


def test_the_page_shows_the_files() -> None:
    text = (DOCS / "ci.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES] == ["github-actions.yml", "gitlab-ci.yml"]
    for example in EXAMPLES:
        assert f"```yaml\n{example.read_text(encoding='utf-8')}```\n" in text
        assert f"(examples/{example.name})" in text


def test_the_github_workflow(dirty: Path, tmp_path: Path) -> None:
    workflow = yaml.safe_load((DOCS / "examples" / "github-actions.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["session-lint"]
    assert job["permissions"]["security-events"] == "write"
    steps = job["steps"]
    (arguments,) = commands([step.get("run", "") for step in steps])
    summary = tmp_path / "summary.md"
    done = lint(dirty, *arguments, GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true")
    assert done.returncode == 1, done.stderr
    assert [one.properties["file"] for one in read_github(done.stdout)] == ["handler.py"]
    assert "| ONE101 repeated-getter | handler.py:7 |" in summary.read_text(encoding="utf-8")
    (upload,) = (step for step in steps if "upload-sarif" in step.get("uses", ""))
    log = dirty / upload["with"]["sarif_file"]
    assert f"hashFiles('{log.name}') != ''" in upload["if"]
    assert "!cancelled()" in upload["if"]
    assert len(read_sarif(log.read_text(encoding="utf-8"))["runs"][0]["results"]) == 1


def test_the_gitlab_job(dirty: Path) -> None:
    job = yaml.safe_load((DOCS / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8"))["session-lint"]
    (arguments,) = commands(job["script"])
    done = lint(dirty, *arguments)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("ONE101 repeated-getter: ")
    assert job["artifacts"]["when"] == "always"
    reports = job["artifacts"]["reports"]
    (issue,) = read_gitlab((dirty / reports["codequality"]).read_text(encoding="utf-8"))
    assert issue["location"] == {"path": "handler.py", "lines": {"begin": 7, "end": 7}}
    (case,) = read_junit((dirty / reports["junit"]).read_text(encoding="utf-8"))
    assert case.attrib["file"] == "handler.py"


@pytest.mark.parametrize("command", SHOWN)
def test_a_command_of_the_pages(command: str, dirty: Path) -> None:
    (dirty / "report").mkdir(exist_ok=True)
    done = lint(dirty, *shlex.split(command.partition(" | ")[0]))
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("name", registry.stems(session_lint.reporting.reporters))
def test_the_page_shows_what_a_format_prints(name: str, dirty: Path) -> None:
    section = re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, "no section of its own"
    assert f"](#{name})" in PAGE
    printed = lint(dirty, "check", "--output-format", name).stdout
    for block in re.findall(r"^```text\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            assert line in printed

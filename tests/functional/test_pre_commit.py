"""The hooks of this repository under the real pre-commit: installed from the manifest, run by the real git."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from functional.git_project import HANDLE_ONCE, HANDLE_TWICE, SHOW, Repository, repository
from functional.project import ONCE, TWICE, lint

ROOT = Path(__file__).parents[2]
PRE_COMMIT = (sys.executable, "-m", "pre_commit")
FINDING = re.compile(r"^\S+:\d+:\d+: ONE\d+ .*$", re.MULTILINE)
CLEARED = """\
from service import db


def replace_note(user_id, text):
    db.table("notes").delete().eq("user_id", user_id).execute()
    db.table("notes").insert({"user_id": user_id, "text": text}).execute()
"""
# tells how often it is run, and with how many files
COUNTER = """\
  - repo: local
    hooks:
      - id: count
        name: count
        entry: sh -c 'echo batch of $#' --
        language: unsupported
        types: [python]
        require_serial: {serial}
        verbose: true
"""


@dataclass(frozen=True, slots=True)
class Hooks:
    """This project as a repository of hooks, at a commit; `home` is where pre-commit installs what it runs."""

    path: Path
    revision: str
    home: Path

    def config(self, *hooks: str) -> str:
        """A .pre-commit-config.yaml; a hook is its id with further lines below it."""
        listed = "".join(textwrap.indent(f"- id: {hook}\n", " " * 6) for hook in hooks)
        return f"repos:\n  - repo: {self.path}\n    rev: {self.revision}\n    hooks:\n{listed}"


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    """One for all test processes: pip installs the project once."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    own = Repository(tmp_path_factory.mktemp("hooks"), {})
    for name in ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, own.root / name)
    (own.root / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    own.git("init", "--quiet")
    assert own.commit().returncode == 0
    with contextlib.suppress(OSError):  # another process was first
        own.root.rename(shared / "session-lint-hooks")
    path = shared / "session-lint-hooks"
    return Hooks(path, Repository(path, {}).head().strip(), shared / "pre-commit-home")


def project(hooks: Hooks, root: Path, config: str, **files: str) -> Repository:
    """A repository that uses the hooks; what is committed before they are there is not checked."""
    found = repository(root, {"PRE_COMMIT_HOME": str(hooks.home)}, **files)
    (root / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    assert found.commit().returncode == 0
    done = found.run(*PRE_COMMIT, "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert done.returncode == 0, done.stdout
    return found


def findings(text: str) -> list[str]:
    return sorted(set(FINDING.findall(text)))


def test_the_manifest_is_valid() -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    done = subprocess.run([*PRE_COMMIT, "validate-manifest", manifest], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    found = {hook["id"]: hook for hook in yaml.safe_load(manifest.read_text(encoding="utf-8"))}
    assert list(found) == ["session-lint", "session-lint-fix", "session-lint-project"]
    assert all(hook["language"] == "python" and hook["require_serial"] is True for hook in found.values())
    assert [hook.get("pass_filenames", True) for hook in found.values()] == [True, True, False]
    assert found["session-lint-project"]["stages"] == ["pre-push", "manual"]


def test_the_configurations_in_the_docs_are_valid(tmp_path: Path) -> None:
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    shown = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "pre-commit.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert {hook["id"] for text in shown for repo in yaml.safe_load(text)["repos"] for hook in repo["hooks"]} == known
    for number, text in enumerate(shown):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run([*PRE_COMMIT, "validate-config", *tmp_path.iterdir()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_second_fetch_is_refused_though_the_first_is_in_an_unchanged_file(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint"))
    before = work.head()
    refused = work.commit(upper=HANDLE_TWICE)
    assert refused.returncode == 1
    assert "- exit code: 1" in refused.stdout
    assert "ONE103 unthreaded-session" in refused.stdout
    assert "lower.py:5:12" in refused.stdout  # where the other fetch is: in no file of this commit
    assert work.head() == before
    assert work.commit(upper=HANDLE_ONCE + "\n\nlimit = 3\n").returncode == 0


def test_the_fix_hook_repairs_and_runs_clean_again(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint-fix"))
    stopped = work.commit(handler=TWICE)
    assert stopped.returncode == 1
    assert "files were modified by this hook" in stopped.stdout
    assert "1 repaired, none left" in stopped.stdout
    assert work.text("handler").count("get_or_create_session(") == 1
    again = work.commit()
    assert again.returncode == 0, again.stdout
    assert work.git("status", "--porcelain") == ""


def test_a_repair_of_two_files_when_one_was_staged(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint-fix"))
    stopped = work.commit(upper=HANDLE_TWICE)
    assert stopped.returncode == 1
    assert "1 repaired, none left" in stopped.stdout
    assert sorted(work.git("diff", "--name-only").split()) == ["lower.py", "upper.py"]
    assert work.commit().returncode == 0


def test_arguments_reach_the_fix_hook(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint-fix"))
    left = work.commit(notes=CLEARED)
    assert left.returncode == 1
    assert "--unsafe-fixes would repair 1 of them" in left.stdout
    assert work.text("notes") == CLEARED
    (tmp_path / ".pre-commit-config.yaml").write_text(hooks.config("session-lint-fix\n  args: [--unsafe-fixes]"), encoding="utf-8")
    stopped = work.commit()
    assert stopped.returncode == 1
    assert "1 repaired, none left" in stopped.stdout
    assert ".upsert(" in work.text("notes")
    assert work.commit().returncode == 0


def test_a_list_of_files_that_is_split_changes_nothing(hooks: Hooks, tmp_path: Path) -> None:
    """pre-commit splits what is longer than a command line may be, whatever `require_serial` says."""
    config = hooks.config("session-lint\n  args: [--output-format=concise]") + COUNTER.format(serial="true")
    work = project(hooks, tmp_path, config, upper=HANDLE_TWICE, handler=TWICE)
    folder = tmp_path / "long_".ljust(200, "x")
    folder.mkdir()
    for number in range(350):
        (folder / f"module_{number:03}_".ljust(200, "x")).with_suffix(".py").write_text("value = 1\n", encoding="utf-8")
    work.git("add", "--all")
    done = work.run(*PRE_COMMIT, "run", "--all-files")
    assert len(re.findall(r"^batch of \d+$", done.stdout, re.MULTILINE)) > 1
    whole = lint(tmp_path, "check", "--output-format=concise", "--quiet")
    assert findings(done.stdout) == findings(whole.stdout) != []
    assert done.returncode == whole.returncode == 1


def test_each_file_alone_says_what_all_say(tmp_path: Path) -> None:
    """The entry itself: the union over single files, and each end of a chain on its own."""
    repository(tmp_path, upper=HANDLE_TWICE, handler=TWICE, clean=ONCE)
    entry = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]["entry"].split()[1:]
    whole = lint(tmp_path, *entry, "--output-format=concise", "--quiet", "upper.py", "lower.py", "handler.py", "clean.py", "service.py")
    alone = {
        name: findings(lint(tmp_path, *entry, "--output-format=concise", "--quiet", name).stdout)
        for name in ("upper.py", "lower.py", "handler.py", "clean.py", "service.py")
    }
    assert sorted({line for found in alone.values() for line in found}) == findings(whole.stdout)
    assert alone["upper.py"] == alone["lower.py"] != []
    assert alone["clean.py"] == []


def test_what_is_staged_is_checked_and_not_what_is_in_the_work_tree(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint"))
    work.add(upper=HANDLE_TWICE)
    work.write(upper=HANDLE_ONCE)  # repaired, but not staged
    assert work.run("git", "commit", "--message", "change").returncode == 1
    assert work.text("upper") == HANDLE_ONCE
    work.add()
    work.add(other=ONCE)
    work.write(upper=HANDLE_TWICE)  # the defect is there, but no part of the commit
    done = work.run("git", "commit", "--message", "change")
    assert done.returncode == 0, done.stdout
    assert work.text("upper") == HANDLE_TWICE


def test_the_fix_hook_keeps_changes_that_are_not_staged(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint-fix"))
    work.add(handler=TWICE)
    work.write(upper=HANDLE_ONCE + "\n\nlimit = 3\n")
    stopped = work.run("git", "commit", "--message", "change")
    assert "1 repaired, none left" in stopped.stdout
    assert "limit = 3" in work.text("upper")
    assert work.text("handler").count("get_or_create_session(") == 1
    work.git("add", "handler.py")
    done = work.run("git", "commit", "--message", "change")
    assert done.returncode == 0, done.stdout
    assert work.git("status", "--porcelain") == " M upper.py\n"


def test_a_file_that_git_does_not_know_is_part_of_the_project(hooks: Hooks, tmp_path: Path) -> None:
    """pre-commit leaves it in place, so a chain through it is seen; one that git ignores is not."""
    work = project(hooks, tmp_path, hooks.config("session-lint"))
    work.add(lower=SHOW + "\n\nlimit = 3\n")
    work.write(draft=HANDLE_TWICE)
    refused = work.run("git", "commit", "--message", "change")
    assert refused.returncode == 1
    assert "draft.py:6" in refused.stdout
    (tmp_path / ".git" / "info" / "exclude").write_text("draft.py\n", encoding="utf-8")
    done = work.run("git", "commit", "--message", "change")
    assert done.returncode == 0, done.stdout


def test_files_that_are_deleted_or_renamed(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint"), other=ONCE, handler=TWICE)
    work.git("rm", "--quiet", "other.py")
    gone = work.run("git", "commit", "--message", "change")
    assert gone.returncode == 0
    assert "no files to check" in gone.stdout
    work.git("mv", "handler.py", "renamed.py")
    moved = work.run("git", "commit", "--message", "change")
    assert moved.returncode == 1
    assert "renamed.py:7" in moved.stdout
    work.git("rm", "--quiet", "--force", "renamed.py")
    done = work.commit(upper=HANDLE_ONCE + "\n\nlimit = 3\n")  # one file deleted, one changed
    assert done.returncode == 0, done.stdout


def test_an_excluded_file_is_left_alone_though_it_is_passed_by_name(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint", "session-lint-fix"))
    (tmp_path / "pyproject.toml").write_text('[tool.session-lint]\nextend-exclude = ["legacy/"]\n', encoding="utf-8")
    for folder, code in (("legacy", 0), ("current", 1)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "handler.py").write_text(TWICE, encoding="utf-8")
        done = work.commit()
        assert done.returncode == code, done.stdout
        assert ("repaired" in done.stdout) is bool(code)
    assert (tmp_path / "legacy" / "handler.py").read_text(encoding="utf-8") == TWICE


def test_what_is_broken_is_named(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path, hooks.config("session-lint", "session-lint-fix"))
    for settings, handler, message in (
        ("selct = []", ONCE, 'error: pyproject.toml:2: [tool.session-lint] unknown key "selct"; did you mean "select"?'),
        ("select = 5 5", ONCE, "pyproject.toml:2: broken TOML"),
        ("", "def broken(:\n", "handler.py:1: "),
    ):
        (tmp_path / "pyproject.toml").write_text(f"[tool.session-lint]\n{settings}\n", encoding="utf-8")
        refused = work.commit(handler=handler)
        assert refused.returncode == 1
        assert refused.stdout.count("- exit code: 2") == 2  # of either hook
        assert refused.stdout.count(message) == 2
        assert "Traceback" not in refused.stdout


def test_a_push_is_refused_for_a_finding_in_files_it_does_not_change(hooks: Hooks, tmp_path: Path) -> None:
    work = project(hooks, tmp_path / "work", hooks.config("session-lint", "session-lint-project"), handler=TWICE)
    work.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    work.git("remote", "add", "origin", str(tmp_path / "remote"))
    work.git("push", "--quiet", "--no-verify", "origin", "main")
    done = work.commit(upper=HANDLE_ONCE + "\n\nlimit = 3\n")
    assert done.returncode == 0, done.stdout
    assert "whole project" not in done.stdout  # not at a commit
    refused = work.run("git", "push", "origin", "main")
    assert refused.returncode == 1
    assert re.search(r"^session-lint\.+Passed$", refused.stdout, re.MULTILINE)
    assert re.search(r"^session-lint \(whole project\)\.+Failed$", refused.stdout, re.MULTILINE)
    assert "handler.py:7" in refused.stdout
    assert work.commit(handler=ONCE).returncode == 0
    pushed = work.run("git", "push", "origin", "main")
    assert pushed.returncode == 0, pushed.stdout


def test_runs_at_the_same_time_share_one_cache(hooks: Hooks, tmp_path: Path) -> None:
    """Batches in parallel, as `require_serial: false` makes them, in three runs of pre-commit at once."""
    config = hooks.config("session-lint\n  args: [--output-format=concise]\n  require_serial: false") + COUNTER.format(serial="false")
    many = {f"handler_{number}": TWICE for number in range(12)}
    work = project(hooks, tmp_path, config, upper=HANDLE_TWICE, **many)
    whole = lint(tmp_path, "check", "--output-format=concise", "--quiet", "--no-cache")
    assert not (tmp_path / ".session_lint_cache").exists()
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _: work.run(*PRE_COMMIT, "run", "--all-files"), range(3)))
    assert [(run.returncode, findings(run.stdout)) for run in runs] == [(1, findings(whole.stdout))] * 3
    assert len(findings(whole.stdout)) == 13
    assert all("warning" not in run.stdout and "Traceback" not in run.stdout for run in runs)
    assert len(list((tmp_path / ".session_lint_cache").glob("*.sqlite3"))) == 1

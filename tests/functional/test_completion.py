"""`session-lint completion`: the scripts, and what a real bash completes with them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from functional.project import clean_environment, lint
from session_lint import registry
from session_lint.api import rules
from session_lint.reporting import reporters

CODES = [rule.code for rule in rules()]
# bash loads the script, then does what readline does on TAB: sets the words and calls the function
ASK = """
eval "$(session-lint completion bash)"
COMP_WORDS=({words}); COMP_CWORD={last}
spec=$(complete -p session-lint); spec=${{spec##*-F }}
${{spec%% *}} session-lint; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    program = folder / "session-lint"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m session_lint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    everything = ("session-lint", *words)
    script = ASK.format(words=" ".join(map(shlex.quote, everything)), last=len(words))
    environment = clean_environment() | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([bash, "--norc", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands(tmp_path: Path) -> None:
    assert {"baseline", "check", "fix", "rule"} <= set(completed(tmp_path, ""))
    assert completed(tmp_path, "che") == ["check"]


def test_bash_completes_rules_also_in_a_list(tmp_path: Path) -> None:
    assert completed(tmp_path, "check", "--select", "ONE10") == [code for code in CODES if code.startswith("ONE10")]
    assert completed(tmp_path, "check", "--ignore", "ONE201,repeated") == ["ONE201,repeated-getter"]
    assert completed(tmp_path, "rule", "clear-") == ["clear-then-insert"]


def test_bash_completes_formats_and_options(tmp_path: Path) -> None:
    assert set(registry.stems(reporters)) <= set(completed(tmp_path, "check", "--output-format", ""))
    assert "--diff-base" in completed(tmp_path, "check", "--di")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(tmp_path: Path, shell: str) -> None:
    done = lint(tmp_path, "completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_SESSION_LINT_COMPLETE={shell}_complete" in done.stdout
    program = shutil.which(shell)
    if program is not None:
        assert subprocess.run([program, "-n"], input=done.stdout, text=True, check=False).returncode == 0


def test_another_shell_is_refused(tmp_path: Path) -> None:
    assert lint(tmp_path, "completion", "tcsh").returncode == 2

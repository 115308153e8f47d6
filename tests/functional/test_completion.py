"""`session-lint completion`: the scripts, and what real shells complete with them."""

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


# zsh completes only while somebody types: what the function would hand to it is printed instead
ASK_ZSH = """
autoload -Uz compinit; compinit -D -u
eval "$(session-lint completion zsh)"
compadd() {{ print -rl -- "${{completions[@]}}" }}
_describe() {{ print -rl -- "${{completions_with_descriptions[@]%%:*}}" }}
words=({words}); CURRENT=$#words
_session_lint_completion
"""
ASK_FISH = """
session-lint completion fish | source
complete --do-complete {line}
"""


def asked(shell: str, folder: Path, script: str, *options: str) -> list[str]:
    """The words that a shell prints which runs a script with the command on its path; without the shell the test is skipped."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    command = folder / "session-lint"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m session_lint "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = clean_environment() | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run([program, *options, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.partition("\t")[0] for line in done.stdout.splitlines() if line]


def completed(folder: Path, *words: str, shell: str = "bash") -> list[str]:
    """What a shell offers for the last word."""
    everything = ("session-lint", *words)
    quoted = " ".join(map(shlex.quote, everything))
    if shell == "zsh":
        return asked("zsh", folder, ASK_ZSH.format(words=quoted), "-f")
    if shell == "fish":
        return asked("fish", folder, ASK_FISH.format(line=shlex.quote(" ".join(everything))), "--no-config")
    return asked("bash", folder, ASK.format(words=quoted, last=len(words)), "--norc")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_others_complete_the_same(tmp_path: Path, shell: str) -> None:
    assert {"baseline", "check", "fix", "rule"} <= set(completed(tmp_path, "", shell=shell))
    assert completed(tmp_path, "che", shell=shell) == ["check"]
    assert completed(tmp_path, "check", "--select", "ONE10", shell=shell) == [code for code in CODES if code.startswith("ONE10")]
    assert completed(tmp_path, "rule", "clear-", shell=shell) == ["clear-then-insert"]
    assert "--diff-base" in completed(tmp_path, "check", "--di", shell=shell)
    assert set(registry.stems(reporters)) <= set(completed(tmp_path, "check", "--output-format", "", shell=shell))


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

"""The commands of LibCST's own runner, as a user starts them, under the names that they have always had."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import session_lint.repair.codemods
from functional.forked import forks
from session_lint.registry import stems

BEFORE = """from django.db import models


class Cart(models.Model):
    owner = models.OneToOneField("auth.User", on_delete=models.CASCADE)


def totals(user):
    cart, _ = Cart.objects.get_or_create(owner=user)
    again, _ = Cart.objects.get_or_create(owner=user)
    return cart.total, again.total
"""
NAMES = [f"session_lint.codemods.{stem}.{stem.title().replace('_', '')}" for stem in stems(session_lint.repair.codemods)]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libcst.tool", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_keeps_its_name(name: str, tmp_path: Path) -> None:
    """Each in a process of its own, which is forked: that a Python starts with it is seen below."""
    (tmp_path / "empty.py").write_text("x = 1\n", encoding="utf-8")
    arguments = ("codemod", "-x", name, "empty.py", "--no-format")
    forked = forks()
    done = forked.run(tmp_path, arguments, "", dict(os.environ), "libcst.tool") if forked is not None else run(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "empty.py").read_text(encoding="utf-8") == "x = 1\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_files_are_repaired_in_one_process_and_in_several(jobs: str, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(BEFORE, encoding="utf-8")
    done = run(tmp_path, "codemod", "-x", "session_lint.codemods.reuse_variable.ReuseVariable", ".", "--no-format", "-j", jobs)
    assert done.returncode == 0, done.stderr
    for name in ("a.py", "b.py"):
        assert (tmp_path / name).read_text(encoding="utf-8").count("get_or_create(owner=user)") == 1


def test_the_list_of_commands_names_each(tmp_path: Path) -> None:
    (tmp_path / ".libcst.codemod.yaml").write_text('modules: ["session_lint.codemods"]\n', encoding="utf-8")
    done = run(tmp_path, "list")
    assert [name.rsplit(".", 1)[1] for name in NAMES if f"{name.rsplit('.', 1)[1]} - " not in done.stdout] == []
    assert run(tmp_path, "codemod", "reuse_variable.ReuseVariable", ".", "--no-format").returncode in (0, 1)  # found under its short name

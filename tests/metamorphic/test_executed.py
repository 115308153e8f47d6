"""Transformations keep the meaning: a program that really runs does the same to its database after each of them."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from metamorphic.programs import Program
from metamorphic.runner import SEED, applied, transformations
from metamorphic.transformation import Transformation

EXECUTED = Path(__file__).parent / "executed"
PROGRAM = Program("executed", tuple((file.name, file.read_text(encoding="utf-8")) for file in sorted(EXECUTED.glob("*.py"))))
ALL = transformations()
PAIRS = 16
_RUN = """\
import asyncio, inspect, sys
import app

def done(value):
    return asyncio.run(value) if inspect.iscoroutine(value) else value

said = [done(app.main()), *done(app.both("ann", "new")), done(app.contents())]
sys.stderr.write("\\n".join(said))
"""
WANTED = """\
ann
bob
carol
other-BOB
first-abc
other-dor
'eve'
knownlabelled
untitled
untitled
untitled
('ann', 'untitled')
('bob', 'untitled')
('carol', 'untitled')
('dora', 'labelled')
('new', 'untitled')
('ann', 'ann')
('ann', 'note')
('bob', 'bob')
('bob', 'note')"""


def _does(program: Program, directory: Path) -> str:
    for path, text in program.files:
        (directory / path).write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-S", "-E", "-c", _RUN], cwd=directory, capture_output=True, text=True, check=False)
    return done.stderr


def test_as_it_is_written(tmp_path: Path) -> None:
    assert _does(PROGRAM, tmp_path) == WANTED


@pytest.mark.parametrize("transformation", ALL, ids=lambda one: one.name)
def test_rewritten(transformation: Transformation, tmp_path: Path) -> None:
    rewritten = applied(PROGRAM, [transformation])
    assert rewritten is not None
    assert _does(rewritten, tmp_path) == WANTED


@pytest.mark.parametrize("number", range(PAIRS))
def test_rewritten_twice(number: int, tmp_path: Path) -> None:
    """Two transformations, one after the other, drawn by a fixed seed."""
    first, second = random.Random(SEED + number).sample(ALL, 2)
    rewritten = applied(PROGRAM, [first, second])
    assert rewritten is not None
    assert _does(rewritten, tmp_path) == WANTED

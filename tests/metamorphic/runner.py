"""Applies transformations to programs and says what became of the verdict."""

from __future__ import annotations

import ast
import functools
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

import metamorphic.transformations
from metamorphic.programs import Program
from metamorphic.transformation import Transformation
from metamorphic.verdict import lost
from session_lint import registry

HERE = Path(__file__).parent
LOSSES = HERE / "losses.txt"  # what is lost today: written by tools/run_metamorphic.py, read by the test
REASONS = HERE / "reasons.toml"  # where the verdict may change, and why
SEED = 20_261
_BETWEEN = " | "
_TRIED = 6  # partners of a pair until one fits


class BrokenTransformationError(Exception):
    """A transformation gave something that is no rewriting: it does not parse, or a mark has gone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one or two transformations did to a program. `lost` is "" when the verdict is kept."""

    transformations: tuple[str, ...]
    program: Program
    lost: str
    rewritten: Program

    @property
    def key(self) -> str:
        """The line that stands for it in the list of losses."""
        return _BETWEEN.join((" + ".join(self.transformations), self.program.name))


def transformations() -> tuple[Transformation, ...]:
    """Every transformation, by name."""
    return registry.discover(metamorphic.transformations, Transformation)


def outcome(program: Program, chosen: Sequence[Transformation]) -> Outcome | None:
    """The transformations, one after the other, and the verdict on what they make; None when one of them does not fit."""
    rewritten = applied(program, chosen)
    if rewritten is None:
        return None
    family = frozenset(code for transformation in chosen for code in transformation.family)
    return Outcome(tuple(one.name for one in chosen), program, lost(rewritten, family), rewritten)


def applied(program: Program, chosen: Sequence[Transformation]) -> Program | None:
    """The program, rewritten and found to be one. Raises BrokenTransformationError."""
    current: Program | None = program
    for transformation in chosen:
        current = _applied(transformation, current) if current is not None else None
    return current


@functools.lru_cache(maxsize=1 << 15)
def _applied(transformation: Transformation, program: Program) -> Program | None:
    rewritten = transformation.apply(program)
    if rewritten is not None:
        _check(program, rewritten, transformation)
    return rewritten


def _check(before: Program, after: Program, transformation: Transformation) -> None:
    for path, text in after.files:
        if not path.endswith(".py"):
            continue
        try:
            compile(text, path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as error:
            raise BrokenTransformationError(f"{transformation.name}: {before.name}: {path}: {error}\n{text}") from error
    if before.codes != after.codes:
        raise BrokenTransformationError(f"{transformation.name}: {before.name}: the marks were {before.codes}, and are {after.codes}")


def alone(transformation: Transformation, programs: Sequence[Program]) -> Iterator[Outcome]:
    """The outcome for each program that the transformation fits."""
    for program in programs:
        found = outcome(program, [transformation])
        if found is not None:
            yield found


def drawn(*names: str) -> str:
    """A number for an order that seems random, is always the same, and stays when other programs and transformations are added."""
    return hashlib.sha256(" | ".join((str(SEED), *names)).encode()).hexdigest()


def fitting(transformation: Transformation, programs: Sequence[Program]) -> Iterator[Program]:
    """The programs that it fits, marked ones and near misses by turns, in an order of its own."""
    order = sorted(programs, key=lambda program: drawn(transformation.name, program.name))
    turns = zip_longest((one for one in order if one.codes), (one for one in order if not one.codes))
    yield from (one for turn in turns for one in turn if one is not None and applied(one, [transformation]) is not None)


def sample(transformation: Transformation, programs: Sequence[Program], size: int) -> Iterator[Outcome]:
    """The outcomes for the first programs that it fits."""
    for program in islice(fitting(transformation, programs), size):
        found = outcome(program, [transformation])
        if found is not None:
            yield found


def pairs(first: Transformation, others: Sequence[Transformation], programs: Sequence[Program], size: int) -> Iterator[Outcome]:
    """Outcomes of a transformation with another after it, for the first programs that it fits."""
    rest = [one for one in others if one.name != first.name]
    for program in islice(fitting(first, programs), size):
        partners = sorted(rest, key=lambda one: drawn(first.name, program.name, one.name))
        tried = (outcome(program, [first, second]) for second in partners[:_TRIED])
        found = next((one for one in tried if one is not None), None)
        if found is not None:
            yield found


def held(programs: Sequence[Program]) -> tuple[tuple[Program, ...], tuple[Program, ...]]:
    """The programs that get their verdict as they are written, and those that do not: of these no rewriting can be judged."""
    verdicts = [(program, lost(program)) for program in programs]
    return tuple(one for one, why in verdicts if not why), tuple(one for one, why in verdicts if why)


def known_losses() -> dict[str, str]:
    """Key -> what is lost, for everything that is known to be lost today."""
    lines = LOSSES.read_text(encoding="utf-8").splitlines() if LOSSES.is_file() else []
    return dict(line.rsplit(_BETWEEN, 1) for line in lines)  # type: ignore[misc]


def write_losses(outcomes: Sequence[Outcome]) -> None:
    """Everything that was lost, one line each."""
    lines = sorted(f"{one.key}{_BETWEEN}{one.lost}\n" for one in outcomes if one.lost)
    LOSSES.write_text("".join(lines), encoding="utf-8")


def reasons() -> dict[str, str]:
    """Key -> why the verdict may change there."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return {
        f"{name}{_BETWEEN}{program}": entry["reason"]
        for entry in entries
        for name in entry["transformations"]
        for program in entry["programs"]
    }

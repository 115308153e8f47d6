"""Applies transformations to programs and says what became of the verdict."""

from __future__ import annotations

import ast
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
        current = transformation.apply(current) if current is not None else None
        if current is None:
            return None
        _check(program, current, transformation)
    return current


def _check(before: Program, after: Program, transformation: Transformation) -> None:
    for path, text in after.files:
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


def sample(transformation: Transformation, programs: Sequence[Program], size: int) -> Iterator[Outcome]:
    """The first outcomes in an order that depends on the name of the transformation alone; half of the programs are marked ones."""
    order = random.Random(f"{SEED} {transformation.name}")
    marked, silent = ([one for one in programs if bool(one.codes) is wanted] for wanted in (True, False))
    for group in (marked, silent):
        for program in _first(order, group, transformation, size // 2):
            found = outcome(program, [transformation])
            if found is not None:
                yield found


def _first(order: random.Random, programs: Sequence[Program], transformation: Transformation, size: int) -> list[Program]:
    shuffled = order.sample(list(programs), len(programs))
    fitting = (program for program in shuffled if transformation.apply(program) is not None)
    return [program for program, _ in zip(fitting, range(size), strict=False)]


def pairs(first: Transformation, others: Sequence[Transformation], programs: Sequence[Program], size: int) -> Iterator[Outcome]:
    """Outcomes of a transformation with another after it, drawn in an order that depends on its name alone."""
    order = random.Random(f"{SEED} {first.name} and another")
    given = 0
    for _ in range(size * 20):
        second = order.choice([one for one in others if one.name != first.name])
        found = outcome(order.choice(programs), [first, second])
        if found is not None:
            yield found
            given += 1
        if given == size:
            return


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
    table = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return {f"{entry['transformation']}{_BETWEEN}{program}": entry["reason"] for entry in table["reason"] for program in entry["programs"]}

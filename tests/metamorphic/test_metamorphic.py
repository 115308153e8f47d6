"""A verdict does not change when a program is written differently. `make metamorphic` runs everything; here a sample is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import pytest

from metamorphic.code import Names, Numbers
from metamorphic.programs import Program, every_program
from metamorphic.runner import (
    BrokenTransformationError,
    Outcome,
    applied,
    fitting,
    known_losses,
    outcome,
    pairs,
    reasons,
    sample,
    transformations,
)
from metamorphic.transformation import REPEAT, FileByFile, Transformation
from metamorphic.verdict import lost

PROGRAMS = every_program()
ALL = transformations()
# of the scope of a module: the tests of one transformation follow each other, in a process that knows what it fits
EACH = pytest.mark.parametrize("transformation", ALL, ids=lambda one: one.name, scope="module")
ALONE, IN_PAIRS = 6, 3  # for each transformation
PLAIN = next(program for program in PROGRAMS if program.name == "repeated_getter: Twice in a row")


def _new(outcomes: Sequence[Outcome]) -> list[str]:
    """What is lost and neither known nor explained: a change of the analysis took it."""
    excused = known_losses().keys() | reasons().keys()
    parts = [(one, {one.key, *(f"{name} | {one.program.name}" for name in one.transformations)}) for one in outcomes if one.lost]
    return [f"{one.key}: {one.lost}" for one, keys in parts if not keys & excused]


@EACH
def test_a_sample_alone(transformation: Transformation) -> None:
    outcomes = list(sample(transformation, PROGRAMS, ALONE))
    assert outcomes
    assert _new(outcomes) == []


@EACH
def test_a_sample_in_pairs(transformation: Transformation) -> None:
    """A pair may lose what one of the two loses alone."""
    outcomes = list(pairs(transformation, ALL, PROGRAMS, IN_PAIRS))
    assert outcomes
    assert _new(outcomes) == []


@EACH
def test_a_transformation_is_not_vacuous(transformation: Transformation) -> None:
    """It fits enough programs, marked ones and near misses, and what it gives compiles with every mark in it."""
    programs: list[Program] = []
    for one in fitting(transformation, PROGRAMS):
        programs.append(one)
        if len(programs) >= transformation.least and len({bool(program.codes) for program in programs}) == 2:
            break
    assert len(programs) >= transformation.least
    assert any(one.codes for one in programs)
    assert not all(one.codes for one in programs)


@EACH
def test_a_transformation_is_described(transformation: Transformation) -> None:
    assert transformation.fits
    assert (type(transformation).__doc__ or "").strip().endswith(".")
    assert bool(transformation.family) == bool(transformation.why)
    assert transformation.family in (frozenset(), REPEAT)


def test_there_are_enough() -> None:
    assert len(ALL) >= 25


def test_reasons_are_of_what_there_is() -> None:
    names, programs = {one.name for one in ALL}, {one.name for one in PROGRAMS}
    for key in reasons():
        chosen, program = key.split(" | ")
        assert set(chosen.split(" + ")) <= names, key
        assert program in programs, key


class _Renamed(FileByFile):
    """Calls the key by another name in every second place: not the same program."""

    fits = "everything"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        seen = 0

        def change(name: cst.Name) -> cst.Name:
            nonlocal seen
            seen += name.value == "user_id"
            return name.with_changes(value="other") if name.value == "user_id" and seen % 3 == 0 else name

        return module.visit(Names(change))  # type: ignore[return-value]


class _Unmarked(FileByFile):
    """Loses the marks."""

    fits = "everything"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        return cst.parse_module(module.code.replace("# error:", "# note:"))


class _Unparsable(Transformation):
    """Gives a file that is no Python."""

    fits = "everything"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        return {path: module.with_changes(body=[*module.body, cst.parse_statement("return 1")]) for path, module in modules.items()}


def test_a_rewriting_that_changes_the_meaning_is_noticed() -> None:
    found = outcome(PLAIN, [_Renamed()])
    assert found is not None
    assert found.lost == "ONE101 is missed"
    assert len(_new([found])) == 1


@pytest.mark.parametrize("broken", [_Unmarked(), _Unparsable()], ids=lambda one: type(one).__name__)
def test_what_is_no_rewriting_is_refused(broken: Transformation) -> None:
    with pytest.raises(BrokenTransformationError):
        applied(PLAIN, [broken])


def test_a_wrong_verdict_is_said() -> None:
    text = dict(PLAIN.files)["app.py"]
    elsewhere = text.replace('  # error: [ONE101] "user_id"', "").replace("text)\n    again", "text)  # error: [ONE101]\n    again")
    silent = text.replace('  # error: [ONE101] "user_id"', "")
    store = PLAIN.files[0]
    assert lost(PLAIN) == ""
    assert lost(Program("elsewhere", (store, ("app.py", elsewhere)))) == "ONE101 is reported elsewhere"
    assert lost(Program("silent", (store, ("app.py", silent)))) == "ONE101 is reported"
    assert lost(Program("more", (store, ("app.py", text.replace("ONE101", "ONE103"))))) == "ONE103 is missed, ONE101 is reported"
    assert lost(Program("family", (store, ("app.py", text.replace("ONE101", "ONE103")))), REPEAT) == ""

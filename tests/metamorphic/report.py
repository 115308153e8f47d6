"""The page of figures: for each transformation and rule, how many verdicts are kept of those it fits."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metamorphic.programs import NEAR_MISS, Program
from metamorphic.runner import Outcome, reasons
from metamorphic.transformation import Transformation

_HEAD = """\
# Metamorphic tests

<!-- written by tools/run_metamorphic.py (`make metamorphic`) -->

A verdict must not change when a program is written in another way that means the same. Each transformation of
`tests/metamorphic/transformations/` rewrites every scenario of `tests/rules/` that it fits. A cell is *kept / fits*: how many of the
rewritten programs get exactly the findings of the original, each of them at the marked statement or on a path over it. Near misses must
stay silent. What is not kept is listed below the matrix, unless `tests/metamorphic/reasons.toml` says why it may change.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A whole run. `wrong` are programs that do not get their verdict even as they are written: they are left out."""

    transformations: tuple[Transformation, ...]
    alone: tuple[Outcome, ...]
    pairs: tuple[Outcome, ...]
    programs: int
    wrong: tuple[Program, ...]


@functools.cache
def _reasons() -> dict[str, str]:
    return reasons()


def reason(one: Outcome) -> str:
    """Why the verdict may change here; "" when it may not. A pair has the reasons of its parts."""
    parts = (one.key, *(f"{name} | {one.program.name}" for name in one.transformations))
    return next((said for said in (_reasons().get(part, "") for part in parts) if said), "")


def _cell(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return ""
    kept = sum(not one.lost or bool(reason(one)) for one in outcomes)
    text = f"{kept}/{len(outcomes)}"
    return text if kept == len(outcomes) else f"**{text}**"


def _columns(outcomes: Sequence[Outcome]) -> list[str]:
    every = {column for one in outcomes for column in one.program.columns}
    return [*sorted(every - {NEAR_MISS}), *([NEAR_MISS] if NEAR_MISS in every else [])]


def _of(outcomes: Sequence[Outcome], column: str) -> list[Outcome]:
    return [one for one in outcomes if column in one.program.columns]


def matrix(found: Found) -> Iterator[str]:
    """The lines of the table."""
    columns = _columns(found.alone)
    yield f"| transformation | {' | '.join(columns)} | all |"
    yield f"|---|{'---|' * (len(columns) + 1)}"
    for one in found.transformations:
        own = [done for done in found.alone if done.transformations == (one.name,)]
        yield f"| {one.name} | {' | '.join(_cell(_of(own, column)) for column in columns)} | {_cell(own)} |"
    yield f"| **all, alone** | {' | '.join(_cell(_of(found.alone, column)) for column in columns)} | {_cell(found.alone)} |"
    yield f"| **pairs** | {' | '.join(_cell(_of(found.pairs, column)) for column in columns)} | {_cell(found.pairs)} |"


def losses(found: Found, *, show: bool = False) -> Iterator[str]:
    """A line for everything that is lost without a reason; with `show` the files that were rewritten."""
    for one in (*found.alone, *found.pairs):
        if one.lost and not reason(one):
            yield f"- {' + '.join(one.transformations)}, {one.program.name}: {one.lost}"
            if show:
                yield from (f"----- {path}\n{text}" for path, text in one.rewritten.files if (path, text) not in one.program.files)


def page(found: Found) -> str:
    """The whole page."""
    lines = [_HEAD, f"{summary(found)}\n", *matrix(found), "", "## The transformations", ""]
    lines += ["| transformation | what it does | where it fits |", "|---|---|---|"]
    for one in found.transformations:
        may = f" {' '.join(sorted(one.family))} may turn into one another: {one.why}." if one.family else ""
        lines.append(f"| {one.name} | {' '.join(inspect.cleandoc(type(one).__doc__ or '').split())}{may} | {one.fits} |")
    lines += ["", "## What may change", ""]
    excused = sorted({(one.transformations[0], reason(one)) for one in found.alone if one.lost and reason(one)})
    for name, said in excused:
        titles = [one.program.name for one in found.alone if one.transformations == (name,) and one.lost and reason(one) == said]
        lines.append(f"- {name}: {said} ({'; '.join(titles)})")
    lines += ["", "## What is lost", ""]
    for one in found.transformations:
        own = [done for done in found.alone if done.transformations == (one.name,) and done.lost and not reason(done)]
        if own:
            lines += [f"### {one.name}", "", *(f"- {done.program.name}: {done.lost}" for done in own), ""]
    pairs = [done for done in found.pairs if done.lost and not reason(done)]
    if pairs:
        lines += ["### Pairs", "", *(f"- {' + '.join(done.transformations)}, {done.program.name}: {done.lost}" for done in pairs), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def progress(name: str, outcomes: Sequence[Outcome]) -> str:
    """One line of the matrix, for the terminal."""
    own = [one for one in outcomes if one.transformations == (name,)]
    cells = [f"{column} {_cell(_of(own, column)).strip('*')}" for column in _columns(own)]
    return f"{name:<28} {'  '.join(cells)}"


def summary(found: Found) -> str:
    """The totals, in one line."""
    marked = [one for one in found.alone if one.program.codes]
    silent = [one for one in found.alone if not one.program.codes]
    left = f"; {len(found.wrong)} programs are not judged right as they are written, and left out" if found.wrong else ""
    parts = [(marked, "findings kept"), (silent, "near misses silent"), (found.pairs, "pairs kept")]
    said = ", ".join(f"{_cell(outcomes).strip('*') or '0/0'} {words}" for outcomes, words in parts)
    excused = sum(bool(one.lost and reason(one)) for one in (*found.alone, *found.pairs))
    may = f"; {excused} of the kept changed for a reason that is given" if excused else ""
    return f"{len(found.transformations)} transformations on {found.programs} programs: {said}{may}{left}."

"""How `check --explain` prints its answer: for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from session_lint.facts.explanation import Answer, Explanation, Step
from session_lint.facts.finding import Report
from session_lint.facts.location import Place
from session_lint.reporting.reporter import Style, absolute, located, placed, printable, shown


def full(explanation: Explanation, style: Style) -> str:
    """The answer for a person."""
    frame = _framed(explanation)
    where = style.paint(printable(f"{shown(frame, explanation.path, style)}:{explanation.row}"), "cyan")
    lines = [f"{where} in `{printable(explanation.function)}`" if explanation.function else where]
    lines += _steps(frame, explanation.steps, style)
    for answer in explanation.answers:
        outcome = style.paint(printable(answer.outcome), "red" if answer.reported else "bold")
        lines += ["", f"{_where(frame, answer.place, style)}  {printable(answer.text)}", f"  {outcome}"]
        lines += _steps(frame, answer.steps, style, indent="    ")
    if explanation.summary:
        lines += ["", "For those that call it:", *_steps(frame, explanation.summary, style)]
    return "".join(f"{line}\n" for line in lines)


def as_json(explanation: Explanation) -> str:
    """The answer for a program."""
    frame = _framed(explanation)
    row = {
        "filename": absolute(frame, explanation.path),
        "row": explanation.row,
        "function": explanation.function or None,
        "steps": [_step(frame, step) for step in explanation.steps],
        "calls": [_answer(frame, answer) for answer in explanation.answers],
        "summary": [_step(frame, step) for step in explanation.summary],
    }
    return json.dumps(row, indent=2, sort_keys=True) + "\n"


def _steps(frame: Report, steps: Sequence[Step], style: Style, indent: str = "  ") -> Iterator[str]:
    for step in steps:
        where = f"  {_where(frame, step.place, style)}" if step.place is not None else ""
        yield f"{indent}{'  ' * step.depth}- {printable(step.text)}{where}"


def _where(frame: Report, place: Place, style: Style) -> str:
    return style.paint(placed(frame, place, style), "cyan")


def _answer(frame: Report, answer: Answer) -> dict[str, object]:
    return {
        "text": answer.text,
        "outcome": answer.outcome,
        "reported": answer.reported,
        "steps": [_step(frame, step) for step in answer.steps],
        **_location(frame, answer.place),
    }


def _step(frame: Report, step: Step) -> dict[str, object]:
    return {"text": step.text, "depth": step.depth, **(_location(frame, step.place) if step.place is not None else {})}


def _location(frame: Report, place: Place) -> dict[str, object]:
    return located(frame, place)


def _framed(explanation: Explanation) -> Report:
    return Report((), root=explanation.root)

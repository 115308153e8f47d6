"""The steps of structured control flow, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from session_lint.facts.module_facts import Assume, Block, Choice, Condition, Loop, Step, Try, Within


def steps(block: Block) -> Iterator[Step]:
    """Every step of a block, those of the blocks inside included, in source order."""
    stack: list[Step] = list(reversed(block))
    while stack:
        step = stack.pop()
        yield step
        parts = _BLOCKS.get(type(step))
        if parts is not None:
            stack.extend([inner for part in reversed(parts(step)) for inner in reversed(part)])


def conditions(block: Block) -> Iterator[Condition]:
    """Every test in a block."""
    for step in steps(block):
        if isinstance(step, Assume):
            yield from step.conditions
        elif isinstance(step, Choice):
            yield from (condition for arm in step.arms for condition in arm.conditions)


def with_tests(block: Block, conditions: tuple[Condition, ...]) -> Iterator[tuple[Step, tuple[Condition, ...]]]:
    """Every step but tests, with the tests that lead to it."""
    for step in block:
        if isinstance(step, Assume):
            conditions = (*conditions, *step.conditions)
        elif isinstance(step, Choice):
            for arm in step.arms:
                yield from with_tests(arm.body, (*conditions, *arm.conditions))
        else:
            yield step, conditions
            parts = _BLOCKS.get(type(step))
            for part in parts(step) if parts is not None else ():
                yield from with_tests(part, conditions)


# of the steps that hold others, which are few
_BLOCKS: dict[type[object], Callable[[Any], list[Block]]] = {
    Choice: lambda step: [arm.body for arm in step.arms],
    Loop: lambda step: [step.body, step.orelse],
    Try: lambda step: [step.body, *step.handlers, step.orelse, step.final],
    Within: lambda step: [step.body],
}

"""The steps of structured control flow, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.module_facts import Assume, Block, Choice, Condition, Loop, Step, Try, Within


def steps(block: Block) -> Iterator[Step]:
    """Every step of a block, those of the blocks inside included, in source order."""
    stack: list[Step] = list(reversed(block))
    while stack:
        step = stack.pop()
        yield step
        stack.extend(inner for part in reversed(_blocks(step)) for inner in reversed(part))


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
            for part in _blocks(step):
                yield from with_tests(part, conditions)


def _blocks(step: Step) -> list[Block]:
    match step:
        case Choice(arms):
            return [arm.body for arm in arms]
        case Loop():
            return [step.body, step.orelse]
        case Try():
            return [step.body, *step.handlers, step.orelse, step.final]
        case Within():
            return [step.body]
    return []

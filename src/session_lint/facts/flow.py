"""A function that nobody wrote: the calls that a framework makes by itself, in its order."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.packed import Packed

MARK = "~"  # in the name of a flow, before the name of the framework: `views.show~flask`


@dataclass(frozen=True, slots=True)
class Flow(Packed):
    """What makes a function a flow. `title` is the framework as people call it, `runs` what it runs, by full names.

    `handed`: the parameters of functions of the project, by full name, that are given this function: what a middleware calls.
    """

    title: str
    facts: FunctionFacts
    runs: tuple[str, ...] = ()
    handed: tuple[tuple[str, str], ...] = ()


def is_flow(full: str) -> bool:
    """Whether a full name is that of a flow."""
    return MARK in full


def written(full: str) -> str:
    """The name of a flow without what tells that it is one: the function or method that it stands for."""
    return full.partition(MARK)[0]

"""Which versions of session-lint may read a table."""

from __future__ import annotations

import re
from collections.abc import Callable

_PART = re.compile(r"\s*(==|>=|<=|!=|>|<)?\s*(\d+(?:\.\d+)*)\s*")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


def allows(wanted: str, version: str) -> bool | None:
    """Whether comparisons such as ">=0.1,<1" allow a version; None when they are none."""
    parts = [_PART.fullmatch(part) for part in wanted.split(",")]
    if None in parts:
        return None
    return all(_COMPARE[part[1] or "=="](_numbers(version), _numbers(part[2])) for part in parts if part)


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", text)[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))

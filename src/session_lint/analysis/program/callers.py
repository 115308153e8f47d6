"""What every known call of a function is made inside of: a transaction, a lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Calls: TypeAlias = dict[str, list[tuple[str, bool]]]  # a function -> its callers, and whether they call it inside

_HELPERS = 10  # helpers of helpers, each called by one function alone


def always(callers: Mapping[str, list[tuple[str, bool]]]) -> frozenset[str]:
    """Functions of which every known call has something around it, or is made by such a function."""
    found: set[str] = set()
    grown = True
    while grown:
        grown = False
        for full, calls in callers.items():
            if full not in found and calls and all(inside or caller in found for caller, inside in calls):
                found.add(full)
                grown = True
    return frozenset(found)


def with_helpers(calls: Calls) -> Calls:
    """The calls where a helper that one function alone calls is a part of that function: it counts as inside where the function makes
    the same call inside too, by itself or by another such helper."""
    homes = {full: found[0] for full, found in calls.items() if len(found) == 1}
    return {full: [(one, inside or _elsewhere(one, found, homes)) for one, inside in found] for full, found in calls.items()}


def _elsewhere(helper: str, calls: list[tuple[str, bool]], homes: Mapping[str, tuple[str, bool]]) -> bool:
    """Whether a function of which this is a helper makes one of the calls inside."""
    for _ in range(_HELPERS):
        home, _ = homes.get(helper, ("", False))
        if not home or home == helper:
            return False
        if any(_inside(one, inside, home, homes) for one, inside in calls):
            return True
        helper = home
    return False


def _inside(caller: str, inside: bool, home: str, homes: Mapping[str, tuple[str, bool]]) -> bool:  # noqa: FBT001 - one of a pair
    """Whether a call is made inside, seen from a function: by itself, or by helpers of it."""
    for _ in range(_HELPERS + 1):
        if caller == home:
            return inside
        above, around = homes.get(caller, ("", False))
        caller, inside = above, inside or around
    return False

"""The call path of a finding."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.location import Place


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step of the call path: `function` (its full name) does something at `place`."""

    function: str
    place: Place
    note: str = ""

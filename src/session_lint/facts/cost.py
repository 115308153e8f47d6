"""What a request costs: the getter calls of each entry point on its worst path."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice
from session_lint.facts.location import Place


@dataclass(frozen=True, slots=True)
class CostStep:
    """One call on the way to a getter: `function` makes the call `text` at `place`; in a loop when `repeated`."""

    function: str
    place: Place
    text: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """One getter call on a worst path: the record it obtains, and the calls from the entry point to it, the getter's own last."""

    record: str
    steps: tuple[CostStep, ...]

    @property
    def repeated(self) -> bool:
        """Whether a loop is around it: then it happens any number of times."""
        return any(step.repeated for step in self.steps)


@dataclass(frozen=True, slots=True)
class RecordCost:
    """The worst path of an entry point for one kind of record. `count` may be more than the lookups listed."""

    record: str
    count: int
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True, slots=True)
class EntryCost:
    """An entry point with what it costs: `lookups` for the kind of record that is obtained most often, `total` for all together.

    `kind`: "route", "task", "handler", "command", "script" (module-level code), "uncalled" (nobody in the project calls it).
    `records` are sorted, the most frequent first; `total` is counted on one path, so it can be less than their sum.
    """

    function: str
    place: Place
    kind: str
    label: str
    lookups: int
    total: int
    records: tuple[RecordCost, ...] = ()


@dataclass(frozen=True, slots=True)
class CostReport:
    """The entry points that obtain something, most lookups first. `without` counts those that a framework knows and that obtain nothing.

    `root` is the project root, an absolute path; "" when the project is in memory.
    """

    entries: tuple[EntryCost, ...]
    without: int = 0
    notices: tuple[Notice, ...] = ()
    root: str = ""

    def exceeding(self, limit: int | None) -> tuple[EntryCost, ...]:
        """The entry points with more lookups than the limit; none without a limit."""
        return tuple(entry for entry in self.entries if limit is not None and entry.lookups > limit)

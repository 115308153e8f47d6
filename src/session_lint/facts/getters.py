"""The getters of a project, with what shows that each is one."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice
from session_lint.facts.location import Place


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a getter, in words, and where it stands; None when that is the definition."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Getter:
    """A function that is a getter, or may be one.

    `status`: "known" (the analysis sees it), "configured" (the settings name it), "candidate" (the analysis does not take it for one;
    `reason` says why, and `suggested` that a setting is worth while). `keys` are the arguments that pick the record, `result` the
    attribute or item of the returned value by which callers know the record, "" when none shows.
    """

    function: str
    place: Place
    status: str
    evidence: tuple[Evidence, ...]
    keys: tuple[str, ...] = ()
    result: str = ""
    reason: str = ""
    suggested: bool = False


@dataclass(frozen=True, slots=True)
class GettersReport:
    """The getters and candidates, by place. `root` is the project root, an absolute path; "" when the project is in memory."""

    getters: tuple[Getter, ...]
    notices: tuple[Notice, ...] = ()
    root: str = ""

    @property
    def suggested(self) -> tuple[Getter, ...]:
        """The candidates that a setting would make getters."""
        return tuple(getter for getter in self.getters if getter.suggested)

"""What `fix` did, would do, and could not do."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Finding, Report


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after. `path` is relative to the project root; `before` is None for a file that is made."""

    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Repair:
    """The outcome of one run of `fix`.

    `repaired` are the findings that are gone, each with the fix that was applied, in the order of the passes. `left` is the
    report of what remains; each of its findings has a `fix` that says what would repair it, or why nothing can. `changes` are
    the files that differ, sorted by path; `passes` says how often edits were made.
    """

    repaired: tuple[Finding, ...]
    left: Report
    changes: tuple[Change, ...] = ()
    passes: int = 0

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The changed files that are UTF-8, as text: for projects in memory."""
        return tuple((change.path, change.after.decode("utf-8", "surrogatepass")) for change in self.changes)

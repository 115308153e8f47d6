"""The contract of a codemod: one rewrite that repairs the findings of one rule.

A codemod gets what a finding is about and the files, and answers with edits of several files, or with the reason why there
are none. It never writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from session_lint.facts.finding import Applicability, Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.repair.rewrite.file.source import CannotRepair, Sources


class Codemod(ABC):
    """One rewrite. The class docstring is its page, with the headings "What it does", "Fix safety" and "Known limitations".

    `repairs` is the code of the rule whose findings it takes.
    """

    DESCRIPTION: ClassVar[str]  # one line, for lists
    repairs: ClassVar[str]

    @property
    def name(self) -> str:
        """The codemod's name: the stem of its file, with hyphens."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    @abstractmethod
    def fix(self, intent: Intent, sources: Sources) -> Fix:
        """The repair of one finding. Raises CannotRepair, with the reason, where an edit could change what the code means."""


def safe(message: str, *edits: Edit) -> Fix:
    """A repair that keeps what the code does."""
    return Fix(Applicability.SAFE, message, edits)


def unsafe(message: str, *edits: Edit) -> Fix:
    """A repair that may change behaviour, or loses a comment: only with `--unsafe-fixes`."""
    return Fix(Applicability.UNSAFE, message, edits)


def shown(message: str, *edits: Edit) -> Fix:
    """An edit that no test has run on a real store: for a person to look at, never made."""
    return Fix(Applicability.DISPLAY, f"{message}; not run on a real database by the tests of session-lint, so it is only shown", edits)


def refused(error: CannotRepair) -> Fix:
    """No edit, and why."""
    return Fix(Applicability.DISPLAY, error.reason)

"""The contract of a codemod: one rewrite that repairs the findings of one rule.

A codemod gets what a finding is about and the files, and answers with edits of several files, or with the reason why there
are none. It never writes. Every item is also a LibCST command, for the repairs that stay in one file.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from session_lint.facts.finding import Applicability, Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.rewrite.source import CannotRepair, Sources


class Codemod(CodemodCommand):
    """One rewrite. The class docstring is its page, with the headings "What it does", "Fix safety" and "Known limitations".

    `repairs` is the code of the rule whose findings it takes.
    """

    DESCRIPTION: str = "A repair of session-lint."
    repairs: ClassVar[str]

    def __init__(self, context: CodemodContext | None = None) -> None:
        super().__init__(context if context is not None else CodemodContext())

    @property
    def name(self) -> str:
        """The codemod's name: the stem of its file, with hyphens."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    @abstractmethod
    def fix(self, intent: Intent, sources: Sources) -> Fix:
        """The repair of one finding. Raises CannotRepair, with the reason, where an edit could change what the code means."""

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """LibCST's own runner: every finding of the rule that this one file shows by itself is repaired."""
        from session_lint import api  # a front end, reached only from that runner

        name = (self.context.filename or "module.py").replace("\\", "/").rsplit("/", 1)[-1]
        repaired = api.fix_source({name: tree.code}, unsafe=True, only=self.name)
        text = dict(repaired.texts).get(name)
        return tree if text is None else cst.parse_module(text)


def safe(message: str, *edits: Edit) -> Fix:
    """A repair that keeps what the code does."""
    return Fix(Applicability.SAFE, message, edits)


def unsafe(message: str, *edits: Edit) -> Fix:
    """A repair that may change behaviour, or loses a comment: only with `--unsafe-fixes`."""
    return Fix(Applicability.UNSAFE, message, edits)


def refused(error: CannotRepair) -> Fix:
    """No edit, and why."""
    return Fix(Applicability.DISPLAY, error.reason)

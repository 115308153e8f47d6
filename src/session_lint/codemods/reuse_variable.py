"""The repair of ONE101."""

from __future__ import annotations

from typing import ClassVar

from session_lint.codemod import Codemod
from session_lint.facts.finding import Fix
from session_lint.facts.intent import Intent
from session_lint.rewrite.source import CannotRepair, Sources


class ReuseVariable(Codemod):
    """The second call becomes the variable that holds the first result.

    ## What it does

    ## Fix safety

    ## Known limitations
    """

    repairs: ClassVar[str] = "ONE101"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        del intent, sources
        raise CannotRepair("not written yet")

"""libcst's matchers, imported when one is first used: most repairs use none, and the import takes as long as reading some hundred files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from libcst.matchers import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        return getattr(import_module("libcst.matchers"), name)

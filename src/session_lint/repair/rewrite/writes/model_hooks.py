"""What else happens when a row of a model is saved: a `save` of its own, in the class or above it, and receivers."""

from __future__ import annotations

import re

from session_lint.repair.rewrite.file.source import Sources
from session_lint.repair.rewrite.writes.hooks import method, receiver

_PLAIN = frozenset({"models.Model", "Model", "object", ""})
_SIGNALS = "(?:pre|post)_save"


def of(sources: Sources, model: str) -> bool:
    """Whether something hears of each row that is saved, or may: a receiver of all models, a class above that is not in the project."""
    patterns = (
        receiver(_SIGNALS, model),
        rf"@receiver\((?![^)\n]*sender)[^)\n]*\b{_SIGNALS}\b",
        rf"\b{_SIGNALS}\.connect\((?![^)\n]*sender)",
    )
    return any(sources.search(pattern) for pattern in patterns) or _saves(sources, model, frozenset())


def narrow_save(sources: Sources, model: str) -> bool:
    """Whether the class has a `save` that takes no arguments."""
    return sources.search(rf"{method('save', model)}self\s*\)")


def _saves(sources: Sources, model: str, seen: frozenset[str]) -> bool:
    """Whether a class or one above it saves in a way of its own."""
    if sources.search(method("(?:save|save_base|full_clean)", model)):
        return True
    return any(
        base not in _PLAIN and (base in seen or _unknown(sources, base) or _saves(sources, base, seen | {model}))
        for base in _bases(sources, model)
    )


def _unknown(sources: Sources, base: str) -> bool:
    return not base.isidentifier() or not sources.search(rf"^class {base}\b")


def _bases(sources: Sources, model: str) -> list[str]:
    found: list[str] = []
    for path in sources.where(rf"^class {model}\b"):
        for heads in re.findall(rf"^class {model}\(([^)]*)\)", sources.text(path), re.MULTILINE):
            found += [one.strip() for one in heads.split(",") if "=" not in one]
    return found

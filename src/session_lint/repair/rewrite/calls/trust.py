"""How far an edit is trusted, from the doubts there are."""

from __future__ import annotations

from collections.abc import Iterable

from session_lint.facts.finding import Applicability, Edit, Fix


def fix(message: str, doubts: Iterable[str], *edits: Edit) -> Fix:
    """A repair that is safe without doubts, and else unsafe, with the doubts in its message."""
    known = tuple(dict.fromkeys(one for one in doubts if one))
    if not known:
        return Fix(Applicability.SAFE, message, edits)
    return Fix(Applicability.UNSAFE, f"{message}: {'; '.join(known)}", edits)

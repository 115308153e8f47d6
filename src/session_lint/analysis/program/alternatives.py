"""A clear whose filter grows under a condition: `query`, or `query.filter(kind=kind)`, which of the two it is the call does not say."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.events import Event, same_rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.terms import Const, Term, strip


def is_other(walked: Walk, clear: Event) -> bool:
    """Whether the clear is to be taken for another one of the same call: what may be added to a filter belongs to its key, and is not
    added where its value is known to be none."""
    for other in walked.events:
        if other is clear or other.kind is not EffectKind.CLEAR or other.path != clear.path or not same_rows(other, clear):
            continue
        if other.effect is not None and other.effect.selection is Selection.RANGE:  # an age or a limit is no part of a key
            continue
        more, less = list(_besides(other, clear)), list(_besides(clear, other))
        if (more and not less and not any(map(_is_none, more))) or (less and not more and any(map(_is_none, less))):
            return True
    return False


def _besides(wide: Event, other: Event) -> Iterator[Term]:
    """The values of the columns that one picks by and the other does not."""
    names = {name for name, _ in other.columns}
    return (value for name, value in wide.columns if name not in names)


def _is_none(value: Term) -> bool:
    inner = strip(value)
    return isinstance(inner, Const) and not inner.value

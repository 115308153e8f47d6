"""Taking out the clear that comes before an insert."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.rewrite import statements
from session_lint.rewrite.source import Sources


@dataclass(frozen=True, slots=True)
class Removal:
    """The edits that take the clear out, and the comments that go with its lines."""

    edits: tuple[Edit, ...]
    comments: tuple[str, ...] = ()


def removal(intent: Intent, material: Replacement, sources: Sources) -> Removal:
    """Takes out the statement of the clear in the meeting function.

    Raises CannotRepair when that could lose more than the clear, or when the insert does not always follow it.
    """
    del intent
    place = material.clear_chain[0].place
    source = sources[place.path]
    statement = source.statement(source.call_at(place.span))
    return Removal((statements.remove(source, statement),), statements.comments(source, statement))

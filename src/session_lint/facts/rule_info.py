"""What is said of a rule itself, for the output formats that list rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule. `summary` is a sentence or two, `explanation` its whole page; both are Markdown.

    `url` is where the page can be read, None while it is not published.
    """

    code: str
    name: str
    summary: str
    explanation: str
    url: str | None = None

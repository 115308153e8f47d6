"""How a call is written, for a person."""

from __future__ import annotations

from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import show


def call_text(site: CallSite) -> str:
    """A call as it is written, shortened; of one that is made on the user's behalf, as a person would write it."""
    if site.text:
        return site.text
    inside = [show(a, 40) for a in site.args] + [f"{k}={show(v, 40)}" for k, v in site.kwargs if k]
    return text if len(text := f"{show(site.func, 60)}({', '.join(inside)})") <= 90 else f"{show(site.func, 60)}(…)"

"""Codes that lead to the pages of their rules, in terminals that follow links."""

from __future__ import annotations

import os
from collections.abc import Mapping

from session_lint.facts.finding import Report
from session_lint.settings.settings import Settings

_FORCED = "FORCE_HYPERLINK"
# terminals that follow OSC 8, by what they set for the programs in them: the list of the crate supports-hyperlinks, which ruff goes by
_SET = ("DOMTERM", "WT_SESSION", "KONSOLE_VERSION")
_PROGRAMS = ("Hyper", "iTerm.app", "terminology", "WezTerm", "vscode", "ghostty", "zed")
_TERMS = ("xterm-kitty", "alacritty", "alacritty-direct", "xterm-ghostty")
_VTE = 5000  # 0.50, the first of the widget behind GNOME Terminal and others that does


def followed(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether links are followed where the output goes. FORCE_HYPERLINK decides when it is set: 0 for never, anything else for always."""
    forced = environment.get(_FORCED)
    if forced is not None:
        return forced.strip() not in ("", "0")
    if not terminal or environment.get("TERM") == "dumb":
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        any(name in environment for name in _SET)
        or environment.get("TERM_PROGRAM") in _PROGRAMS
        or environment.get("TERM") in _TERMS
        or (vte.isdigit() and int(vte) >= _VTE)
    )


def pages(report: Report, settings: Settings, *, terminal: bool, use_cache: bool) -> Mapping[str, str]:
    """The page of each rule, by code; empty where nobody follows links, nothing is found, or the cache, beside which they are, is off."""
    if not use_cache or not (report.findings or report.repaired) or not followed(os.environ, terminal=terminal):
        return {}
    from session_lint import rule_pages  # for this alone: it imports every rule

    return rule_pages.written(settings)

"""The page: what was checked, what can be chosen, the findings, what the rules say. The same report gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import PurePath

from session_lint.facts.finding import Finding, Report, RuleInfo
from session_lint.known.identity import fingerprints
from session_lint.reporting.html_report.card import Card, card
from session_lint.reporting.html_report.markdown import inline, rendered
from session_lint.reporting.html_report.markup import Html, element
from session_lint.reporting.html_report.scope import blind_spots, headline, numbers, repaired
from session_lint.version import __version__

_OPEN = 12  # more findings than this begin folded up


def page(report: Report) -> str:
    """The whole document."""
    style, script = _resource("report.css"), _resource("report.js")
    project = PurePath(report.root).name or "Project"
    findings = sorted(report.findings, key=lambda finding: finding.sort_key)
    found = {finding.code for finding in findings}
    rules = [rule for rule in report.rules if rule.code in found]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"session-lint {__version__}"),
        element("title", f"session-lint: {project}, {headline(report)}"),
        element("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        _top(report, project, findings),
        element("main", _filters(findings), _findings(report, findings, rules), repaired(report), _rules(rules)),
        element("footer", f"session-lint {__version__}. This file needs no network; paths are relative to the project root."),
        element("script", script),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _resource(name: str) -> Html:
    return Html(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _policy(style: str, script: str) -> str:
    """Only our own style and script may run, whatever else gets into the page, and nothing is loaded."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; base-uri 'none'; form-action 'none'"


def _top(report: Report, project: str, findings: Sequence[Finding]) -> Html:
    return element(
        "header",
        element("p", "session-lint ", element("span", __version__, class_="version"), class_="tool"),
        element("h1", project),
        element("p", headline(report), class_="good headline" if not findings and not report.notices else "headline"),
        numbers(report),
        blind_spots(report),
        class_="top",
    )


def _filters(findings: Sequence[Finding]) -> Html:
    """Only the script can filter, so only the script shows them."""
    if not findings:
        return Html()
    codes = sorted(Counter((finding.code, finding.name) for finding in findings).items())
    rules = [
        element(
            "label",
            element("input", type="checkbox", name="rule", value=code, checked=True),
            element("span", code, title=name, class_="code"),
            " ",
            element("span", str(count), class_="count", data_count=code),
            class_="chip",
        )
        for (code, name), count in codes
    ]
    return element(
        "form",
        element(
            "div",
            element("label", "Search", for_="search"),
            element("input", id="search", type="search", name="search", autocomplete="off"),
            class_="field wide",
        ),
        element("fieldset", element("legend", "Rules"), *rules),
        _choice("confidence", "Confidence", sorted({finding.confidence.value for finding in findings})),
        _choice("file", "File", sorted({finding.place.path for finding in findings})),
        element("label", element("input", type="checkbox", name="repairable"), "Repairable only", class_="chip"),
        element("button", "Reset", type="reset"),
        element("button", "Unfold all", type="button", id="unfold"),
        element("button", "Fold all", type="button", id="fold"),
        element("output", id="shown", for_="search", aria_live="polite"),
        id="filters",
        class_="filters",
        hidden=True,
        aria_label="Choose findings",
    )


def _choice(name: str, label: str, values: Sequence[str]) -> Html:
    options = [element("option", "any", value=""), *(element("option", value, value=value) for value in values)]
    return element(
        "div", element("label", label, for_=f"by-{name}"), element("select", *options, id=f"by-{name}", name=name), class_="field"
    )


def _findings(report: Report, findings: Sequence[Finding], rules: Sequence[RuleInfo]) -> Html:
    identifiers = fingerprints(findings)
    sources, explained = dict(report.sources), frozenset(rule.code for rule in rules)
    cards = [card(Card(finding, f"f-{identifiers[finding]}", sources, explained), opened=len(findings) <= _OPEN) for finding in findings]
    nothing = element("p", "No finding matches.", id="nothing", hidden=True)
    return element("section", element("h2", "Findings"), *cards, nothing, id="findings", tabindex="-1")


def _rules(rules: Sequence[RuleInfo]) -> Html:
    if not rules:
        return Html()
    return element("section", element("h2", "The rules"), *map(_rule, rules), class_="rules")


def _rule(rule: RuleInfo) -> Html:
    published = element("p", element("a", "Read it online", href=rule.url, rel="noreferrer")) if rule.url else ""
    pieces = [element("span", rule.code, class_="code"), element("span", rule.name, class_="name"), " ", inline(rule.summary)]
    return element(
        "article",
        element(
            "details", element("summary", element("h3", *pieces)), element("div", rendered(rule.explanation, 4), published, class_="body")
        ),
        id=f"rule-{rule.code}",
        class_="rule",
    )

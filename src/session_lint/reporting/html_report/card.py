"""One finding on the page."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from session_lint.facts.finding import Applicability, Confidence, Edit, Finding, Fix
from session_lint.facts.location import Place
from session_lint.repair import changeset
from session_lint.reporting.html_report.code import listing
from session_lint.reporting.html_report.markdown import inline
from session_lint.reporting.html_report.markup import Html, element, together
from session_lint.reporting.html_report.paths import paths
from session_lint.reporting.html_report.picture import picture, steps
from session_lint.reporting.stories import Moment, Story, story

_KINDS = {"+": "add", "-": "del", "@": "hunk"}

_TRUST = {
    Applicability.SAFE: "safe: made by session-lint fix",
    Applicability.UNSAFE: "unsafe: behaviour may change; made by session-lint fix --unsafe-fixes",
    Applicability.DISPLAY: "advice: no edits are made",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What it takes to show a finding. `sources` are texts by path; `explained` are the rules that the page has a section for."""

    finding: Finding
    identifier: str
    sources: Mapping[str, str]
    explained: frozenset[str]


def repairable(finding: Finding) -> bool:
    """Whether there are edits that would repair it."""
    return finding.fix is not None and finding.fix.can_be_made


def card(one: Card, *, opened: bool) -> Html:
    """The finding, which folds up to its message."""
    finding = one.finding
    return element(
        "article",
        element("details", _head(one), element("div", *_body(one), class_="body"), open=opened),
        element(
            "a",
            "#",
            href=f"#{one.identifier}",
            class_="link",
            title="Link to this finding",
            aria_label=f"Link to {finding.code} at {finding.place}",
        ),
        id=one.identifier,
        class_="finding",
        data_rule=finding.code,
        data_confidence=finding.confidence.value,
        data_file=finding.place.path,
        data_repairable="yes" if repairable(finding) else "no",
        aria_labelledby=f"{one.identifier}-head",
    )


def _head(one: Card) -> Html:
    finding = one.finding
    marks = [
        element("span", finding.code, class_="code"),
        element("span", finding.name, class_="name"),
        element("span", "likely", class_="mark likely", title="nothing shows that the two keys differ")
        if finding.confidence is Confidence.LIKELY
        else "",
        element("span", "repairable", class_="mark repairable") if repairable(finding) else "",
        element("span", f"{finding.place}:{finding.place.span.column}", class_="where"),
    ]
    return element(
        "summary",
        element("span", *marks, class_="marks"),
        element("h3", inline(finding.message), id=f"{one.identifier}-head"),
    )


def _body(one: Card) -> list[Html]:
    finding = one.finding
    explain = element("a", f"What {finding.code} is about", href=f"#rule-{finding.code}") if finding.code in one.explained else ""
    return [
        _source(one),
        _chain(one),
        _race(one),
        _repair(one, finding.fix) if finding.fix is not None else Html(),
        element("p", explain, class_="more") if explain else Html(),
    ]


def _source(one: Card) -> Html:
    finding = one.finding
    places = [("reported here", finding.place, 2), *((related.message, related.place, 1) for related in finding.related)]
    return element("section", element("h4", "Source"), *(_excerpt(one, *place) for place in places), class_="source")


def _excerpt(one: Card, message: str, place: Place, context: int) -> Html:
    caption = element("figcaption", element("span", f"{place}:{place.span.column}", class_="where"), " ", inline(message))
    return element("figure", caption, listing(one.sources.get(place.path, ""), place.span, context))


def _chain(one: Card) -> Html:
    found = paths(one.finding)
    if found is None:
        return Html()
    words = element("details", element("summary", "The call chain in words"), steps(found), class_="words")
    drawing = element("div", picture(found, one.identifier), class_="scroll", tabindex="0", role="group", aria_label="Call chain, drawn")
    return element("section", element("h4", "Call chain"), drawing, words, class_="chain")


def _race(one: Card) -> Html:
    told = story(one.finding)
    return Html() if told is None else element("section", element("h4", "What can happen"), race(told), class_="race")


def _repair(one: Card, fix: Fix) -> Html:
    changes = diff(fix.edits, one.sources)
    lost = "The edits cannot be shown: the text of a file is not known." if fix.edits and not changes else ""
    return element(
        "section",
        element("h4", "Repair"),
        element("p", inline(fix.message), " ", element("span", _TRUST[fix.applicability], class_="trust")),
        together(changes),
        element("p", lost) if lost else "",
        class_="repair",
    )


def diff(edits: tuple[Edit, ...], sources: Mapping[str, str]) -> tuple[Html, ...]:
    """One listing per changed file, by path; nothing when the text of a file is not known or the edits do not fit it."""
    contents = {edit.path: sources[edit.path].encode("utf-8", "surrogatepass") for edit in edits if edit.path in sources}
    try:
        after = changeset.apply(contents, edits, {})
    except changeset.CannotApply:
        return ()
    return tuple(_file(path, sources.get(path, ""), after[path].decode("utf-8", "surrogatepass")) for path in sorted(after))


def _file(path: str, before: str, after: str) -> Html:
    lines = list(difflib.unified_diff(before.split("\n"), after.split("\n"), n=3, lineterm=""))[2:]
    rows = [element("span", line, "\n", class_=f"diff-{_KINDS.get(line[:1], 'same')}") for line in lines]
    label = element("figcaption", path)
    return element("figure", label, element("pre", element("code", *rows), tabindex="0", aria_label=f"Changes in {path}"), class_="diff")


def race(story: Story) -> Html:
    """The table, and how it ends."""
    head = element("tr", element("th", "time", scope="col", class_="time"), *(element("th", actor, scope="col") for actor in story.actors))
    rows = [_row(story, number, moment) for number, moment in enumerate(story.moments, start=1)]
    caption = element("caption", "One order of events that the code allows; time runs downwards.")
    table = element("table", caption, element("thead", head), element("tbody", *rows))
    return element(
        "div",
        element("div", table, class_="scroll", tabindex="0", role="group", aria_label="Order of events"),
        element("p", element("strong", "In the end: "), inline(story.outcome), class_="outcome"),
        element("p", element("strong", "Transaction: "), inline(story.protection), class_="guard") if story.protection else "",
    )


def _row(story: Story, number: int, moment: Moment) -> Html:
    cells = [_cell(moment) if actor == moment.actor else element("td", class_="idle") for actor in range(len(story.actors))]
    return element("tr", element("th", str(number), scope="row", class_="time"), *cells)


def _cell(moment: Moment) -> Html:
    where = element("span", element("code", f"{moment.function}()"), f" {moment.place}", class_="where") if moment.place is not None else ""
    return element("td", element("span", inline(moment.text), class_="event"), where, class_="acts harm" if moment.harm else "acts")

"""A race story as a table: a column for each request, time downwards."""

from __future__ import annotations

from session_lint.reporting.html_report.markdown import inline
from session_lint.reporting.html_report.markup import Html, element
from session_lint.reporting.stories import Moment, Story


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

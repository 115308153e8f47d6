"""Tables of a run: counts per rule, unresolved calls."""

from __future__ import annotations

import json
from dataclasses import replace

from reporting.reporters.fixed_report import CLEARED, REPORT, UNTHREADED
from session_lint.reporting import listing
from session_lint.reporting.reporter import Style

STYLE = Style(base="/project")
MANY = replace(REPORT, findings=(UNTHREADED, *[CLEARED] * 11))


def test_statistics_put_the_most_frequent_first_and_align() -> None:
    assert listing.statistics(MANY, STYLE) == "11\tONE201\tclear-then-insert\n 1\tONE103\tunthreaded-session\nFound 12 findings.\n"


def test_statistics_break_a_tie_by_code() -> None:
    assert [row["code"] for row in json.loads(listing.statistics_json(REPORT))] == ["ONE103", "ONE201"]


def test_statistics_of_a_clean_run() -> None:
    clean = replace(REPORT, findings=(), notices=())
    assert listing.statistics(clean, STYLE) == "All checks passed!\n"
    assert listing.statistics(clean, replace(STYLE, summary=False)) == ""
    assert listing.statistics_json(clean) == "[]\n"


def test_unresolved_calls_are_counted_then_listed_by_reason() -> None:
    assert listing.unresolved(REPORT, STYLE).splitlines() == [
        "12 calls resolved, 3 to code outside the project, 3 not resolved.",
        "      2  unknown receiver",
        "      1  dynamic call",
        "",
        "unknown receiver:",
        "  src/handlers/pipeline.py:4:5  thing.do",
        "  src/state.py:2:5  db.table",
        "",
        "dynamic call:",
        "  src/handlers/message.py:1:1  HANDLERS[kind]",
    ]


def test_unresolved_calls_as_json_are_sorted_by_place() -> None:
    calls = json.loads(listing.unresolved_json(REPORT))
    assert [call["text"] for call in calls] == ["HANDLERS[kind]", "thing.do", "db.table"]
    assert calls[0] == {
        "reason": "dynamic call",
        "text": "HANDLERS[kind]",
        "filename": "/project/src/handlers/message.py",
        "location": {"row": 1, "column": 1},
    }
    assert listing.unresolved_json(replace(REPORT, unresolved=REPORT.unresolved[::-1])) == listing.unresolved_json(REPORT)

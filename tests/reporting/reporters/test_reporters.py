"""Every reporter renders one fixed report as its golden file says; a golden file is changed by hand, after reading it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import session_lint.reporting.reporters
from reporting.reporters.fixed_report import CLEAN, REPORT
from session_lint import __version__, api
from session_lint.analysis import pipeline
from session_lint.facts.location import Place, Span
from session_lint.reporting.reporter import Reporter, Style
from session_lint.reporting.reporters.concise import Concise
from session_lint.reporting.reporters.full import Full
from session_lint.reporting.reporters.github import Github
from session_lint.reporting.reporters.gitlab import Gitlab
from session_lint.reporting.reporters.grouped import Grouped
from session_lint.reporting.reporters.html import Html
from session_lint.reporting.reporters.json import Json
from session_lint.reporting.reporters.junit import Junit
from session_lint.reporting.reporters.rdjson import Rdjson
from session_lint.reporting.reporters.sarif import Sarif
from session_lint.settings.settings import Settings

HERE = Path(__file__).parent
REPORTERS: tuple[Reporter, ...] = (Concise(), Full(), Github(), Gitlab(), Grouped(), Json(), Junit(), Rdjson(), Sarif())
OWN_TESTS: tuple[Reporter, ...] = (Html(),)  # a page is too large to be read as a golden file: test_html.py
STYLE = Style(base="/project")

_POINT = {
    "type": "object",
    "properties": {"row": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "required": ["row", "column"],
    "additionalProperties": False,
}


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_TEXT = {"type": "string", "minLength": 1}
SCHEMA = {
    "type": "array",
    "items": _object(
        code={"type": "string", "pattern": "^ONE[0-9]{3}$"},
        name={"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
        message=_TEXT,
        filename=_TEXT,
        location=_POINT,
        end_location=_POINT,
        url={"type": ["string", "null"]},
        noqa_row={"type": "integer", "minimum": 1},
        confidence={"enum": ["certain", "likely"]},
        related={"type": "array", "items": _object(message=_TEXT, filename=_TEXT, location=_POINT)},
        chain={"type": "array", "items": _object(function=_TEXT, filename=_TEXT, location=_POINT)},
        fix={
            "anyOf": [
                {"type": "null"},
                _object(
                    applicability={"enum": ["safe", "unsafe", "display"]},
                    message=_TEXT,
                    edits={
                        "type": "array",
                        "items": _object(filename=_TEXT, content={"type": "string"}, location=_POINT, end_location=_POINT),
                    },
                ),
            ]
        },
    ),
}


def test_every_format_of_the_room_is_tested() -> None:
    room = Path(next(iter(session_lint.reporting.reporters.__path__)))
    assert sorted(reporter.name for reporter in (*REPORTERS, *OWN_TESTS)) == sorted(
        f.stem for f in room.glob("*.py") if f.stem != "__init__"
    )


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda r: r.name)
def test_golden(reporter: Reporter) -> None:
    assert reporter.render(REPORT, STYLE) == (HERE / f"{reporter.name}.txt").read_text(encoding="utf-8").replace("@version@", __version__)


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda r: r.name)
def test_order_of_findings_does_not_matter(reporter: Reporter) -> None:
    assert reporter.render(replace(REPORT, findings=REPORT.findings[::-1]), STYLE) == reporter.render(REPORT, STYLE)


@pytest.mark.parametrize("reporter", [Concise(), Full(), Grouped()], ids=lambda r: r.name)
def test_colours_change_nothing_but_colours(reporter: Reporter) -> None:
    painted = reporter.render(REPORT, replace(STYLE, color=True))
    assert painted != reporter.render(REPORT, STYLE)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == reporter.render(REPORT, STYLE)


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda r: r.name)
def test_no_escape_code_of_the_analysed_source_reaches_the_terminal(reporter: Reporter) -> None:
    assert "\x1b" not in reporter.render(REPORT, STYLE)


def test_json_follows_the_schema() -> None:
    found = json.loads(Json().render(REPORT, STYLE))
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert [f["code"] for f in found] == ["ONE103", "ONE201"]
    assert found[0]["filename"] == "/project/src/handlers/message.py"


def test_json_of_a_clean_run_is_an_empty_array() -> None:
    assert Json().render(CLEAN, STYLE) == "[]\n"


def test_json_of_a_project_in_memory_keeps_its_paths() -> None:
    found = json.loads(Json().render(replace(REPORT, root=""), STYLE))
    assert found[0]["filename"] == "src/handlers/message.py"


def test_clean_run_says_so() -> None:
    assert Concise().render(CLEAN, STYLE) == Full().render(CLEAN, STYLE) == "All checks passed!\n"


def test_a_run_that_missed_a_file_does_not_claim_that_all_passed() -> None:
    missed = replace(CLEAN, notices=REPORT.notices)
    assert Concise().render(missed, STYLE) == "No findings in the files that could be analysed.\n"


def test_quiet_leaves_the_findings_only() -> None:
    quiet = replace(STYLE, summary=False)
    assert Concise().render(CLEAN, quiet) == Full().render(CLEAN, quiet) == ""
    assert Concise().render(REPORT, quiet).count("\n") == 2


def test_a_path_outside_the_base_is_shown_in_full() -> None:
    assert Concise().render(REPORT, Style(base="/proj")).startswith("/project/src/handlers/message.py:2:21: ONE103 ")


def test_grouped_lines_up_the_places_of_a_file() -> None:
    finding = REPORT.findings[1]
    other = replace(finding, place=Place(finding.place.path, Span(112, 3, 112, 4)))
    report = replace(REPORT, findings=(finding, other), repaired=(replace(other, place=REPORT.findings[0].place),))
    left = f"{finding.message} (help: add a parameter `session` to execute_direct_handler and pass it (with --unsafe-fixes))"
    assert Grouped().render(report, STYLE) == (
        "src/handlers/message.py:\n"
        f"    2:21  ONE103 [unthreaded-session] {left}\n"
        f"  112:3   ONE103 [unthreaded-session] {left}\n"
        "\n"
        "src/state.py:\n"
        "  3:5  ONE103 [unthreaded-session] repaired: add a parameter `session` to execute_direct_handler and pass it\n"
        "\n"
        "Found 3 findings: 1 repaired, 2 left. --unsafe-fixes would repair 2 of them.\n"
    )
    assert Grouped().render(CLEAN, STYLE) == "All checks passed!\n"
    assert Grouped().render(CLEAN, replace(STYLE, summary=False)) == ""


def test_full_shows_the_way_to_both_halves() -> None:
    """Also where two callees obtain, and the function where they meet does not."""
    files = {
        "store.py": "def get_or_create_session(user_id):\n    return client.table('sessions').upsert({'user_id': user_id}).execute()\n",
        "parts.py": "from store import get_or_create_session\n\n\n"
        "def first(user_id):\n    session = get_or_create_session(user_id)\n    print(session)\n\n\n"
        "def second(user_id):\n    session = get_or_create_session(user_id)\n    print(session)\n",
        "handle.py": "from parts import first, second\n\n\ndef handle(user_id):\n    first(user_id)\n    second(user_id)\n",
    }
    text = Full().render(pipeline.run_sources(files, Settings(root=Path("/project")), api.rules), STYLE)
    assert (
        "call path:\n"
        "  handle.py:5    handle  first(user_id)\n"
        "    parts.py:5   first   the record for user_id is obtained here first\n"
        "  handle.py:6    handle  second(user_id)\n"
        "    parts.py:10  second  get_or_create_session(user_id)\n"
    ) in text

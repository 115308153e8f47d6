"""The formats for other tools: right columns in each one's unit, paths in the repository, limits, and words that mean something to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reporting.reporters.exchange import Annotation, official_sarif, read_github, read_gitlab, read_junit, read_rdjson, read_sarif
from reporting.reporters.fixed_report import CLEAN, HARD, NAME, OTHER, REPORT
from session_lint.facts.finding import ChainStep, Confidence, Finding, Notice, Related, Report, RuleInfo
from session_lint.facts.location import Place, Span
from session_lint.reporting.reporter import Reporter, Style
from session_lint.reporting.reporters import sarif
from session_lint.reporting.reporters.github import Github
from session_lint.reporting.reporters.gitlab import Gitlab
from session_lint.reporting.reporters.junit import Junit
from session_lint.reporting.reporters.rdjson import Rdjson
from session_lint.reporting.reporters.sarif import Sarif

RULES = (RuleInfo("ONE101", "repeated-getter", "Again.", "Again."), RuleInfo("ONE102", "omitted-session-argument", "Without.", "Without."))
TOLD = replace(HARD, rules=RULES)


def _many(certain: int, likely: int) -> Report:
    """Findings in one file, the likely ones first."""
    findings = [
        Finding("ONE101", "repeated-getter", f"number {row}", Place("a.py", Span(row, 1, row, 2)), Confidence.LIKELY)
        for row in range(1, likely + 1)
    ]
    findings += [
        replace(findings[0], place=Place("a.py", Span(row, 1, row, 2)), confidence=Confidence.CERTAIN) for row in range(501, 501 + certain)
    ]
    return replace(CLEAN, findings=tuple(findings), rules=RULES)


READ: list[tuple[Reporter, Callable[[str], object]]] = [
    (Sarif(), read_sarif),
    (Gitlab(), read_gitlab),
    (Rdjson(), read_rdjson),
    (Junit(), read_junit),
    (Github(), read_github),
]


@pytest.mark.parametrize(("reporter", "read"), READ, ids=lambda one: one.name if isinstance(one, Reporter) else "")
@pytest.mark.parametrize(
    "report",
    [REPORT, CLEAN, TOLD, replace(TOLD, root="", repository=""), replace(TOLD, repaired=REPORT.findings), _many(30, 30)],
    ids=["usual", "clean", "hard", "in memory", "after fix", "many"],
)
def test_whatever_is_reported_can_be_read(reporter: Reporter, read: Callable[[str], object], report: Report) -> None:
    text = reporter.render(report, Style())
    assert text.endswith("\n") or not text
    read(text)


# paths


def test_paths_begin_at_the_root_of_the_repository() -> None:
    (again, without) = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["results"]
    assert _file(again) == {"uri": "service/api/a%20b/%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    assert _file(without) == {"uri": "service/api/other.py", "uriBaseId": "%SRCROOT%"}
    inside = {"service/api/a b/é.py", "service/api/other.py", "service/api/broken.py"}
    assert {issue["location"]["path"] for issue in read_gitlab(Gitlab().render(HARD, Style()))} == {*inside, "rule ONE101"}
    assert {one["location"]["path"] for one in read_rdjson(Rdjson().render(HARD, Style()))} == {*inside, "rule ONE101"}
    assert {one.properties.get("file") for one in read_github(Github().render(HARD, Style()))} == {*inside, None}
    assert {case.attrib["file"] for case in read_junit(Junit().render(HARD, Style()))} == {*inside, "rule ONE101"}


def test_a_project_in_memory_has_no_root() -> None:
    run = read_sarif(Sarif().render(replace(TOLD, root="", repository=""), Style()))["runs"][0]
    assert "originalUriBaseIds" not in run
    assert _file(run["results"][0]) == {"uri": "a%20b/%C3%A9.py"}


@pytest.mark.parametrize(
    ("repository", "uri"), [("/repo", "file:///repo/"), ("/", "file:///"), ("/a b", "file:///a%20b/"), ("C:\\r", "file:///C:/r/")]
)
def test_the_root_of_a_sarif_log_ends_in_a_slash(repository: str, uri: str) -> None:
    run = read_sarif(Sarif().render(replace(CLEAN, root=repository, repository=repository), Style()))["runs"][0]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": uri}}


def _file(result: dict) -> object:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]


# columns


def test_sarif_counts_code_points() -> None:
    again = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["results"][0]
    region = again["relatedLocations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 19, "endLine": 1, "endColumn": 22}
    assert NAME.splitlines()[0][18:21] == "get"


def test_rdjson_counts_bytes_of_utf_8() -> None:
    again = next(one for one in read_rdjson(Rdjson().render(HARD, Style())) if one["code"]["value"] == "ONE101")
    lines = NAME.encode().split(b"\n")
    span = again["location"]["range"]
    assert lines[1][span["start"]["column"] - 1 : span["end"]["column"] - 1] == b"get"
    span = again["related_locations"][0]["location"]["range"]
    assert lines[0][span["start"]["column"] - 1 : span["end"]["column"] - 1] == b"get"
    assert span["start"]["column"] == 19 + 3 + 1  # three bytes more for 𐐀, one for é


def test_a_region_of_several_lines_is_its_first_line() -> None:
    report = replace(REPORT, findings=tuple(f for f in REPORT.findings if f.code == "ONE201"))
    assert _region(report) == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 30}
    (annotation,) = (one for one in read_github(Github().render(report, Style())) if one.kind == "warning")
    assert [annotation.properties[name] for name in ("line", "endLine", "endColumn")] == ["3", "3", "30"]
    assert _region(replace(report, sources=())) == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 6}


def _region(report: Report) -> object:
    result = read_sarif(Sarif().render(report, Style()))["runs"][0]["results"][0]
    return result["locations"][0]["physicalLocation"]["region"]


# repairs


def test_a_repair_of_several_files_is_one_fix_of_sarif() -> None:
    (again, without) = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["results"]
    (fix,) = without["fixes"]
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == [
        "service/api/a%20b/%C3%A9.py",
        "service/api/other.py",
    ]
    assert fix["properties"] == {"applicability": "unsafe"}
    assert fix["artifactChanges"][0]["replacements"][0]["deletedRegion"] == {
        "startLine": 1,
        "startColumn": 10,
        "endLine": 2,
        "endColumn": 1,
    }
    (fix,) = again["fixes"]
    rows = [one["deletedRegion"]["startLine"] for one in fix["artifactChanges"][0]["replacements"]]
    assert rows == [1, 2]


def test_a_suggestion_of_rdjson_is_the_whole_repair() -> None:
    again, without = (one for one in read_rdjson(Rdjson().render(HARD, Style())) if one["code"]["value"] != "not-analysed")
    assert without["suggestions"] == []  # half of it would be in another file
    (suggestion,) = again["suggestions"]
    lines = NAME.encode().splitlines(keepends=True)
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    repaired = b"".join(
        [
            *lines[: start["line"] - 1],
            lines[start["line"] - 1][: start["column"] - 1],
            suggestion["text"].encode(),
            lines[end["line"] - 1][end["column"] - 1 :],
            *lines[end["line"] :],
        ]
    )
    assert repaired.decode() == "𐐀é = 1; ſ = get(user)\nprint('é', session); done()\n"


def test_after_fix_every_format_says_why_a_finding_is_left() -> None:
    left = replace(HARD, findings=(replace(HARD.findings[0], fix=replace(HARD.findings[0].fix, edits=())),), repaired=(), rules=RULES)  # type: ignore[type-var]
    for reporter, _ in READ:
        assert "(not repaired: pass it)" in reporter.render(left, Style()), reporter.name


# the path


def test_the_code_flow_is_what_happened_first_the_path_and_what_follows() -> None:
    again, without = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["results"]
    assert _flow(again) == [(0, "obtained [here] first"), (0, "here, in f")]
    assert _flow(without) == [(0, "in hand"), (0, "here, in call"), (1, "again")]


def test_a_finding_shown_at_another_step_keeps_its_code_flow() -> None:
    without = HARD.findings[0]
    caller = ChainStep("other.main", Place("other.py", Span(1, 5, 1, 9)))
    whole = replace(without, chain=(caller, *without.chain))
    moved = replace(whole, place=caller.place, related=(Related("it stands here", without.place), *without.related))
    one, other = (read_sarif(Sarif().render(replace(TOLD, findings=(f,)), Style()))["runs"][0]["results"][0] for f in (whole, moved))
    assert _flow(one) == _flow(other) == [(0, "in hand"), (0, "main calls call"), (1, "here, in call"), (2, "again")]
    assert other["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_long_path_is_cut_in_the_middle() -> None:
    chain = tuple(ChainStep(f"m.f{n}", Place("m.py", Span(n, 1, n, 2)), f"step {n}") for n in range(1, 2001))
    finding = replace(HARD.findings[0], related=(), chain=chain)
    (result,) = read_sarif(Sarif().render(replace(TOLD, findings=(finding,)), Style()))["runs"][0]["results"]
    flow = [text for _, text in _flow(result)]
    assert len(flow) == 1000
    assert (flow[0], flow[499], flow[500], flow[-1]) == ("step 1", "step 500", "step 1501", "step 2000")


def _flow(result: dict) -> list[tuple[int, str]]:
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["executionOrder"] for step in steps] == list(range(1, len(steps) + 1))
    return [(step["nestingLevel"], step["location"]["message"]["text"]) for step in steps]


# limits, words


def test_sarif_tells_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_RESULTS", 40)
    run = read_sarif(Sarif().render(_many(30, 30), Style()))["runs"][0]
    assert [result["level"] for result in run["results"]] == ["warning"] * 10 + ["error"] * 30
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification == {"level": "warning", "message": {"text": "20 findings are left out: code scanning takes 40 of a run"}}
    assert run["invocations"][0]["executionSuccessful"]


def test_what_stands_in_the_source_is_no_link_of_a_message() -> None:
    again = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["results"][0]
    assert again["message"]["text"] == "`get(user)` <again> for `data[0] (1)`, 100% | sure: see. See [obtained \\[here\\] first](1)."


def test_notices_are_notifications_of_sarif() -> None:
    (invocation,) = read_sarif(Sarif().render(TOLD, Style()))["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == [
        "cannot be parsed: \ufffd",
        "again",
        "rule ONE101: failed: boom",
    ]
    assert "locations" not in invocation["toolExecutionNotifications"][2]


def test_github_gets_the_words_it_was_given() -> None:
    found = read_github(Github().render(HARD, Style()))
    assert found[0] == Annotation(
        "error",
        {"title": "session-lint (ONE101)", "file": "service/api/a b/é.py", "line": "2", "col": "12", "endLine": "2", "endColumn": "15"},
        "ONE101 [repeated-getter] `get(user)` <again> for `data[0](1)`, 100% | sure: see\nservice/api/a b/é.py:1: obtained [here] first",
    )
    assert found[1] == Annotation(
        "error", {"title": "session-lint", "file": "service/api/broken.py", "line": "3"}, "cannot be parsed: \ufffd"
    )
    assert found[3] == Annotation("error", {"title": "session-lint"}, "rule ONE101: failed: boom")
    odd = replace(HARD, notices=(Notice("a,b:c%.py", "x"),))
    assert read_github(Github().render(odd, Style()))[1].properties["file"] == "service/api/a,b:c%.py"


def test_github_shows_ten_errors_and_ten_warnings_and_counts_the_rest() -> None:
    report = replace(_many(14, 12), notices=(Notice("broken.py", "cannot be parsed", 2),))
    text = Github().render(report, Style())
    found = read_github(text)
    assert [one.kind for one in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert found[-1].message.startswith("7 more: GitHub shows 10 errors and 10 warnings of a step.")
    plain = text.splitlines()[text.splitlines().index("::group::7 more") + 1 : text.splitlines().index("::endgroup::")]
    assert plain[0] == "a.py:511:1: ONE101 [repeated-getter] number 1"
    assert plain[-1] == "broken.py:2: cannot be parsed"
    assert len(plain) == 7


def test_github_summary_is_a_table() -> None:
    assert Github().appendix(HARD) == (
        "### session-lint\n\nFound 2 findings.\n\n"
        "| rule | place | what |\n| --- | --- | --- |\n"
        "| ONE101 repeated-getter | service/api/a b/é.py:2 | `get(user)` &lt;again> for `data[0](1)`, 100% \\| sure: see |\n"
        "| ONE102 omitted-session-argument | service/api/other.py:2 | called without |\n"
        "| not analysed | service/api/broken.py:3 | cannot be parsed: \ufffd |\n"
        "| not analysed | service/api/broken.py | again |\n"
        "| not analysed | rule ONE101 | failed: boom |\n\n"
    )
    assert Github().appendix(CLEAN) == "### session-lint\n\nAll checks passed!\n\n"
    long = Github().appendix(_many(300, 300))
    assert long.count("\n| ONE101") == 500
    assert "\n100 more are in the log of the step.\n" in long


def test_gitlab_fingerprints_do_not_follow_the_lines() -> None:
    moved = replace(TOLD, findings=tuple(replace(f, place=replace(f.place, span=Span(9, 1, 9, 2))) for f in TOLD.findings))
    before, after = (read_gitlab(Gitlab().render(report, Style())) for report in (TOLD, moved))
    assert [issue["fingerprint"] for issue in before] == [issue["fingerprint"] for issue in after]
    assert [issue["severity"] for issue in before] == ["major", "minor", "critical", "critical", "critical"]


def test_junit_of_a_clean_run_has_a_test_that_passed() -> None:
    (case,) = read_junit(Junit().render(CLEAN, Style()))
    assert list(case) == []


def test_junit_tells_two_findings_of_a_rule_apart() -> None:
    names = [case.attrib["name"] for case in read_junit(Junit().render(_many(1, 2), Style()))]
    assert names == ["org.session_lint.ONE101", "org.session_lint.ONE101 (2)", "org.session_lint.ONE101 (3)"]


def test_junit_tells_what_could_not_be_analysed() -> None:
    broken = [case for case in read_junit(Junit().render(HARD, Style())) if case.find("error") is not None]
    api = "service/api/broken.py"
    assert [(case.attrib["file"], case.attrib["line"]) for case in broken] == [("rule ONE101", "1"), (api, "3"), (api, "1")]


def test_sources_of_the_fixture_are_what_the_places_say() -> None:
    assert OTHER.splitlines()[1][11:14] == "use"
    assert NAME.splitlines()[1][11:14] == "get"


def test_the_official_schema_refuses_what_sarif_is_not() -> None:
    """A fix without changes is what other tools have written; and a property that SARIF does not have."""
    good = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}
    official_sarif().validate(good)
    result = {"message": {"text": "x"}, "fixes": [{"description": {"text": "x"}}]}
    for bad in ({**good, "runs": [{"tool": {"driver": {"name": "x"}}, "results": [result]}]}, {**good, "url": "x"}, {"runs": []}):
        assert not official_sarif().is_valid(bad)

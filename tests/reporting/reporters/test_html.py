"""The HTML page as text; what a browser makes of it is tested in tests/reporting/browser."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, lint, write
from reporting.reporters.fixed_report import CLEAN, REPORT
from reporting.reporters.html_reports import HARM, hostile, html, incident, long_chain, many
from session_lint import api
from session_lint.facts.finding import Compared, Report
from session_lint.known.identity import fingerprints
from session_lint.reporting.html_report.markdown import rendered
from session_lint.reporting.html_report.markup import Html, element

VOID = {"input", "meta", "link", "br", "hr", "img"}


class Document(HTMLParser):
    """Ids, links and text of a page; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        self.links += [values["href"]] if values.get("href") else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


REPAIRED = replace(REPORT, repaired=REPORT.findings)
MISSED = replace(CLEAN, notices=REPORT.notices)
REPORTS: dict[str, Callable[[], Report]] = {
    "fixed": lambda: REPORT,
    "clean": lambda: CLEAN,
    "incident": incident,
    "hostile": hostile,
    "long": lambda: long_chain("a_long_name", "src"),
    "repaired": lambda: REPAIRED,
    "no sources": lambda: replace(incident(), sources=()),
    "missed": lambda: MISSED,
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_the_page_is_sound(report: Callable[[], Report]) -> None:
    document = Document(html(report()))
    assert len(document.ids) == len(set(document.ids))
    inside = {link[1:] for link in document.links if link.startswith("#")}
    assert inside <= set(document.ids)
    assert document.tags.count("h1") == 1
    assert document.tags.count("script") == document.tags.count("style") == 1


def test_nothing_is_loaded() -> None:
    page = html(incident())
    assert not re.search(r"""\b(?:src|srcset|data|poster)=|url\(|@import|<link|<iframe|fetch\(|XMLHttpRequest""", page)
    assert {link for link in Document(page).links if not link.startswith("#")} == set()


def test_every_finding_has_its_fingerprint_as_anchor() -> None:
    ids = Document(html(incident())).ids
    assert {f"f-{one}" for one in fingerprints(incident().findings).values()} <= set(ids)


def test_the_order_of_findings_does_not_matter() -> None:
    report = incident()
    assert html(replace(report, findings=report.findings[::-1])) == html(report)


def test_the_page_does_not_say_where_the_project_lies() -> None:
    report = incident()
    elsewhere = replace(report, root=f"/somewhere/else/{Path(report.root).name}")
    assert html(elsewhere) == html(report)


def test_a_clean_run_says_so() -> None:
    assert "no findings" in Document(html(CLEAN)).text
    assert "no findings in the files that could be analysed" in Document(html(MISSED)).text


def test_what_could_not_be_analysed_is_named() -> None:
    text = Document(html(REPORT)).text
    assert "What could not be analysed: 1 problem, 3 unresolved calls" in text
    assert "src/broken.py:7 does not parse" in text
    assert "unknown receiver: 2; dynamic call: 1" in text


def test_what_is_not_shown_is_counted() -> None:
    text = Document(html(replace(REPORT, suppressed=4, baseline=Compared(hidden=7)))).text
    assert "suppressed4" in text
    assert "in the baseline7" in text


def test_repaired_findings_are_listed() -> None:
    document = Document(html(REPAIRED))
    assert "2 findings left" in document.text
    assert "Repaired" in document.texts


def test_the_diff_is_that_of_the_repair() -> None:
    """The lines shown are those that `session-lint fix --diff` would print for this repair alone."""
    report = incident()
    one = next(finding for finding in report.findings if finding.code == "ONE102")
    document = Document(html(replace(report, findings=(one,))))
    lines = [text for text in document.texts if text.startswith(("-  ", "+  "))]
    assert lines == [
        '-            reply = await handle_direct_action("open_project", ctx.user_id, argument)\n',
        '+            reply = await handle_direct_action("open_project", ctx.user_id, argument, session_id=ctx.session_id)\n',
    ]


def test_all_files_of_a_repair_are_in_the_diff() -> None:
    """An edit may go to a file that the finding does not name."""
    report = incident()
    known = {path for path, _ in report.sources}
    edited = {edit.path for finding in report.findings for edit in finding.fix.edits}
    assert edited <= known
    assert "The edits cannot be shown" not in html(report)
    assert "The edits cannot be shown" in html(replace(report, sources=()))


def test_markup_is_text() -> None:
    page = html(hostile())
    assert "<script>window" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    document = Document(page)
    assert document.tags.count("script") == 1
    assert document.text.count(HARM) > 10


def test_control_and_direction_characters_do_not_reach_the_page() -> None:
    page = html(hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


def test_elements_escape_what_is_not_markup() -> None:
    assert element("p", "<b>", Html("<i>"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i></p>'
    assert element("p", f"{Html('<i>')}") == "<p>&lt;i&gt;</p>"
    assert element("input", hidden=True, value=None, for_="x", data_a="1") == '<input hidden for="x" data-a="1">'


def test_markdown() -> None:
    lines = ["One `a<b` and **c**.", "Still.", "", "## Head", "", "- x", "  more", "- [y](https://e.org)", ""]
    lines += ["```python", "return 1", "", "# two", "```", "", "End [z](javascript:1)."]
    assert rendered("\n".join(lines), 4) == (
        "<p>One <code>a&lt;b</code> and <strong>c</strong>. Still.</p><h4>Head</h4>"
        '<ul><li>x more</li><li><a href="https://e.org" rel="noreferrer">y</a></li></ul>'
        '<pre class="example" tabindex="0"><code><span class="tok-keyword">return</span> <span class="tok-number">1</span>\n\n'
        '<span class="tok-comment"># two</span>\n</code></pre><p>End [z](javascript:1).</p>'
    )


def test_every_rule_page_is_rendered_whole() -> None:
    """No word of a page is lost; only the signs of Markdown go."""
    for rule in api.with_rules(CLEAN).rules:
        words = re.sub(r"```\w*|^#+ |^- |`|\*\*", "", rule.explanation, flags=re.MULTILINE)
        assert re.findall(r"\w+", " ".join(Document(rendered(rule.explanation, 4)).texts)) == re.findall(r"\w+", words)


def test_many_findings_begin_folded_up() -> None:
    assert "<details open>" in html(many(12))
    assert "<details open>" not in html(many(13))


def test_check_writes_the_page(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    done = lint(tmp_path, "check", "--output-format", "html:report.html")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    document = Document((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "1 finding" in document.text
    assert "What it does" in document.text  # the rule's page came along


def test_fix_writes_the_page(tmp_path: Path) -> None:
    write(tmp_path, handler=TWICE)
    done = lint(tmp_path, "fix", "--unsafe-fixes", "--output-format", "html", "-o", "report.html")
    assert done.returncode == 0
    text = Document((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "no findings" in text
    assert "handler.py:7" in text
    assert lint(write(tmp_path, handler=ONCE), "check").returncode == 0


def test_style_and_script_are_in_the_wheel(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert {"session_lint/reporting/html_report/report.css", "session_lint/reporting/html_report/report.js"} <= set(names)

"""The HTML report in a real browser."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from reporting.reporters.html_reports import HARM, hostile, html, incident, long_chain, many
from session_lint.known.identity import fingerprints

SHOWN = "[...document.querySelectorAll('article.finding')].filter((one) => one.checkVisibility()).map((one) => one.dataset.rule)"
SETTLED = "new Promise((done) => setTimeout(done, 150))"


def choose(page, selector: str, value: str) -> None:
    """Picks an option of a select as a person does: the event says so."""
    page.run(
        f"(() => {{ const one = document.querySelector('{selector}'); one.value = {value!r}; "
        "one.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


def shown(page) -> list[str]:
    page.run(SETTLED)
    return page.run(SHOWN)


def test_the_page_opens_without_a_word_and_asks_for_nothing(show) -> None:
    with show(html(incident())) as page:
        assert page.complaints() == []
        assert len(page.requests()) == 1  # the file itself
        assert page.run("document.querySelectorAll('article.finding').length") == 6
        assert page.run("document.getElementById('shown').textContent") == "6 of 6 shown"


def test_the_counts_are_those_of_the_report(show) -> None:
    expected = {code: str(count) for code, count in Counter(one.code for one in incident().findings).items()}
    with show(html(incident())) as page:
        tiles = (
            "Object.fromEntries([...document.querySelectorAll('.numbers .per-rule')]"
            ".map((one) => [one.querySelector('.code').innerText, one.querySelector('dd').innerText]))"
        )
        chips = "Object.fromEntries([...document.querySelectorAll('[data-count]')].map((one) => [one.dataset.count, one.innerText]))"
        assert page.run(tiles) == page.run(chips) == expected
        assert f"files checked\n{len(incident().files)}" in page.run("document.querySelector('.numbers').innerText")


def test_search_narrows(show) -> None:
    with show(html(incident())) as page:
        page.click("#search")
        page.write("KEEP_MEDIA gather")  # any case, every word
        assert shown(page) == ["ONE104"]
        assert page.run("document.getElementById('shown').textContent") == "1 of 6 shown"
        page.write(" nowhere-to-be-found")
        assert shown(page) == []
        assert page.run("document.getElementById('nothing').checkVisibility()") is True
        page.key("Escape", number=27)
        assert len(shown(page)) == 6


def test_filters_narrow_and_can_be_reset(show) -> None:
    first, *rest = incident().findings
    advice = replace(first, fix=None)
    with show(html(replace(incident(), findings=(advice, *rest)))) as page:
        page.click("input[value=ONE103]")
        assert Counter(shown(page)) == {"ONE102": 1, "ONE104": 1, "ONE201": 1, "ONE203": 1}
        choose(page, "#by-file", "src/handlers/message.py")
        assert shown(page) == ["ONE104"]
        assert page.run("document.querySelector('[data-count=ONE103]').innerText") == "2"  # there would be two, were it ticked
        page.click("input[name=repairable]")
        page.click("input[value=ONE103]")
        assert Counter(shown(page)) == {"ONE103": 1, "ONE104": 1}
        page.click("button[type=reset]")
        assert len(shown(page)) == 6


def test_an_anchor_opens_its_finding(show) -> None:
    report = many(60)
    wanted = report.findings[44]
    identifier = f"f-{fingerprints(report.findings)[wanted]}"
    with show(html(report), identifier) as page:
        one = f"document.getElementById('{identifier}')"
        assert page.run(f"{one}.querySelector('details').open") is True
        assert page.run("document.querySelectorAll('article.finding > details[open]').length") == 1
        assert page.run(f"{one}.dataset.file") == wanted.place.path
        assert page.run(f"(() => {{ const top = {one}.getBoundingClientRect().top; return top >= 0 && top < innerHeight; }})()") is True
        page.run(SETTLED)
        assert page.run(f"{one}.contains(document.activeElement)") is True


def test_a_link_to_a_finding_that_is_filtered_out_brings_it_back(show) -> None:
    identifier = f"f-{fingerprints(incident().findings)[incident().findings[0]]}"
    with show(html(incident())) as page:
        page.click("input[value=ONE103]")
        assert "ONE103" not in shown(page)
        page.run(f"location.hash = '{identifier}'")
        assert len(shown(page)) == 6


def test_the_link_to_a_rule_opens_its_page(show) -> None:
    with show(html(incident())) as page:
        page.click("a[href='#rule-ONE201']")
        page.run(SETTLED)
        assert page.run("document.querySelector('#rule-ONE201 > details').open") is True
        assert "upsert" in page.run("document.querySelector('#rule-ONE201').innerText")


# what overlaps or sticks out, as lines to read
GEOMETRY = """
(() => {
  const wrong = [];
  for (const picture of document.querySelectorAll('svg.picture')) {
    const whole = picture.viewBox.baseVal;
    const boxes = [...picture.querySelectorAll('rect')].map((one) => one.getBBox());
    const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => { if (!apart(a, b)) wrong.push('boxes overlap'); }));
    for (const group of picture.querySelectorAll('g')) {
      const rect = group.querySelector('rect');
      for (const text of group.querySelectorAll('text')) {
        const a = text.getBBox();
        const within = (from, size, low, length) => from >= low && from + size <= low + length;
        const inside = (b) => within(a.x, a.width, b.x, b.width) && within(a.y, a.height, b.y, b.height);
        if (a.width === 0) wrong.push('nothing to see: ' + text.textContent);
        if (rect && !inside(rect.getBBox())) wrong.push('sticks out of its box: ' + text.textContent);
        if (!inside(whole)) wrong.push('sticks out of the picture: ' + text.textContent);
        if (!rect && boxes.some((b) => !apart(a, b))) wrong.push('call over a box: ' + text.textContent);
      }
    }
    const calls = [...picture.querySelectorAll('.call')].map((one) => one.getBBox());
    calls.forEach((a, i) => calls.slice(i + 1).forEach((b) => {
      const lower = {x: b.x, y: b.y + 3, width: b.width, height: b.height - 6};  // a line's height is more than its letters
      if (!apart(a, lower)) wrong.push('calls overlap');
    }));
  }
  return wrong;
})()
"""
PICTURES = {
    "incident": incident,
    "long": lambda: long_chain("obtain_the_session_of_the_subcontractor_or_create_it_if_there_is_none_yet_and_return", "src/deep/" * 9),
    "unbroken": lambda: long_chain("x" * 300, "y" * 200),
    "wide": lambda: long_chain("会話の取得または作成" * 4, "源/文書"),
    "short": lambda: long_chain("f", "a"),
    "hostile": hostile,
}


@pytest.mark.parametrize("report", PICTURES.values(), ids=PICTURES.keys())
def test_nothing_in_the_pictures_overlaps_or_sticks_out(show, report) -> None:
    with show(html(report())) as page:
        assert page.run("document.querySelectorAll('svg.picture rect').length") >= 3
        assert page.run(GEOMETRY) == []


def test_a_long_chain_has_a_box_for_each_function_and_both_ends(show) -> None:
    with show(html(long_chain("handle", "src"))) as page:
        boxes = "[...document.querySelectorAll('article:nth-of-type(2) svg.picture {}')].map((one) => one.textContent)"
        assert page.run(boxes.format(".function .name")) == [*(f"handle_{n}" for n in (5, 6)), *(f"handle_{n}" for n in range(1, 8))]
        assert page.run(boxes.format(".meeting .name")) == ["handle_0"]
        assert page.run(boxes.format(".end .role")) == ["1  obtained first", "2  obtained again"]


CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (colour) => {
    const [r, g, b] = [...rgb(colour)].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    const rect = one.ownerSVGElement && one.parentElement.querySelector('rect');
    if (rect) return getComputedStyle(rect).fill;
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgb(colour)[3] === 255) return colour;
    }
    return 'white';
  };
  const wrong = new Set();
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !one.checkVisibility() || /^(OPTION|TITLE|DESC|SCRIPT)$/i.test(one.tagName)) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(one.ownerSVGElement ? style.fill : style.color), light(behind(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.add(one.tagName + '.' + (one.getAttribute('class') || '') + ' ' + ratio.toFixed(2));
  }
  return [...wrong];
})()
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(show, dark: bool) -> None:
    likely = replace(incident(), findings=(*incident().findings, *hostile().findings), notices=hostile().notices)
    with show(html(likely), dark=dark) as page:
        background = page.run("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(18, 22, 29)" if dark else "rgb(245, 246, 248)")
        page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.run(CONTRAST) == []


def test_the_keyboard_is_enough(show) -> None:
    with show(html(incident())) as page:
        page.key("Tab", number=9)
        assert page.run("document.activeElement.className") == "skip"
        page.key("Enter", number=13, text="\r")
        page.run(SETTLED)
        page.key("Tab", number=9)
        details = "document.activeElement.closest('details')"
        assert page.run("document.activeElement.tagName") == "SUMMARY"
        assert page.run(f"{details}.open") is True
        page.key("Enter", number=13, text="\r")
        assert page.run(f"{details}.open") is False
        page.key("/", "Slash", 191, text="/")
        assert page.run("document.activeElement.id") == "search"
        assert page.run("document.activeElement.value") == ""
        page.write("gather")
        assert shown(page) == ["ONE104"]


def test_everything_that_can_be_used_has_a_name(show) -> None:
    with show(html(incident())) as page:
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    used = {"button", "checkbox", "searchbox", "combobox", "link", "textbox", "image", "img", "heading", "region", "form"}
    nameless = [
        node["role"]["value"] for node in nodes if node.get("role", {}).get("value") in used and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    levels = [
        p["value"]["value"]
        for node in nodes
        for p in node.get("properties", ())
        if p["name"] == "level" and node["role"]["value"] == "heading"
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_five_hundred_findings_stay_usable(show) -> None:
    with show(html(many(500))) as page:
        assert len(shown(page)) == 500
        page.click("#search")
        page.write("module_123")
        assert shown(page) == ["ONE103"]
        page.click("#unfold")
        assert page.run("document.querySelectorAll('article.finding > details[open]').length") == 1
        page.click("button[type=reset]")
        page.click("input[value=ONE103]")
        assert Counter(shown(page)) == {"ONE101": 250}
        assert page.complaints() == []


def test_it_can_be_read_without_script(show) -> None:
    with show(html(incident()), script=False) as page:
        text = page.run("document.body.innerText")
        for one in incident().findings:
            assert one.name in text
            assert f"{one.place.path}:{one.place.span.row}" in text
        assert page.run("document.getElementById('filters').checkVisibility()") is False
        page.click("article.finding summary")
        assert page.run("document.querySelector('article.finding details').open") is False


def test_paper_gets_everything_and_no_controls(show) -> None:
    with show(html(many(20))) as page:
        page.media(dark=True, media="print")
        assert page.run("document.getElementById('filters').checkVisibility()") is False
        assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.media()
        unfolded = "document.querySelectorAll('article.finding > details[open]').length"
        page.run(f"addEventListener('beforeprint', () => {{ window.unfolded = {unfolded}; }})")
        assert page.pdf().startswith(b"%PDF-")
        assert page.run("window.unfolded") == 20
        assert page.run(unfolded) == 0


@pytest.mark.parametrize("policy", [True, False], ids=["as it is", "without its policy"])
def test_markup_of_the_project_does_nothing(show, policy: bool) -> None:
    """Escaping is enough by itself; the page's policy is a second fence."""
    text = html(hostile())
    with show(text if policy else text.replace("Content-Security-Policy", "X")) as page:
        page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.run("window.harm === undefined") is True
        assert page.run("document.querySelectorAll('script, img').length") == 1  # our own script
        assert HARM in page.run("document.querySelector('h1').textContent + document.querySelector('.finding').textContent")
        assert len(page.requests()) == 1
        assert page.complaints() == []


def test_a_narrow_window_scrolls_in_its_parts_only(show) -> None:
    with show(html(incident()), width=390, height=800) as page:
        assert page.run("document.documentElement.scrollWidth") <= 390

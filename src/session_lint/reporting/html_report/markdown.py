"""The little Markdown that a rule's page is written in: headings, paragraphs, lists, code, emphasis, links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.reporting.html_report.code import coloured
from session_lint.reporting.html_report.markup import Html, element, together

_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$"
    r"|^(?P<level>\#{1,6})[ \t]+(?P<heading>[^\n]+)$"
    r"|^(?P<list>[-*][ \t]+[^\n]*(?:\n(?:[-*][ \t]+|[ \t]+)[^\n]*)*)"
    r"|(?P<text>(?:(?!^(?:\#{1,6}[ \t]|`{3}|~{3}|[-*][ \t]))[^\n]+(?:\n|$))+)",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(r"`(?P<code>[^`\n]+)`|\*\*(?P<strong>[^*\n]+)\*\*|\[(?P<label>[^\]\n]+)\]\((?P<url>https?://[^)\s]+)\)")


def rendered(text: str, heading: int) -> Html:
    """The text as HTML; its second-level headings get the level `heading`."""
    return together(_blocks(text, heading))


def inline(text: str) -> Html:
    """A text without blocks."""
    parts: list[str] = []
    done = 0
    for found in _INLINE.finditer(text):
        parts += [text[done : found.start()], _inline(found)]
        done = found.end()
    return together([*parts, text[done:]])


def _blocks(text: str, heading: int) -> Iterator[Html]:
    for found in _BLOCK.finditer(text):
        if found["fence"]:
            lines = found["code"].removesuffix("\n").split("\n")
            python = found["language"] in ("python", "py")
            shown = [together([coloured(line) if python else line, "\n"]) for line in lines]
            yield element("pre", element("code", *shown), class_="example", tabindex="0")
        elif found["level"]:
            yield element(f"h{min(6, heading + max(0, len(found['level']) - 2))}", inline(found["heading"]))
        elif found["list"]:
            items = re.split(r"^[-*][ \t]+", found["list"], flags=re.MULTILINE)[1:]
            yield element("ul", *(element("li", inline(" ".join(item.split()))) for item in items))
        else:
            yield element("p", inline(" ".join(found["text"].split())))


def _inline(found: re.Match[str]) -> Html:
    if found["code"]:
        return element("code", found["code"])
    if found["strong"]:
        return element("strong", found["strong"])
    return element("a", found["label"], href=found["url"], rel="noreferrer")

"""HTML, built so that nothing can be forgotten: what is not markup already is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from session_lint.reporting.snippet import visible

_Value: TypeAlias = str | float | bool | None
_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


class Html(str):
    """Text that is markup already. Joining or formatting it gives plain text again, which is escaped where it is put in."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: _Value) -> Html:
    """An element. A child that is not Html is text. A trailing underscore of an attribute's name goes, others become hyphens
    (`class_`, `data_rule`); None and False leave the attribute out, True gives it no value."""
    shown = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{shown}>")
    return Html(f"<{tag}{shown}>{together(children)}</{tag}>")


def together(parts: Iterable[str]) -> Html:
    """The parts one after the other."""
    return Html("".join(part if isinstance(part, Html) else _text(part) for part in parts))


def _attribute(name: str, value: _Value) -> str:
    if value is None or value is False:
        return ""
    plain = name.rstrip("_").replace("_", "-")
    return f" {plain}" if value is True else f' {plain}="{_text(str(value))}"'


def _text(text: str) -> str:
    """Escaped, and without what a page cannot hold or a reader would be led astray by: control and direction characters."""
    return escape("\n".join(visible(line) for line in text.split("\n")), quote=True)

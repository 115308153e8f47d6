"""The call chain as a picture: boxes for functions, arrows for calls, both ends marked. Sizes are in CSS pixels."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.reporting.html_report.markup import Html, element
from session_lint.reporting.html_report.paths import Box, Call, Paths, Way
from session_lint.reporting.snippet import columns, visible

_WIDTH = 380  # of a way
_GAP = 36  # between two ways
_MARGIN = 2
_PAD = 12
_LINE = 17
_LETTER = 12 * 0.62  # wider than a letter of any usual fixed-width font at 12 px
_FITS = int((_WIDTH - 2 * _PAD) / _LETTER)
_ARROW = 26  # from a way's left edge
_LABEL = _ARROW + 14
_LABEL_FITS = int((_WIDTH - _LABEL) / _LETTER)
_SHORT = 14  # an arrow without a label


@dataclass(slots=True)
class _Pen:
    """What has been drawn, and how far down a way has come."""

    parts: list[Html]
    x: float
    y: float

    def box(self, kind: str, lines: list[tuple[str, str]], full: str) -> None:
        """A box with (kind, text) lines."""
        height = len(lines) * _LINE + _PAD + 2
        shape = element("rect", x=self.x, y=self.y, width=_WIDTH, height=height, rx="6")
        texts = [
            element("text", text, x=self.x + _PAD, y=self.y + _PAD + 5 + number * _LINE, class_=style)
            for number, (style, text) in enumerate(lines)
        ]
        self.parts.append(element("g", element("title", full), shape, *texts, class_=f"box {kind}"))
        self.y += height

    def arrow(self, lines: list[str], full: str, begin: str = "") -> None:
        """An arrow down, with what is called beside it. `begin` is a path that leads to its start."""
        height = len(lines) * _LINE + 16 if lines else _SHORT
        x, end = self.x + _ARROW, self.y + height
        line = element("path", d=f"{begin or f'M{x} {self.y}'} V{end - 5}", class_="wire")
        head = element("path", d=f"M{x - 4.5} {end - 7} L{x} {end} L{x + 4.5} {end - 7} Z", class_="head")
        texts = [
            element("text", text, x=self.x + _LABEL, y=self.y + 17 + number * _LINE, class_="call") for number, text in enumerate(lines)
        ]
        self.parts.append(element("g", element("title", full) if full else "", line, head, *texts))
        self.y = end


def picture(paths: Paths, identifier: str) -> Html:
    """The drawing. `identifier` makes the ids in it the only ones of their name on the page."""
    count = len(paths.ways)
    width = count * _WIDTH + (count - 1) * _GAP
    pen = _Pen([], (width - _WIDTH) / 2, _MARGIN)
    meets = [("role", "both halves meet here")] if count > 1 else []
    pen.box("meeting", [*meets, *_function(paths.meeting)], paths.meeting.full)
    bottom = pen.y
    lowest = bottom
    for number, way in enumerate(paths.ways):
        column = _Pen(pen.parts, number * (_WIDTH + _GAP), bottom)
        _draw(column, way, number, count, width / 2)
        lowest = max(lowest, column.y)
    height = lowest + _MARGIN
    return element(
        "svg",
        element("title", "Call chain", id=f"{identifier}-title"),
        element("desc", _told(paths), id=f"{identifier}-desc"),
        *pen.parts,
        class_="picture",
        role="img",
        aria_labelledby=f"{identifier}-title",
        aria_describedby=f"{identifier}-desc",
        viewBox=f"-{_MARGIN} 0 {width + 2 * _MARGIN} {height}",
        width=width + 2 * _MARGIN,
        height=height,
    )


def steps(paths: Paths) -> Html:
    """The same in words, as lists."""
    return element("div", *(element("div", element("p", f"{way.title}:"), _list(paths.meeting, way)) for way in paths.ways), class_="ways")


def _draw(pen: _Pen, way: Way, number: int, count: int, middle: float) -> None:
    begin = ""
    if count > 1:
        x, top = pen.x + _ARROW, pen.y
        pen.y += 16
        begin = f"M{middle} {top} V{pen.y - 6} H{x}"
    for call, box in zip(way.calls, way.boxes, strict=True):
        pen.arrow(_call(call), f"{call.place}: {call.text}", begin)
        pen.box("function", _function(box), box.full)
        begin = ""
    pen.arrow([], "", begin)
    sign = f"{number + 1}  " if count > 1 else ""
    lines = [
        ("role", f"{sign}{way.title}"),
        *(("name", line) for line in _wrapped(way.end.text, _FITS)),
        ("file", _tail(str(way.end.place), _FITS)),
    ]
    pen.box(f"end end-{number + 1}", lines, f"{way.end.place}: {way.end.text}")


def _function(box: Box) -> list[tuple[str, str]]:
    return [*(("name", line) for line in _wrapped(box.name, _FITS)), ("file", _tail(str(box.place), _FITS))]


def _call(call: Call) -> list[str]:
    return _wrapped(f"line {call.place.span.row}: {call.text}" if call.text else f"line {call.place.span.row}", _LABEL_FITS)


def _told(paths: Paths) -> str:
    return " ".join(
        f"{number}. {way.title}: "
        + ", then ".join([paths.meeting.name, *(box.name for box in way.boxes), f"{way.end.text or 'the finding'} at {way.end.place}."])
        for number, way in enumerate(paths.ways, start=1)
    )


def _list(meeting: Box, way: Way) -> Html:
    functions = (meeting, *way.boxes)
    calls = (*way.calls, way.end)
    items = [
        element("li", element("code", box.name), f" {call.place}: ", element("code", call.text or "here"))
        for box, call in zip(functions, calls, strict=True)
    ]
    return element("ol", *items)


def _wrapped(text: str, width: int) -> list[str]:
    """The text on at most two lines, broken where words of code end; what is too long for them loses its middle."""
    plain = visible(text.replace("\n", " "))
    if columns(plain) <= width:
        return [plain]
    head = _head(plain, width)
    at = next((at for signs in (".(, ", "_") if (at := max(head.rfind(sign) + 1 for sign in signs)) > width // 3), len(head))
    return [plain[:at].rstrip(), _middle(plain[at:].lstrip(), width)]


def _middle(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    return f"{_head(text, width // 2)}…{_end(text, width - width // 2 - 1)}"


def _tail(text: str, width: int) -> str:
    """The end of a path: the file says more than the directory."""
    plain = visible(text)
    return plain if columns(plain) <= width else f"…{_end(plain, width - 1)}"


def _head(text: str, width: int) -> str:
    size = min(len(text), width)
    while columns(text[:size]) > width:
        size -= 1
    return text[:size]


def _end(text: str, width: int) -> str:
    size = min(len(text), width)
    while size and columns(text[-size:]) > width:
        size -= 1
    return text[-size:] if size else ""

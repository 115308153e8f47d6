"""Text put together from pieces: constants are folded, everything else becomes a Template."""

from __future__ import annotations

import re
import string
import textwrap
from collections.abc import Iterable

import libcst as cst

from session_lint.analysis.cst.names import literal, unescape
from session_lint.analysis.extract.environment import Fresh
from session_lint.analysis.extract.state import State, expression
from session_lint.facts.terms import Comprehension, Const, Invoke, Mapping, Op, Sequence, Template, Term, strip

_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?(?P<kind>[diouxXeEfFgGcrsa%])")


def is_text(term: Term) -> bool:
    """Whether a term is text for certain."""
    return isinstance(term, Template) or (isinstance(term, Const) and isinstance(term.value, str))


def fold(parts: Iterable[Term]) -> Term:
    """The pieces as one text: a Const when all are constant, else a Template without neighbouring constants."""
    folded: list[Term] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Template) else (part,):
            piece_text = piece.value if isinstance(piece, Const) and isinstance(piece.value, str) else None
            last = folded[-1] if folded else None
            if piece_text is not None and isinstance(last, Const) and isinstance(last.value, str):
                folded[-1] = Const(last.value + piece_text)
            elif piece_text != "":
                folded.append(piece)
    if not folded:
        return Const("")
    first = folded[0]
    return first if len(folded) == 1 and isinstance(first, Const) and isinstance(first.value, str) else Template(tuple(folded))


def add(left: Term, right: Term) -> Term | None:
    """`left + right` when one of them is text."""
    return fold((left, right)) if is_text(left) or is_text(right) else None


def percent(left: Term, right: Term, fresh: Fresh) -> Term | None:
    """`left % right` when the left side is constant text."""
    if not (isinstance(left, Const) and isinstance(left.value, str)):
        return None
    values = list(right.items) if isinstance(right, Sequence) and right.kind == "tuple" else [right]
    parts: list[Term] = []
    end = 0
    for match in _PERCENT.finditer(left.value):
        parts.append(Const(left.value[end : match.start()]))
        end = match.end()
        if match["kind"] == "%":
            parts.append(Const("%"))
        elif match["key"] is not None:
            parts.append(_entry(right, match["key"]))
        else:
            parts.append(_shown(values.pop(0)) if values else fresh("format"))
    parts.append(Const(left.value[end:]))
    return fold(parts)


def _entry(source: Term, name: str) -> Term:
    if isinstance(source, Mapping):
        for key, value in source.entries:
            if key == Const(name):
                return _shown(value)
    return Op("format", (source, Const(name)))


def _shown(term: Term) -> Term:
    """A constant as it looks inside text."""
    term = strip(term)
    return Const(str(term.value)) if isinstance(term, Const) and not isinstance(term.value, str) else term


def format_call(template: Term, call: Invoke, fresh: Fresh) -> Term | None:
    """`template.format(...)` when the template is constant."""
    if not (isinstance(template, Const) and isinstance(template.value, str)):
        return None
    parts: list[Term] = []
    position = 0
    try:
        for text, field, _, _ in string.Formatter().parse(template.value):
            parts.append(Const(text))
            if field is None:
                continue
            first = re.split(r"[.\[]", field, maxsplit=1)[0]
            if not first:
                first, position = str(position), position + 1
            value = call.arg(int(first)) if first.isdecimal() else call.kwarg(first)
            parts.append(_shown(value) if value is not None else fresh("format"))
    except ValueError:  # not a format string after all
        return None
    return fold(parts)


def joined(separator: Term, items: Term | None) -> Term | None:
    """`separator.join(items)` of a display."""
    items = strip(items) if items is not None else None
    if not isinstance(items, Sequence) or not is_text(separator):
        return None
    if any(isinstance(one, Comprehension) or (isinstance(one, Op) and one.kind == "starred") for one in items.items):
        return None
    parts: list[Term] = []
    for position, one in enumerate(items.items):
        parts.extend((separator, one) if position else (one,))
    return fold(parts)


def trimmed(text: Term, method: str) -> Term:
    """`text.strip()` and its like, and `textwrap.dedent(text)`; white space at the ends of a Template does not matter."""
    if not (isinstance(text, Const) and isinstance(text.value, str)):
        return text
    if method == "dedent":
        return Const(textwrap.dedent(text.value))
    value = text.value
    return Const({"strip": value.strip, "lstrip": value.lstrip, "rstrip": value.rstrip}[method]())


@expression(cst.SimpleString)
def simple(_: State, node: cst.SimpleString) -> Term:
    """A string literal."""
    return Const(literal(node))


@expression(cst.ConcatenatedString)
def concatenated(state: State, node: cst.ConcatenatedString) -> Term:
    """Literals next to each other. A long run leans to the right, so it is walked without recursion."""
    parts: list[Term] = []
    rest: cst.BaseExpression = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(state.evaluate(rest.left))
        rest = rest.right
    parts.append(state.evaluate(rest))
    return state.made(fold(parts))


@expression(cst.FormattedString, cst.TemplatedString)
def formatted(state: State, node: cst.FormattedString | cst.TemplatedString) -> Term:
    """An f-string or t-string."""
    raw = "r" in node.prefix
    parts: list[Term] = []
    for part in node.parts:
        if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
            text = part.value.replace("{{", "{").replace("}}", "}")
            parts.append(Const(text if raw else unescape(text)))
        elif isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
            parts.append(_shown(state.module.spelled(state.evaluate(part.expression))))
            for inner in part.format_spec or ():
                if isinstance(inner, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
                    state.evaluate(inner.expression)
    return state.made(fold(parts))

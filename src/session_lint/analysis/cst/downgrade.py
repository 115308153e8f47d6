"""Newer grammar rewritten to an equivalent that an older interpreter's `ast` parses, line numbers kept.

For the index only: what a function defines, calls and imports must stay; the value of an f-string need not.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

_LAZY = re.compile(r"^(\s*)lazy(\s+)(?=(?:import|from)\b)", re.MULTILINE)
_BRACKET = re.compile(r"[\[\](){}]")
_DEEPEST = 200  # CPython's own limit for brackets; libcst has none, and overflows the stack at some thousands
_TYPE_PARAMETERS = re.compile(
    r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\](?=[ \t]*[(:])", re.MULTILINE
)
_TYPE_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)(?:\[[^\]\n]*\])?[ \t]*=(?!=)", re.MULTILINE)
_UNPARENTHESISED = re.compile(r"^(\s*except\*?\s+)([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)", re.MULTILINE)


def downgrade(text: str) -> str | None:
    """The text in older grammar, or None when it is no newer grammar that is known.

    Type parameters go, `type X = Y` becomes `X = Y`, an f-string or t-string with nested quotes, comments or line breaks
    becomes a tuple of its inner expressions, `except A, B:` gets its parentheses, `lazy import x` loses its `lazy`.
    Recursion errors of the parser are the caller's to handle.
    """
    if _nesting(text) > _DEEPEST:
        return None
    # libcst itself may not know these two yet; they are plain at the start of a line
    text = _UNPARENTHESISED.sub(r"\1(\2)\3", _LAZY.sub(r"\1", text))
    simple = _TYPE_ALIAS.sub(r"\1\2 =", _TYPE_PARAMETERS.sub(r"\1", text))
    if _parses(simple):
        return simple  # all that was new stood on lines of its own: a twentieth of the time of finding it with libcst
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except cst.ParserSyntaxError:
        return None
    collector = _Collector(wrapper.module)
    wrapper.visit(collector)
    return _apply(text, collector.edits)


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError:
            return False
        return True


def _nesting(text: str) -> int:
    """How deep brackets are nested, those in strings and comments counted too."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True, slots=True)
class _Edit:
    """Replace from (row, column) to (row, column), rows from 1, columns from 0, by the text and the line breaks lost."""

    start: tuple[int, int]
    end: tuple[int, int]
    content: str


class _Collector(cst.CSTVisitor):
    """Finds what an older parser refuses."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.module = module
        self.edits: list[_Edit] = []

    def _edit(self, first: cst.CSTNode, last: cst.CSTNode, content: str) -> None:
        start = self.get_metadata(PositionProvider, first).start
        end = self.get_metadata(PositionProvider, last).end
        self.edits.append(_Edit((start.line, start.column), (end.line, end.column), content))

    def visit_TypeParameters(self, node: cst.TypeParameters) -> bool:  # noqa: N802 - libcst names it
        self._edit(node, node, "")
        return False

    def visit_TypeAlias(self, node: cst.TypeAlias) -> bool:  # noqa: N802 - libcst names it
        value = self.module.code_for_node(node.value)
        self._edit(node, node, f"{node.name.value} = {value}" if "\n" not in value else f"{node.name.value} = ({value})")
        return False

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:  # noqa: N802 - libcst names it
        return self._string(node)

    def visit_TemplatedString(self, node: cst.CSTNode) -> bool:  # noqa: N802 - libcst names it
        return self._string(node)

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> bool:  # noqa: N802 - libcst names it
        parts = list(_parts(node))
        if any(isinstance(part, cst.SimpleString) for part in parts) and any(self._newer(part) for part in parts):
            self._edit(node, node, self._tuple(node))  # a tuple cannot stand beside a string
            return False
        if any(self._newer(part) for part in parts):
            self._edit(node, node, self._tuple(node))
            return False
        return True

    def _string(self, node: cst.CSTNode) -> bool:
        if not self._newer(node):
            return True
        self._edit(node, node, self._tuple(node))
        return False

    def _newer(self, node: cst.CSTNode) -> bool:
        """Whether a string is a t-string, or has in a field what was not allowed there."""
        if type(node).__name__ == "TemplatedString":
            return True
        if not isinstance(node, cst.FormattedString):
            return False
        quote = node.quote
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                inside = self.module.code_for_node(part)
                if quote in inside or "\\" in inside or "#" in inside or ("\n" in inside and len(quote) == 1):
                    return True
                if len(quote) == 3 and quote[0] * 3 in inside:
                    return True
        return False

    def _tuple(self, node: cst.CSTNode) -> str:
        inner = [self._expression(e) for e in _expressions(node)]
        return "(" + "".join(f"{code}, " for code in inner) + ")"

    def _expression(self, node: cst.BaseExpression) -> str:
        """The code of a field, with the strings nested in it reduced likewise."""
        if any(self._newer(inner) for inner in _strings(node)):
            return "(" + "".join(f"{self._expression(e)}, " for s in _strings(node) for e in _expressions(s)) + f"{_names(node)})"
        code = self.module.code_for_node(node)
        return f"({code}\n)" if "#" in code else f"({code})"


def _parts(node: cst.ConcatenatedString) -> Iterator[cst.CSTNode]:
    yield node.left
    if isinstance(node.right, cst.ConcatenatedString):
        yield from _parts(node.right)
    else:
        yield node.right


def _strings(node: cst.CSTNode) -> list[cst.CSTNode]:
    """Formatted strings in a node, outermost only."""
    if type(node).__name__ in ("FormattedString", "TemplatedString"):
        return [node]
    return [found for child in node.children for found in _strings(child)]


def _expressions(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """The expressions in the fields of a string, those of format specs included."""
    found: list[cst.BaseExpression] = []
    for child in node.children:
        if type(child).__name__ in ("FormattedStringExpression", "TemplatedStringExpression"):
            found.append(child.expression)  # type: ignore[attr-defined]
            spec = getattr(child, "format_spec", None) or ()
            for part in spec:
                found += _expressions_of_part(part)
        else:
            found += _expressions(child)
    return found


def _expressions_of_part(part: cst.CSTNode) -> list[cst.BaseExpression]:
    expression = getattr(part, "expression", None)
    return [expression] if isinstance(expression, cst.BaseExpression) else []


def _names(node: cst.CSTNode) -> str:
    """The calls around nested strings, as calls without their arguments."""
    names: list[str] = []

    def visit(part: cst.CSTNode) -> None:
        if isinstance(part, cst.Call) and isinstance(part.func, (cst.Name, cst.Attribute)):
            func = part.func
            names.append(func.value if isinstance(func, cst.Name) else f"_.{func.attr.value}")
        for child in part.children:
            visit(child)

    visit(node)
    return ", ".join(f"{name}()" for name in names)


def _apply(text: str, edits: list[_Edit]) -> str:
    """The text with the edits made. Line breaks that an edit removes are put back inside or right behind it."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    out: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: e.start):
        begin = starts[edit.start[0] - 1] + edit.start[1]
        end = starts[edit.end[0] - 1] + edit.end[1]
        out.append(text[at:begin])
        missing = (edit.end[0] - edit.start[0]) - edit.content.count("\n")
        out.append(_padded(edit.content, missing))
        at = end
    out.append(text[at:])
    return "".join(out)


def _padded(content: str, missing: int) -> str:
    if missing <= 0:
        return content
    if content.endswith(")"):
        return content[:-1] + "\n" * missing + ")"
    return content + "\\\n" * missing

"""Reading names, literals and bindings off nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import libcst as cst

_EMPTY = cst.Module(body=[])
_LAYOUT = re.compile(
    r"^(whitespace|leading_lines|lines_after|lpar|rpar|lbracket|rbracket|lbrace|rbrace|comma|semicolon|header|footer)|(trailing_whitespace|equal)$"
)
_LAYOUT_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}
_ESCAPE = re.compile(r"\\(\r\n|\n|\r|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def source(node: cst.CSTNode) -> str:
    """The text of a node, as written."""
    if isinstance(node, cst.Name) and not node.lpar:
        return node.value
    return _EMPTY.code_for_node(node).strip()


def dotted_name(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a Name or Attribute node, "" of anything else."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    names.append(node.value)
    return ".".join(reversed(names))


def below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly inside a node, white space and punctuation left out."""
    kind = type(node)
    names = _LAYOUT_FIELDS.get(kind)
    if names is None:
        names = tuple(f.name for f in fields(node) if not _LAYOUT.search(f.name))
        _LAYOUT_FIELDS[kind] = names
    for name in names:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            for item in value:
                if isinstance(item, cst.CSTNode):
                    yield item


def bound_names(nodes: tuple[cst.CSTNode, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The local names the code binds, and the names of the attributes it stores to. Nested scopes are not entered."""
    names: set[str] = set()
    attributes: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            names.add(node.name.value)
            continue
        if isinstance(node, cst.Lambda):
            continue
        for target in _targets(node):
            _collect(target, names, attributes)
        _imported(node, names)
        stack.extend(below(node))
    return frozenset(names), frozenset(attributes)


def _targets(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    if isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For)):
        return (node.target,)
    if isinstance(node, cst.AsName):
        return (node.name,)
    if isinstance(node, cst.Del):
        return (node.target,)
    if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
        return (node.name,)
    return ()


def _collect(target: cst.CSTNode, names: set[str], attributes: set[str]) -> None:
    stack = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name):
            names.add(node.value)
        elif isinstance(node, cst.Attribute):
            attributes.add(node.attr.value)
        elif isinstance(node, (cst.Tuple, cst.List)):
            stack.extend(element.value for element in node.elements)
        elif isinstance(node, cst.StarredElement):
            stack.append(node.value)


def _imported(node: cst.CSTNode, names: set[str]) -> None:
    if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar):
        for alias in node.names:
            if alias.asname is None:
                names.add(dotted_name(alias.name).split(".")[0])


def unescape(text: str) -> str:
    """The value of the inside of a string literal. An unknown escape stays as written, as Python does."""
    if "\\" not in text:
        return text.replace("\r\n", "\n") if "\r" in text else text
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "\r\n":
        return ""
    if code in _SIMPLE:
        return _SIMPLE[code]
    try:
        if code[0] in "xuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8))
    except (ValueError, OverflowError):
        pass
    return match.group(0)


def literal(node: cst.SimpleString) -> str:
    """The value of a string literal; of a bytes literal its source text."""
    prefix = node.prefix
    if "b" in prefix:
        return node.value
    inside = node.raw_value
    return inside if "r" in prefix else unescape(inside)

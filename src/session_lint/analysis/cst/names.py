"""Reading names, literals and bindings off nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import libcst as cst

_EMPTY = cst.Module(body=[])
_LAYOUT = re.compile(
    r"^(whitespace|leading_lines|lines_after|lpar|rpar|lbracket|rbracket|lbrace|rbrace|comma|semicolon|header|footer)|(trailing_whitespace|equal)$"
)
_PLAIN = frozenset({str, bool, type(None), cst.MaybeSentinel})
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
        if value.__class__ is tuple or value.__class__ is list:
            yield from value
        elif value.__class__ not in _PLAIN:
            yield value


def bound_names(root: cst.CSTNode, *, walrus: bool = True) -> tuple[frozenset[str], frozenset[str]]:
    """The local names the code binds, and the names of the attributes it stores to. Nested scopes are not entered."""
    return bound(root, walrus=walrus)[:2]


def bound(root: cst.CSTNode, *, walrus: bool = True) -> tuple[frozenset[str], frozenset[str], tuple[cst.Subscript, ...]]:
    """The same, and the items of local names that it stores to.

    `walrus` says that there may be one, so that expressions have to be searched as well. Node classes are compared, not
    asked with isinstance: they are abstract classes, for which that is ten times slower.
    """
    names: set[str] = set()
    attributes: set[str] = set()
    items: list[cst.Subscript] = []
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.__class__
        binder = _BINDERS.get(kind)
        if binder is not None:
            for target in binder(node):
                _collect(target, names, attributes)
                if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
                    items.append(target)
        if kind not in _SCOPES:
            stack.extend(below(node) if walrus or kind in _PATTERNS else _blocks(node, kind))
    return frozenset(names), frozenset(attributes), tuple(items)


def _blocks(node: cst.CSTNode, kind: type[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The statements directly inside a statement."""
    for field in _BLOCKS.get(kind, ()):
        value = getattr(node, field)
        if value.__class__ is tuple or value.__class__ is list:
            yield from value
        elif value is not None:
            yield value


def _target(node: Any) -> list[cst.CSTNode]:
    return [node.target]


def _own_name(node: Any) -> list[cst.CSTNode]:
    return [] if node.name is None else [node.name]


def _rest(node: cst.MatchMapping) -> list[cst.CSTNode]:
    return [] if node.rest is None else [node.rest]


def _with_targets(node: cst.With) -> list[cst.CSTNode]:
    return [item.asname.name for item in node.items if item.asname is not None]


def _handler_name(node: cst.ExceptHandler | cst.ExceptStarHandler) -> list[cst.CSTNode]:
    return [] if node.name is None else [node.name.name]


def _import_names(node: cst.Import | cst.ImportFrom) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    if not isinstance(node.names, cst.ImportStar):
        for alias in node.names:
            if alias.asname is not None:
                found.append(alias.asname.name)
            else:
                found.append(_first(alias.name))
    return found


def _first(node: cst.CSTNode) -> cst.CSTNode:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node


def stored(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names, attributes and items that a node itself binds or deletes, without those of the nodes inside it."""
    binder = _BINDERS.get(node.__class__)
    return taken_apart(*binder(node)) if binder is not None else iter(())


def taken_apart(*targets: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What targets bind: the parts of tuples and lists, starred ones too."""
    stack = list(targets)
    while stack:
        target = stack.pop()
        if isinstance(target, (cst.Tuple, cst.List)):
            stack.extend(element.value for element in target.elements)
        elif isinstance(target, cst.StarredElement):
            stack.append(target.value)
        else:
            yield target


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


# Keyed by node class; each entry takes its own node class, which a dict cannot say.
_BINDERS: dict[type[cst.CSTNode], Callable[[Any], list[cst.CSTNode]]] = {
    cst.AssignTarget: _target,
    cst.AnnAssign: _target,
    cst.AugAssign: _target,
    cst.NamedExpr: _target,
    cst.For: _target,
    cst.Del: _target,
    cst.With: _with_targets,
    cst.ExceptHandler: _handler_name,
    cst.ExceptStarHandler: _handler_name,
    cst.Import: _import_names,
    cst.ImportFrom: _import_names,
    cst.FunctionDef: _own_name,
    cst.ClassDef: _own_name,
    cst.MatchAs: _own_name,
    cst.MatchStar: _own_name,
    cst.MatchMapping: _rest,
}
_SCOPES = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})
_PATTERNS = frozenset(
    {
        *(cst.MatchAs, cst.MatchOr, cst.MatchOrElement, cst.MatchList, cst.MatchTuple, cst.MatchMapping, cst.MatchClass),
        *(cst.MatchMappingElement, cst.MatchKeywordElement, cst.MatchSequenceElement, cst.MatchStar),
    }
)
_BLOCKS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.IndentedBlock: ("body",),
    cst.SimpleStatementLine: ("body",),
    cst.SimpleStatementSuite: ("body",),
    cst.Assign: ("targets",),
    cst.If: ("body", "orelse"),
    cst.Else: ("body",),
    cst.For: ("body", "orelse"),
    cst.While: ("body", "orelse"),
    cst.With: ("body",),
    cst.Try: ("body", "handlers", "orelse", "finalbody"),
    cst.TryStar: ("body", "handlers", "orelse", "finalbody"),
    cst.ExceptHandler: ("body",),
    cst.ExceptStarHandler: ("body",),
    cst.Finally: ("body",),
    cst.Match: ("cases",),
    cst.MatchCase: ("pattern", "body"),
}


def unescape(text: str) -> str:
    """The value of the inside of a string literal. An unknown escape stays as written, as Python does."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if "\\" not in text else _ESCAPE.sub(_escape, text)


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

"""Edits of the part of a docstring that describes the parameters: Google, NumPy and Sphinx styles."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.file.source import Source

_GOOGLE = re.compile(r"^(?P<indent>\s*)(?:Args|Arguments|Parameters|Params):\s*$")
_GOOGLE_ENTRY = re.compile(r"^\s*\*{0,2}\w+\s*(?P<type>\([^)]*\))?\s*:")
_NUMPY = re.compile(r"^(?P<indent>\s*)(?:Other )?Parameters\s*$")
_NUMPY_ENTRY = re.compile(r"^\s*\*{0,2}\w+(?P<type>\s*:\s*\S.*)?\s*$")
_RULE = re.compile(r"^\s*-{3,}\s*$")
_FIELD = re.compile(r"^(?P<indent>\s*)(?P<mark>[:@])param(?P<type>\s+[^:]+?)?\s+\*{0,2}\w+\s*:")
_OF_PARAMETER = re.compile(r"^\s*[:@](?:param|type|parameter|arg)\b")


def describe(source: Source, function: cst.FunctionDef, name: str, kind: str, text: str) -> tuple[Edit, ...]:
    """A line for a new parameter, in the style of the lines that are there; nothing where the docstring names no parameters.

    `kind` is the type as written, "" for none; `text` the description, a sentence.
    """
    node = _docstring(function)
    if node is None:
        return ()
    span = source.span(node)
    lines = [source.line(row) for row in range(span.row, span.end_row + 1)]
    closing = lines[-1].rstrip()[-3:]
    if len(lines) == 1 or closing not in {'"""', "'''"}:
        return ()
    lines[-1] = lines[-1].rstrip()[:-3]
    found = _google(lines, name, kind, text) or _numpy(lines, name, kind, text) or _sphinx(lines, name, kind, text)
    if found is None:
        return ()
    number, new = found
    return (source.insert(span.row + number, len(lines[number].rstrip()) + 1, "".join(f"\n{line}" for line in new)),)


def _docstring(function: cst.FunctionDef) -> cst.SimpleString | None:
    first = function.body.body[0] if function.body.body else None
    if isinstance(first, cst.SimpleStatementLine) and isinstance(first.body[0], cst.Expr):
        value = first.body[0].value
        return value if isinstance(value, cst.SimpleString) else None
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _section(lines: list[str], start: int, deeper_than: int) -> int:
    """The last line with text of what is indented more than a heading."""
    last = start - 1
    for number in range(start, len(lines)):
        if lines[number].strip():
            if _depth(lines[number]) <= deeper_than:
                break
            last = number
    return last


def _google(lines: list[str], name: str, kind: str, text: str) -> tuple[int, list[str]] | None:
    for number, line in enumerate(lines):
        if not _GOOGLE.match(line) or number + 1 == len(lines):
            continue
        last = _section(lines, number + 1, _depth(line))
        entry = _GOOGLE_ENTRY.match(lines[number + 1])
        if last > number and entry is not None:
            typed = f" ({kind})" if kind and entry["type"] else ""
            return last, [f"{' ' * _depth(lines[number + 1])}{name}{typed}: {text}"]
    return None


def _numpy(lines: list[str], name: str, kind: str, text: str) -> tuple[int, list[str]] | None:
    for number, line in enumerate(lines[:-2]):
        if not _NUMPY.match(line) or not _RULE.match(lines[number + 1]):
            continue
        depth, last = _depth(line), number + 1
        for below in range(number + 2, len(lines)):
            if below + 1 < len(lines) and _RULE.match(lines[below + 1]):
                break
            last = below if lines[below].strip() else last
        entry = _NUMPY_ENTRY.match(lines[number + 2])
        if last > number + 1 and entry is not None:
            body = next((_depth(one) for one in lines[number + 3 : last + 1] if _depth(one) > depth), depth + 4)
            typed = f" : {kind}, optional" if kind and entry["type"] else ""
            return last, [f"{' ' * depth}{name}{typed}", f"{' ' * body}{text}"]
    return None


def _sphinx(lines: list[str], name: str, kind: str, text: str) -> tuple[int, list[str]] | None:
    entries = [(number, found) for number, line in enumerate(lines) if (found := _FIELD.match(line))]
    if not entries:
        return None
    first = entries[0][1]
    space, mark = first["indent"], first["mark"]
    last = max(number for number, line in enumerate(lines) if _OF_PARAMETER.match(line))
    last = max(last, _section(lines, last + 1, len(space)))
    new = [f"{space}{mark}param {f'{kind} ' if kind and first['type'] else ''}{name}: {text}"]
    if kind and any(re.match(rf"^\s*{mark}type\b", line) for line in lines):
        new.append(f"{space}{mark}type {name}: {kind}")
    return last, new

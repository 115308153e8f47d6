"""The bodies of classes: finding what stands in one, and putting something more into it."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, statements

_FIRST = cst.FunctionDef | cst.ClassDef | cst.If | cst.With | cst.Try


def class_at(source: Source, name: str, row: int) -> cst.ClassDef:
    """The class of a name whose `class` stands on a row. Raises CannotRepair when there is none, or its body shares its line."""
    found = [node for one in source.named.get(name, ()) if isinstance(node := source.parent(one), cst.ClassDef) and node.name is one]
    node = next((one for one in found if source.span(one.name).row == row), None)
    if node is None or not isinstance(node.body, cst.IndentedBlock):
        raise CannotRepair(f"there is no class `{name}` at {source.path}:{row} to which a line could be added")
    return node


def inner(node: cst.ClassDef, name: str) -> cst.ClassDef | None:
    """A class inside a class. Raises CannotRepair where the name stands for something else, or is there twice."""
    found = [one for one in node.body.body if isinstance(one, cst.ClassDef) and one.name.value == name]
    if len(found) > 1 or (value(node, name) is not None):
        raise CannotRepair(f"`{name}` of `{node.name.value}` is not written out in it: others may share it")
    if found and not isinstance(found[0].body, cst.IndentedBlock):
        raise CannotRepair(f"the body of `{name}` shares its line")
    return found[0] if found else None


def value(node: cst.ClassDef, name: str) -> cst.BaseExpression | None:
    """What is assigned to a name in the body of a class; None for nothing.

    Raises CannotRepair when that is done twice, or a function has the name.
    """
    found: list[cst.BaseExpression] = []
    for line in node.body.body:
        if isinstance(line, cst.FunctionDef) and line.name.value == name:
            raise CannotRepair(f"`{name}` of `{node.name.value}` is a function")
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            targets = [one.target for one in small.targets] if isinstance(small, cst.Assign) else []
            targets += [small.target] if isinstance(small, cst.AnnAssign | cst.AugAssign) else []
            given = small.value if isinstance(small, cst.Assign | cst.AnnAssign | cst.AugAssign) else None
            if given is not None and any(isinstance(one, cst.Name) and one.value == name for one in targets):
                found.append(given)
    if len(found) > 1:
        raise CannotRepair(f"`{name}` of `{node.name.value}` is set more than once")
    return found[0] if found else None


def add(source: Source, node: cst.ClassDef, lines: list[str], *, after: str = "", apart: bool = False) -> Edit:
    """Lines in the body of a class: behind its fields, or behind the assignment to `after`. `apart`: a blank line before them.

    Where the body is nothing but `pass`, they take its place.
    """
    body = [one for one in node.body.body if isinstance(one, cst.SimpleStatementLine | cst.BaseCompoundStatement)]
    if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Pass):
        space = statements.indent(source, body[0])
        return source.replace(body[0].body[0], f"\n{space}".join(lines))
    last = next((one for one in body if after and _assigns(one, after)), None)
    if last is None:
        at = next((number for number, one in enumerate(body) if isinstance(one, _FIRST) and not _is_meta(one)), len(body))
        last = body[at - 1] if at else None
    if last is None:
        return statements.before(source, body[0], [*lines, ""])
    return statements.after(source, last, ["", *lines] if apart else lines)


def _assigns(line: cst.CSTNode, name: str) -> bool:
    if not isinstance(line, cst.SimpleStatementLine):
        return False
    targets = [one.target for small in line.body if isinstance(small, cst.Assign) for one in small.targets]
    return any(isinstance(one, cst.Name) and one.value == name for one in targets)


def _is_meta(line: cst.CSTNode) -> bool:
    return isinstance(line, cst.ClassDef) and line.name.value == "Meta"


Lines = Callable[[int], list[str]]


def appended(source: Source, display: cst.List | cst.Tuple, made: Lines, *, before_last: bool = False) -> Edit:
    """One more item of a list or tuple that is written out, on lines of its own where the others are; `before_last`: as the last but one.

    `made` gives the lines of the item, for the column where the first of them begins. A list in one line that gets too long is broken up.
    """
    items = display.elements
    if isinstance(display, cst.Tuple) and not display.lpar:
        raise CannotRepair(f"the tuple at {source.path}:{source.span(display).row} has no parentheses")
    span = _outer(source, items[-1]) if items else source.span(display)
    space = source.line(span.row)[: span.column - 1]
    alone = bool(items) and not space.strip()
    if not alone:
        return _in_line(source, display, made, before_last=before_last)
    text = f"\n{space}".join(made(len(space)))
    if before_last:
        return source.insert(span.row, span.column, f"{text},\n{space}")
    comma = items[-1].comma
    if not isinstance(comma, cst.Comma):
        return layout.append(source, span, span, len(items), text)
    place = source.span(comma)
    row = place.end_row if place.end_column > 1 else place.row
    column = source.line(row).index(",", span.end_column - 1 if row == span.end_row else 0) + 2
    rest = source.line(row)[column - 1 :].strip()
    if not rest or rest.startswith("#"):
        return source.insert(row, len(source.line(row)) + 1, f"\n{space}{text},")
    return source.insert(row, column, f"\n{space}{text},")


def _in_line(source: Source, display: cst.List | cst.Tuple, made: Lines, *, before_last: bool) -> Edit:
    """A list whose last item shares its line with others, written anew: in one line where that fits the file."""
    place, row = source.outer(display), source.outer(display).row
    texts = [source.slice(_outer(source, item)) for item in display.elements]
    at = len(texts) - 1 if before_last else len(texts)
    opening, closing = ("[", "]") if isinstance(display, cst.List) else ("(", ")")
    if statements.comments(source, source.statement(display)):
        raise CannotRepair(f"there are comments in the list at {source.path}:{row}")
    whole = [*texts[:at], "".join(made(0)), *texts[at:]]
    one = f"{opening}{', '.join(whole)}{',' if len(whole) == 1 and opening == '(' else ''}{closing}"
    if place.column + len(one) <= source.limit and "\n" not in one:
        return Edit(source.path, one, place)
    line = source.line(row)
    outer = line[: len(line) - len(line.lstrip())]
    space = outer + layout.unit(source)
    lines = [*(f"{space}{text}," for text in texts)]
    lines.insert(at, f"\n{space}".join([space + one if not number else one for number, one in enumerate(made(len(space) + 1))]) + ",")
    return Edit(source.path, "\n".join([opening, *lines, f"{outer}{closing}"]), place)


def _outer(source: Source, item: cst.BaseElement) -> Span:
    return source.outer(item.value) if isinstance(item, cst.Element) else source.span(item)


def quoted(source: Source, text: str) -> str:
    """A text in the quotes that the file prefers."""
    mark = "'" if source.text.count("'") > 2 * source.text.count('"') else '"'
    return f"{mark}{text}{mark}" if mark not in text and "\\" not in text else repr(text)


def call(source: Source, name: str, arguments: list[str], column: int) -> list[str]:
    """A call of these arguments in lines, the first of which begins at a column; in one line where that fits the file."""
    one = f"{name}({', '.join(arguments)})"
    if column + len(one) <= source.limit:
        return [one]
    step = layout.unit(source)
    return [f"{name}(", *(f"{step}{argument}," for argument in arguments), ")"]

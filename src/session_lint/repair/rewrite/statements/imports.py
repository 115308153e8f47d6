"""Making a name available in a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import statements

_WIDE = 88  # a line of imports may always be this long; longer where the file has longer lines of code


def ensure(source: Source, module: str, name: str) -> tuple[str, tuple[Edit, ...]]:
    """The local name of `from module import name` at module level, and the edit that adds the import when it is missing.

    An alias that is there already is used. The name joins an import of the same module when there is one; else its line stands
    in alphabetical order among imports of the same package, after the last import from outside the project, or below the docstring.
    Raises CannotRepair when the file uses the name for something else.
    """
    local = known(source, module, name)
    if local:
        return local, ()
    if _taken(source, module, name):
        raise CannotRepair(f"`{name}` already means something else in {source.path}")
    header = _header(source.module)
    for _, found in header:
        if isinstance(found, cst.ImportFrom) and not found.relative and dotted_name(found.module) == module:
            joined = _join(source, found, name)
            if joined is not None:
                return name, (joined,)
    return name, (_new_line(source, header, module, f"from {module} import {name}"),)


def ensure_both(source: Source, module: str, first: str, second: str) -> tuple[str, str, tuple[Edit, ...]]:
    """Like `ensure` for two names of one module, in their order, which stand in one import in the end."""
    missing = [name for name in (first, second) if not known(source, module, name)]
    if len(missing) < 2:
        (name, edits), (second_name, more) = ensure(source, module, first), ensure(source, module, second)
        return name, second_name, (*edits, *more)
    one, other = ensure(source, module, first)[1][0], ensure(source, module, second)[1][0]
    if one.content.endswith("\n"):
        return first, second, (line(source, module, f"from {module} import {first}, {second}"),)
    return first, second, (replace(one, content=one.content + other.content),) if one.span == other.span else (one, other)


def known(source: Source, module: str, name: str) -> str:
    """The local name under which the file has imported a name at module level, "" when it has not."""
    for statement in source.module.body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if not isinstance(small, cst.ImportFrom) or small.relative or dotted_name(small.module) != module:
                continue
            for alias in small.names if not isinstance(small.names, cst.ImportStar) else ():
                if dotted_name(alias.name) == name:
                    return dotted_name(alias.asname.name) if alias.asname is not None else name
    return ""


def line(source: Source, module: str, text: str) -> Edit:
    """An import line of `module`, as `ensure` would place it."""
    return _new_line(source, _header(source.module), module, text)


def mentions(source: Source, name: str) -> bool:
    """Whether the bare name stands anywhere in the file."""
    return _taken(source, "", name)


def drop(source: Source, names: frozenset[str]) -> tuple[Edit, ...]:
    """Takes names out of the imports at module level. An import that is laid out over lines in an unusual way is left as it is."""
    edits: list[Edit] = []
    for statement, found in _header(source.module):
        if not isinstance(found, cst.ImportFrom) or isinstance(found.names, cst.ImportStar):
            continue
        kept = [alias for alias in found.names if _local(alias) not in names]
        if not kept:
            edits.append(statements.remove(source, statement))
        elif len(kept) < len(found.names):
            edits += _thinned(source, found, [alias for alias in found.names if alias not in kept])
    return tuple(edits)


def unneeded(source: Source, edit: Edit) -> tuple[Edit, ...]:
    """Takes out the imports of names that stood only in what an edit replaces."""
    if source.path.endswith("__init__.py"):
        return ()
    gone: set[str] = set()
    for _, found in _header(source.module):
        for alias in found.names if isinstance(found, cst.ImportFrom) and not isinstance(found.names, cst.ImportStar) else ():
            name = _local(alias)
            uses = [node for node in source.named.get(name, ()) if not isinstance(source.parent(node), cst.ImportAlias | cst.AsName)]
            spans = [source.span(node) for node in uses]
            inside = all(
                (edit.span.row, edit.span.column) <= (one.row, one.column) < (edit.span.end_row, edit.span.end_column) for one in spans
            )
            if spans and inside and not re.search(rf"\b{name}\b", edit.content):
                gone.add(name)
    return drop(source, frozenset(gone))


def _thinned(source: Source, found: cst.ImportFrom, gone: Sequence[cst.ImportAlias]) -> list[Edit]:
    assert not isinstance(found.names, cst.ImportStar)
    names = list(found.names)
    if source.span(names[0]).row == source.span(names[-1]).row:
        first, last = source.span(names[0]), source.span(names[-1])
        text = ", ".join(source.code(alias) for alias in names if alias not in gone)
        return [Edit(source.path, text, Span(first.row, first.column, last.end_row, last.end_column))]
    rows = [source.span(alias).row for alias in names]
    if (
        len(set(rows)) < len(rows)
        or not all(_starts_line(source, alias) for alias in gone)
        or (names[-1] in gone and not _comma(names[-1]))
    ):
        return []
    return [Edit(source.path, "", Span(source.span(alias).row, 1, source.span(alias).row + 1, 1)) for alias in gone]


def _comma(alias: cst.ImportAlias) -> bool:
    return isinstance(alias.comma, cst.Comma)


def _local(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.asname.name if alias.asname is not None else alias.name)


Header = Sequence[tuple[cst.SimpleStatementLine, cst.Import | cst.ImportFrom]]


def _header(module: cst.Module) -> Header:
    """The imports at the top of a file: those above the first function or class; all of the module when none is there."""
    above: list[tuple[cst.SimpleStatementLine, cst.Import | cst.ImportFrom]] = []
    below = list(above)
    chosen = above
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            chosen = below
        elif isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
            small = statement.body[0]
            if isinstance(small, cst.Import | cst.ImportFrom):
                chosen.append((statement, small))
    return above or below


def _taken(source: Source, module: str, name: str) -> bool:
    """Whether the bare name stands anywhere in the file, other than for the very import (in a function, say)."""
    for node in source.named.get(name, ()):
        parent = source.parent(node)
        inner = (isinstance(parent, cst.Attribute) and parent.attr is node) or (isinstance(parent, cst.Arg) and parent.keyword is node)
        if not inner:
            return not any(_imports(found, module, name) for found in source.imports)
    return False


def _imports(found: cst.ImportFrom, module: str, name: str) -> bool:
    names = found.names if not isinstance(found.names, cst.ImportStar) else ()
    return dotted_name(found.module) == module and any(dotted_name(alias.name) == name for alias in names)


def _join(source: Source, found: cst.ImportFrom, name: str) -> Edit | None:
    """`name` in an import that is there, in order if its names are; None where that line would get too long."""
    if isinstance(found.names, cst.ImportStar):
        return None
    names = [dotted_name(alias.name) for alias in found.names]
    later = next((alias for alias in found.names if dotted_name(alias.name) > name), None) if names == sorted(names) else None
    if later is not None:
        spot = source.span(later)
        alone = _starts_line(source, later)
        between = f",\n{source.line(spot.row)[: spot.column - 1]}" if alone else ", "
        edit = source.insert(spot.row, spot.column, f"{name}{between}")
    else:
        last = found.names[-1]
        spot = source.span(last)
        alone = _starts_line(source, last)
        row, column = spot.end_row, spot.end_column
        if isinstance(last.comma, cst.Comma):
            comma = source.span(last.comma)
            row, column = comma.row, source.line(comma.row).index(",", comma.column - 1) + 2
        elif alone:
            return source.insert(row, column, f",\n{source.line(spot.row)[: spot.column - 1]}{name}")
        if alone:
            return source.insert(row, column, f"\n{source.line(spot.row)[: spot.column - 1]}{name},")
        edit = source.insert(row, column, f" {name}," if isinstance(last.comma, cst.Comma) else f", {name}")
    width = max([_WIDE, *(len(source.line(row)) for row in range(1, source.rows + 1) if "import" not in source.line(row))])
    return edit if alone or len(source.line(edit.span.row)) + len(edit.content) <= min(width, 120) else None


def _starts_line(source: Source, node: cst.CSTNode) -> bool:
    spot = source.span(node)
    return not source.line(spot.row)[: spot.column - 1].strip()


def _new_line(source: Source, header: Header, module: str, line: str) -> Edit:
    root = module.partition(".")[0]
    same = [
        (statement, dotted_name(found.module))
        for statement, found in header
        if isinstance(found, cst.ImportFrom) and not found.relative and dotted_name(found.module).partition(".")[0] == root
    ]
    if same:
        later = next((statement for statement, other in same if other > module), None)
        return statements.before(source, later, [line]) if later is not None else statements.after(source, same[-1][0], [line])
    absolute = [statement for statement, found in header if not _own(source, found)]
    if absolute and root in sys.stdlib_module_names:
        standard = [statement for statement in absolute if _standard(header, statement)]
        if not standard:
            return statements.before(source, header[0][0], [line, ""])
        future = "__future__" in source.code(standard[-1])
        return statements.after(source, standard[-1], ["", line] if future else [line])
    if absolute:
        apart = _standard(header, absolute[-1]) and root not in sys.stdlib_module_names
        return statements.after(source, absolute[-1], ["", line] if apart else [line])
    if header:
        return statements.before(source, header[0][0], [line, ""])
    return _first_import(source, line)


def _standard(header: Header, statement: cst.SimpleStatementLine) -> bool:
    """Whether an import is of the standard library, `__future__` among it, which stands in a group of its own."""
    found = next(one for known, one in header if known is statement)
    module = found.names[0].name if isinstance(found, cst.Import) else found.module
    return dotted_name(module).partition(".")[0] in sys.stdlib_module_names


def _own(source: Source, found: cst.Import | cst.ImportFrom) -> bool:
    """Whether an import is relative, or of a package whose name is that of a directory above the file."""
    if isinstance(found, cst.Import):
        root = dotted_name(found.names[0].name)
    elif found.relative:
        return True
    else:
        root = dotted_name(found.module)
    return root.partition(".")[0] in source.path.split("/")[:-1]


def _first_import(source: Source, line: str) -> Edit:
    first = source.module.body[0] if source.module.body else None
    if (
        isinstance(first, cst.SimpleStatementLine)
        and isinstance(first.body[0], cst.Expr)
        and isinstance(first.body[0].value, cst.SimpleString)
    ):
        return statements.after(source, first, ["", line])
    if isinstance(first, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        return statements.before(source, first, [line, "", ""])
    return source.insert(1, 1, f"{line}\n")

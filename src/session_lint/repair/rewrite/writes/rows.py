"""The row that an insert writes, as the code spells it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import statements

_NEW_ID = ("lastrowid", "inserted_primary_key", "last_insert_rowid", "insert_id")


@dataclass(frozen=True, slots=True)
class Row:
    """`entries` are the columns with their values, in order; `node` is the display or call that spells them out.

    `complete`: there are no other columns.
    """

    entries: tuple[tuple[str, cst.BaseExpression], ...]
    node: cst.BaseExpression
    complete: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the row sets."""
        return tuple(name for name, _ in self.entries)


def argument(call: cst.Call, position: int, *names: str) -> cst.Arg | None:
    """The argument of a call at a position, or by one of its names. A `*` before it hides the position."""
    for number, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value in names:
            return arg
        if arg.keyword is None and number == position and not any(before.star for before in call.args[: number + 1]):
            return arg
    return None


def row_of(source: Source, expression: cst.BaseExpression) -> Row:
    """The row an expression holds: a dict display, `dict(a=1)`, a list of one row, or a name that is bound to one of them once.

    Raises CannotRepair when the columns cannot all be seen.
    """
    value = value_of(source, expression)
    match value:
        case cst.Dict():
            return Row(_dict_entries(source, value), value)
        case cst.Call(func=cst.Name("dict")):
            return Row(keywords(source, value.args), value)
        case cst.List(elements=[cst.Element(value=inner)]) | cst.Tuple(elements=[cst.Element(value=inner)]):
            return row_of(source, inner)
    raise CannotRepair(f"the columns of the new row cannot be seen at {source.path}:{source.span(expression).row}")


def seen_row(source: Source, expression: cst.BaseExpression) -> Row:
    """What can be seen of a row: as `row_of`, else the columns that a display with `**rest`, or a later `row.update({...})`, sets.

    Raises CannotRepair when nothing can be seen.
    """
    try:
        return row_of(source, expression)
    except CannotRepair:
        found = tuple(_seen(source, expression))
        if not found:
            raise
        return Row(found, expression, complete=False)


def _seen(source: Source, expression: cst.BaseExpression) -> Iterator[tuple[str, cst.BaseExpression]]:
    if isinstance(expression, cst.Dict):
        for element in reversed(expression.elements):
            if not isinstance(element, cst.DictElement):
                return  # what comes before `**rest` may be replaced by it
            name = element.key.evaluated_value if isinstance(element.key, cst.SimpleString) else None
            if isinstance(name, str):
                yield name, element.value
    elif isinstance(expression, cst.Name):
        yield from _set_later(source, expression)


def _set_later(source: Source, name: cst.Name) -> Iterator[tuple[str, cst.BaseExpression]]:
    """`row.update({"a": 1})` and `row["a"] = 1` as statements of the block that uses the row, after its one binding."""
    function = source.function_around(name)
    if function is None or len(bindings(function, name.value)) != 1:
        return
    statement = source.statement(name)
    block = statements.block_of(source, statement)
    for earlier in block[: list(block).index(statement)]:
        match earlier:
            case cst.SimpleStatementLine(
                body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=cst.Name(known), attr=cst.Name("update")), args=[arg]))]
            ) if known == name.value and isinstance(arg.value, cst.Dict):
                yield from _seen(source, arg.value)
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(
                        targets=[
                            cst.AssignTarget(
                                target=cst.Subscript(
                                    value=cst.Name(known), slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))]
                                )
                            )
                        ],
                        value=value,
                    )
                ]
            ) if known == name.value and isinstance(key.evaluated_value, str):
                yield key.evaluated_value, value


def no_new_id(source: Source, call: cst.Call) -> None:
    """Raises CannotRepair when the function of an insert asks for the id of the new row, which an upsert does not always have."""
    function = source.function_around(call)
    if function is not None and m.findall(function, m.Attribute(attr=m.OneOf(*(m.Name(name) for name in _NEW_ID)))):
        raise CannotRepair("the id of the new row is asked for afterwards, which an upsert that updates does not give")


def keywords(source: Source, args: Sequence[cst.Arg]) -> tuple[tuple[str, cst.BaseExpression], ...]:
    """The columns of a row given by keyword arguments. Raises CannotRepair for anything else among them."""
    found: list[tuple[str, cst.BaseExpression]] = []
    for arg in args:
        if arg.keyword is None or arg.star:
            raise CannotRepair(f"the columns of the new row cannot be seen at {source.path}:{source.span(arg).row}")
        found.append((arg.keyword.value, arg.value))
    return tuple(found)


def value_of(source: Source, expression: cst.BaseExpression) -> cst.BaseExpression:
    """What an expression stands for: itself, or for a name what is bound to it.

    A name must be bound once in the function and be used nowhere else but read there, or be bound once at module level.
    Raises CannotRepair otherwise.
    """
    if not isinstance(expression, cst.Name):
        return expression
    function = source.function_around(expression)
    for scope in (function, source.module):
        bound = bindings(scope, expression.value) if scope is not None else []
        if len(bound) == 1 and bound[0] is not None and not _changed(scope, expression.value):
            return bound[0]
        if bound:
            break
    raise CannotRepair(f"what `{expression.value}` holds cannot be seen at {source.path}:{source.span(expression).row}")


def bindings(scope: cst.CSTNode | None, name: str) -> list[cst.BaseExpression | None]:
    """What is bound to a name anywhere in a function or module: the value of a plain assignment, None for any other way."""
    found: list[cst.BaseExpression | None] = []
    if scope is None:
        return found
    plain: dict[cst.CSTNode, cst.BaseExpression] = {}
    for node in m.findall(scope, m.Assign() | m.AnnAssign()):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known) as target)], value=value) if known == name:
                plain[target] = value
            case cst.AnnAssign(target=cst.Name(known) as annotated, value=cst.BaseExpression() as value) if known == name:
                plain[annotated] = value
    for storing in m.findall(scope, _stores()):
        found += [plain.get(node) for node in _stored(storing) if node.value == name]
    return found


def _stores() -> m.BaseMatcherNode:
    plain = m.AssignTarget() | m.AnnAssign() | m.AugAssign() | m.NamedExpr() | m.For() | m.CompFor() | m.AsName() | m.Param()
    return plain | m.Del() | m.Global() | m.Nonlocal() | m.FunctionDef() | m.ClassDef()


def _stored(node: cst.CSTNode) -> list[cst.Name]:
    match node:
        case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target) | cst.NamedExpr(target=target):
            return _names(target)
        case cst.For(target=target) | cst.CompFor(target=target) | cst.Del(target=target):
            return _names(target)
        case cst.AsName(name=target) | cst.Param(name=target) | cst.FunctionDef(name=target) | cst.ClassDef(name=target):
            return _names(target)
        case cst.Global(names=names) | cst.Nonlocal(names=names):
            return [item.name for item in names]
    return []


def _names(target: cst.CSTNode) -> list[cst.Name]:
    match target:
        case cst.Name():
            return [target]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for element in elements for name in _names(element.value)]
        case cst.StarredElement(value=value):
            return _names(value)
    return []


_CHANGES = ("update", "pop", "setdefault", "clear", "popitem", "append", "extend", "insert", "add")


def _changed(scope: cst.CSTNode | None, name: str) -> bool:
    """Whether what a name holds is changed in place: `row["a"] = 1`, `row.update(...)`."""
    assert scope is not None
    item = m.Subscript(value=m.Name(name))
    method = m.Call(func=m.Attribute(value=m.Name(name), attr=m.OneOf(*(m.Name(verb) for verb in _CHANGES))))
    return bool(m.findall(scope, m.AssignTarget(target=item) | m.AugAssign(target=item) | m.Del(target=item) | method))


def _dict_entries(source: Source, display: cst.Dict) -> tuple[tuple[str, cst.BaseExpression], ...]:
    found: list[tuple[str, cst.BaseExpression]] = []
    for element in display.elements:
        key = element.key if isinstance(element, cst.DictElement) else None
        name = key.evaluated_value if isinstance(key, cst.SimpleString | cst.ConcatenatedString) else None
        if not isinstance(name, str):
            raise CannotRepair(f"the columns of the new row cannot all be seen at {source.path}:{source.span(element).row}")
        found.append((name, element.value))
    return tuple(found)

"""A row that is found or built, stored to and saved, as one get-or-create or update-or-create: the edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file import names, naming
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, create_call, field_defaults, filled, model_hooks, parts, pure_functions
from session_lint.repair.rewrite.writes.filled import Filled, Store
from session_lint.repair.rewrite.writes.harmless import calls, root, unknown

_Values = Mapping[str, cst.BaseExpression]


_EARLY = "; a new row is there before what is stored in it on some ways only"
_ALONE = "; of a row that is there these columns alone are written"


def written(row: Filled, getter: str, updater: str) -> tuple[Edit, str, str]:
    """The edit, the name of what it calls, and one more clause of the message. Raises CannotRepair where that would do more, or other
    things."""
    _require_class(row)
    _require_plain_saves(row)
    _require_key(row)
    everything = _everything(row)
    if everything is None:
        return _kept(row, getter), getter, _EARLY
    new, there = everything
    _require_columns(row, (*new, *(one.column for one in there)))
    _require_values(row, (*new.values(), *(one.value for one in there if one.value is not None)))
    if updater and _same(row, new, there) and not model_hooks.of(row.sources, row.model):
        return _updated(row, new, updater), updater, _ALONE
    return _two_ways(row, new, there, getter), getter, ""


def _everything(row: Filled) -> tuple[_Values, tuple[Store, ...]] | None:
    """What a new row is made of besides the key, and what is stored in one that was there; None where that is not all stored always."""
    both: list[Store] = []
    new = row.row()
    for statement in row.between:
        found = filled.store(row.held, statement)
        if found is None or found.value is None:
            return None
        both.append(found)
        new[found.column] = found.value
    if {one.column for one in (*row.found, *both)} & set(row.key):
        raise CannotRepair("the key of the row that was found is changed")
    return {name: value for name, value in new.items() if name not in row.key}, (*row.found, *both)


def _same(row: Filled, new: _Values, there: Iterable[Store]) -> bool:
    """Whether a new row and one that was there get the same columns."""
    code = row.source.code
    last = {one.column: one.value for one in there}
    stored = {name: None if value is None else code(value) for name, value in last.items()}
    return bool(stored) and stored == {name: code(value) for name, value in new.items()}


# -- what must be so ----------------------------------------------------------------------------------------------


def _require_class(row: Filled) -> None:
    """Raises CannotRepair unless the object is built by the class that is looked up."""
    owner = row.looked.owner
    if row.source.code(row.built.func) not in (owner, owner.rpartition(".")[0]):
        raise CannotRepair("the row is not looked up through what makes it")
    if model_hooks.narrow_save(row.sources, row.model):
        raise CannotRepair(f"the `save` of `{row.model}` takes no arguments, and a get-or-create gives it some")


def _require_plain_saves(row: Filled) -> None:
    """Raises CannotRepair for a `save` with arguments, and for one of two that is not awaited."""
    ends = [row.ending] if row.ending is not None else _last_of_each(row)
    if row.held and not row.found and len(ends) != 1:
        raise CannotRepair(f"`{row.held}` is saved more than once")
    for one in ends if row.held else ():
        call = filled.saving(row.held, one)
        if call is None or call.args:
            raise CannotRepair("the object is saved in a way that a get-or-create does not have")
        if isinstance(row.source.parent(call), cst.Await) != row.looked.awaited:
            raise CannotRepair("only one of the two calls is awaited")


def _last_of_each(row: Filled) -> list[Statement]:
    saves = (
        one for one in parts.nodes(row.choice) if isinstance(one, cst.SimpleStatementLine) and filled.saving(row.held, one) is not None
    )
    return list(saves)


def _require_key(row: Filled) -> None:
    new = row.row()
    for name, value in row.looked.key:
        if name not in new or row.source.code(new[name]) != row.source.code(value):
            raise CannotRepair(f"the new row does not set `{name}` to what was looked for")
    _require_values(row, (*new.values(), *(value for _, value in row.looked.key)))


def _require_values(row: Filled, values: Iterable[cst.BaseExpression]) -> None:
    """Raises CannotRepair for values that cannot be worked out before the row is looked for, or twice."""
    for value in values:
        what = unknown(row.source, value, known=(*_entries(row, value), *pure_functions.calls(row.sources, row.source, value)))
        if what or any(isinstance(node, cst.Await | cst.NamedExpr | cst.Yield) for node in parts.nodes(value)):
            raise CannotRepair(f"`{what or row.source.code(value)}` would be called at another time, or once more")
        if row.held in {node.value for node in parts.nodes(value) if isinstance(node, cst.Name)}:
            raise CannotRepair(f"a value of the new row is made of `{row.held}`")
        if copied.in_texts(row.source, value):
            raise CannotRepair("a text over several lines is among the values of the row")


def _entries(row: Filled, value: cst.BaseExpression) -> Iterator[cst.Call]:
    """What asks a mapping for an entry: `data.get("note", "")`, of which the mapping is no module."""
    for call in calls(value):
        match call:
            case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("get")), args=[cst.Arg(value=cst.SimpleString()), *more]):
                begin = root(owner)
                if len(more) < 2 and isinstance(begin, cst.Name) and begin.value not in names.of_module(row.source.module):
                    yield call


def _require_columns(row: Filled, wanted: Iterable[str]) -> None:
    """Raises CannotRepair for what is stored in the object and may be no column."""
    table = row.material.schema.table
    strange = [name for name in wanted if table is None or not table.has([name]) or table.kind(name).many]
    if strange:
        raise CannotRepair(f"whether `{strange[0]}` is a column of `{row.model}` is not known")


# -- the three forms ----------------------------------------------------------------------------------------------


def _updated(row: Filled, new: _Values, verb: str) -> Edit:
    """`tag, _ = Tag.objects.update_or_create(name=name, defaults={...})` in place of all of it."""
    head = f"{row.held}, {create_call.spare_name(row.source)} = " if row.used() else ""
    return _in_place(row, row.last, [_call(row, head, verb, new)])


def _two_ways(row: Filled, new: _Values, there: tuple[Store, ...], verb: str) -> Edit:
    """A get-or-create with all of a new row, and under its flag what is stored in one that was there."""
    source, step = row.source, layout.unit(row.source)
    space = statements.indent(source, row.begun)
    asked = there or row.rest
    flag = naming.free_name(source, row.built, "created") if asked else create_call.spare_name(source)
    read = row.held and (there or row.used() or any(row.held == one.value for part in row.rest for one in names.reads(part)))
    head = f"{row.held if read else create_call.spare_name(source)}, {flag} = " if asked or read else ""
    text = [_call(row, head, verb, new)]
    if row.rest:
        text += [f"if {flag}:", *(line.removeprefix(space) for line in copied.lines(source, row.rest, space + step, more=True))]
    if there:
        stores = [line for one in there for line in copied.lines(source, [one.statement], space + step)]
        wait = "await " if row.looked.awaited else ""
        text += [f"if not {flag}:", *(line.removeprefix(space) for line in stores), f"{step}{wait}{row.held}.save()"]
    return _in_place(row, row.last, text)


def _kept(row: Filled, verb: str) -> Edit:
    """A get-or-create in place of the look-up and of what builds the row; what is stored and saved behind it stays."""
    if row.ending is None or row.found:
        raise CannotRepair("what is stored in a new row depends on what is in it")
    always = [one for one in (filled.store(row.held, one) for one in row.between) if one is not None]
    sometimes = set(_stored(row)) - {one.column for one in always}
    for one in row.between:
        _require_sure(row, one)
    new = {name: value for name, value in row.row().items() if name not in row.key}
    for store in always:
        if store.column not in new and not _optional(row, store.column):
            if store.value is None:
                raise CannotRepair(f"a new row is not made without `{store.column}`, which is made of what is in it")
            new[store.column] = store.value
    needed = [name for name in sorted(sometimes) if name not in new]
    missing = [name for name in needed if not _optional(row, name)]
    if missing:
        raise CannotRepair(f"`{missing[0]}` is stored on some ways only, and a row may not be made without it")
    if model_hooks.of(row.sources, row.model):
        raise CannotRepair(f"something of the project hears of each `{row.model}` that is saved, and would hear of a new one twice")
    _require_columns(row, (*new, *_stored(row)))
    _require_values(row, new.values())
    return _in_place(row, row.choice, [_call(row, f"{row.held}, {create_call.spare_name(row.source)} = ", verb, new)])


def _optional(row: Filled, column: str) -> bool:
    table = row.material.schema.table
    return table is not None and field_defaults.optional(row.sources[table.path], table.model.rpartition(".")[2], column)


def _stored(row: Filled) -> Iterator[str]:
    """The columns that are stored behind the choice, on some ways or all."""
    for one in row.between:
        for node in parts.nodes(one):
            if isinstance(node, cst.AssignTarget | cst.AugAssign):
                match node.target:
                    case cst.Attribute(value=cst.Name(name), attr=cst.Name(column)) if name == row.held:
                        yield column


def _require_sure(row: Filled, statement: Statement) -> None:
    """Raises CannotRepair for a statement between a row that is there now and its columns that may raise, or do something else."""
    where = f"at {row.source.path}:{row.source.span(statement).row}"
    if isinstance(statement, cst.If):
        body = [one for suite in (statement.body, statement.orelse) if suite is not None for one in _suite(suite, where)]
        for one in body:
            _require_sure(row, one)
    elif filled.store(row.held, statement) is None:
        raise CannotRepair(f"other statements stand between the look-up and the insert, {where}")
    asked: cst.CSTNode = statement.test if isinstance(statement, cst.If) else statement
    for node in parts.nodes(asked):
        if isinstance(node, cst.Call | cst.Subscript | cst.Await | cst.NamedExpr):
            raise CannotRepair(f"what is worked out {where} may fail, and would leave a row without its columns")
        if isinstance(node, cst.Attribute) and row.source.code(node) in (f"{row.held}.pk", f"{row.held}.id"):
            raise CannotRepair(f"`{row.source.code(node)}` is asked for, {where}, and a new row would have one by then")


def _suite(node: cst.CSTNode, where: str) -> Iterator[Statement]:
    suite = node.body if isinstance(node, cst.Else) else node
    if isinstance(suite, cst.If):
        yield suite
    elif isinstance(suite, cst.BaseSuite):
        yield from copied.suite(suite)
    else:
        raise CannotRepair(f"other statements stand between the look-up and the insert, {where}")


# -- how it is written --------------------------------------------------------------------------------------------


def _call(row: Filled, head: str, verb: str, new: _Values) -> str:
    """The call, in one line where it fits."""
    source, quote = row.source, create_call.quotes(row.source)
    space, step = statements.indent(source, row.begun), layout.unit(source)
    wait = "await " if row.looked.awaited else ""
    begin = f"{head}{wait}{row.looked.owner}.{verb}("
    keys = [f"{name}={_text(row, value, step)}" for name, value in row.looked.key]
    inline, deep = ([f"{quote}{name}{quote}: {_text(row, value, inner)}" for name, value in new.items()] for inner in (step, step * 2))
    together = ", ".join([*keys, *([f"defaults={{{', '.join(inline)}}}"] if new else [])])
    one = f"{begin}{together})"
    if "\n" not in one and len(space) + len(one) <= source.limit:
        return one
    lines = [f"{step}{key}," for key in keys]
    flat = f"{step}defaults={{{', '.join(inline)}}},"
    if new and "\n" not in flat and len(space) + len(flat) <= source.limit:
        lines.append(flat)
    elif new:
        lines += [f"{step}defaults={{", *(f"{step * 2}{pair}," for pair in deep), f"{step}}},"]
    return "\n".join((begin, *lines, ")"))


def _text(row: Filled, value: cst.BaseExpression, inner: str) -> str:
    """A value, its further lines as far in as its first."""
    source = row.source
    first, *others = source.slice(source.outer(value)).split("\n")
    own = statements.indent(source, source.statement(value)) if others else ""
    return "\n".join([first, *(inner + line.removeprefix(own) for line in others)])


def _in_place(row: Filled, last: Statement, lines: Iterable[str]) -> Edit:
    """The lines in place of all from the look-up to a statement, with the comments that stand alone there above them."""
    source = row.source
    space = statements.indent(source, row.begun)
    start, end = statements.rows(source, row.begun)[0], statements.rows(source, last)[1]
    text = [*_comments(row, start, end), *(line for part in lines for line in part.split("\n"))]
    body = "\n".join(space + line if line else line for line in text)
    return Edit(source.path, body, Span(start, 1, end, len(source.line(end)) + 1))


def _comments(row: Filled, start: int, end: int) -> Iterator[str]:
    for number in range(start, end + 1):
        line = row.source.line(number).strip()
        if line.startswith("#"):
            yield line
        elif "#" in line:
            raise CannotRepair(f"a comment at {row.source.path}:{number} would be lost")

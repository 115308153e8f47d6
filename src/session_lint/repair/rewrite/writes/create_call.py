"""`create(key=..., other=...)` as `update_or_create(key=..., defaults={"other": ...})`: Django and Tortoise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, statements


@dataclass(frozen=True, slots=True)
class Chunk:
    """One argument with the lines it stands on: `lines` hold its comments too when every argument has lines of its own."""

    name: str
    arg: cst.Arg
    rows: tuple[int, int]


def arguments(source: Source, call: cst.Call, keys: Sequence[str], *, outside: frozenset[str] = frozenset()) -> Edit:
    """The arguments of a call anew: `keys` (and `outside`, which are no columns) as they are, the others in `defaults={...}`.

    One argument a line stays that, with the comments on these lines. Raises CannotRepair for comments in any other layout.
    """
    opening, closing = _brackets(source, call)
    chunks = _chunks(source, call)
    first = [chunk for key in keys for chunk in chunks if chunk.name == key]
    first += [chunk for chunk in chunks if chunk.name in outside]
    others = [chunk for chunk in chunks if chunk not in first]
    region = Span(opening[0], opening[1], closing[0], closing[1])
    if _one_a_line(source, opening, closing, chunks):
        return Edit(source.path, _lines(source, first, others, closing), region)
    if "#" in re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "", source.slice(region)):
        raise CannotRepair(f"comments stand between the arguments of the call at {source.path}:{opening[0]}")
    quote = quotes(source)
    keywords = [source.code(chunk.arg).rstrip(", ") for chunk in first]
    pairs = [f"{quote}{chunk.name}{quote}: {_value(source, chunk)}" for chunk in others]
    if any("\n" in text for text in (*keywords, *pairs)):
        raise CannotRepair(f"the arguments of the call at {source.path}:{opening[0]} are laid out in a way that cannot be kept")
    together = ", ".join([*keywords, f"defaults={{{', '.join(pairs)}}}"])
    line = source.line(opening[0])
    if opening[0] == closing[0] and len(line) - (closing[1] - opening[1]) + len(together) + len("update_or_") <= source.limit:
        return Edit(source.path, together, region)
    return Edit(source.path, _broken(source, line, keywords, pairs), region)


def saved(source: Source, call: cst.Call, manager: str, verb: str) -> tuple[cst.Call, tuple[Edit, ...]]:
    """`Model(...).save()`, or `x = Model(...)` with `x.save()` right below it, as `manager.verb(...)`.

    Gives the call of the class, whose arguments are left as they are, and the edits. Raises CannotRepair when more happens to
    the object before it is saved.
    """
    if call.args or not isinstance(call.func, cst.Attribute):
        raise CannotRepair("the object is saved in a way that an upsert does not have")
    awaited = isinstance(source.parent(call), cst.Await)
    statement = source.statement(call)
    made = call.func.value
    if isinstance(made, cst.Call):
        end, start = source.span(call), source.span(made)
        tail = Edit(source.path, "", Span(start.end_row, start.end_column, end.end_row, end.end_column))
        if not isinstance(source.parent(source.parent(call) if awaited else call), cst.Expr):  # type: ignore[arg-type]
            raise CannotRepair("the result of `save()` is used")
        return made, (source.replace(made.func, f"{manager}.{verb}"), tail)
    block = list(statements.block_of(source, statement))
    before = block[block.index(statement) - 1] if block.index(statement) else None
    match before:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as target)], value=cst.Call() as made)]):
            if source.code(call.func.value) == target.value and not made.lpar:
                wait = "await " if awaited else ""
                called = source.replace(made.func, f"{wait}{manager}.{verb}")
                return made, (called, _bound(source, target, made, call), statements.remove(source, statement))
    raise CannotRepair("the object is made in another place, or changed before it is saved")


def _bound(source: Source, target: cst.Name, made: cst.Call, call: cst.Call) -> Edit:
    """The name of an object gets the first of a pair; it goes where nothing but the saving uses it."""
    scope = source.function_around(call)
    start, end = source.span(target), source.span(made)
    if scope is not None and len(m.findall(scope, m.Name(target.value))) == 2:
        return Edit(source.path, "", Span(start.row, start.column, end.row, end.column))
    return source.insert(start.end_row, start.end_column, f", {spare_name(source)}")


def keys_of(wanted: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns of a clear's filter as the new row spells them (`user` and `user_id` are one); () when one is missing."""
    found = [next((name for name in columns if name in (key, f"{key}_id", key.removesuffix("_id"))), "") for key in wanted]
    return tuple(found) if all(found) else ()


def result(source: Source, call: cst.Call, model: str) -> tuple[Edit, ...]:
    """What uses the created object gets it out of the pair that `update_or_create` returns."""
    above = source.parent(call)
    awaited = isinstance(above, cst.Await)
    whole: cst.BaseExpression = above if isinstance(above, cst.Await) else call
    user = source.parent(whole)
    spare = spare_name(source)
    match user:
        case cst.Expr():
            return ()
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name() | cst.Attribute() as target)]):
            end = source.outer(target)
            return (source.insert(end.end_row, end.end_column, f", {spare}"),)
        case cst.Return() if isinstance(source.parent(user), cst.SimpleStatementLine):
            statement = source.statement(user)
            name = _fresh(source, call, model)
            start, value = source.span(user), source.outer(whole)
            head = Edit(source.path, f"{name}, {spare} = ", Span(start.row, start.column, value.row, value.column))
            return (head, statements.after(source, statement, [f"return {name}"]))
    if awaited:
        raise CannotRepair("the new object is used inside an expression")
    end = source.span(call)
    return (source.insert(end.end_row, end.end_column, "[0]"),)


def quotes(source: Source) -> str:
    """The kind of quotes that the file uses for most of its texts."""
    texts = [node.quote for node in m.findall(source.module, m.SimpleString()) if isinstance(node, cst.SimpleString)]
    return "'" if texts.count("'") > texts.count('"') else '"'


def _brackets(source: Source, call: cst.Call) -> tuple[tuple[int, int], tuple[int, int]]:
    """The point behind the opening bracket of the arguments, and the one before the closing bracket."""
    whole, called = source.span(call), source.span(call.func)
    opening = source.line(called.end_row).index("(", called.end_column - 1) + 2
    return (called.end_row, opening), (whole.end_row, whole.end_column - 1)


def _chunks(source: Source, call: cst.Call) -> list[Chunk]:
    found: list[Chunk] = []
    row = _brackets(source, call)[0][0]
    for arg in call.args:
        if arg.keyword is None or arg.star:
            raise CannotRepair(f"the columns of the new row cannot be seen at {source.path}:{source.span(arg).row}")
        span = source.outer(arg.value)
        found.append(Chunk(arg.keyword.value, arg, (row + 1, span.end_row)))
        row = span.end_row
    return found


def _one_a_line(source: Source, opening: tuple[int, int], closing: tuple[int, int], chunks: Sequence[Chunk]) -> bool:
    if not chunks or source.line(opening[0])[opening[1] - 1 :].strip():
        return False
    starts = [source.span(chunk.arg) for chunk in chunks]
    alone = all(not source.line(span.row)[: span.column - 1].strip() for span in starts)
    apart = len({row for chunk in chunks for row in {source.span(chunk.arg).row, chunk.rows[1]}} & {closing[0]}) == 0
    return alone and apart and not source.line(closing[0])[: closing[1] - 1].strip()


def _lines(source: Source, first: Sequence[Chunk], others: Sequence[Chunk], closing: tuple[int, int]) -> str:
    """The arguments on the lines they have, those of `defaults` one step further in."""
    example = [*first, *others][0]
    space = source.line(source.span(example.arg).row)[: source.span(example.arg).column - 1]
    step, quote = layout.unit(source), quotes(source)
    lines = [line for chunk in first for line in _comma(source, chunk, _text(source, chunk))]
    if others:
        lines.append(f"{space}defaults={{")
        for chunk in others:
            lines += [f"{step}{line}" if line.strip() else line for line in _comma(source, chunk, _pair(source, chunk, quote))]
        lines.append(f"{space}}},")
    outer = source.line(closing[0])[: closing[1] - 1]
    return "\n" + "\n".join(lines) + f"\n{outer}"


def _text(source: Source, chunk: Chunk) -> list[str]:
    return [source.line(row) for row in range(chunk.rows[0], chunk.rows[1] + 1)]


def _pair(source: Source, chunk: Chunk, quote: str) -> list[str]:
    """The lines of an argument as an entry of a dict."""
    span = source.span(chunk.arg)
    if any(isinstance(node, cst.SimpleString | cst.FormattedString) and _long(source, node) for node in _strings(chunk.arg)):
        raise CannotRepair(f"a text over several lines is among the values of the new row at {source.path}:{span.row}")
    lines = _text(source, chunk)
    index = span.row - chunk.rows[0]
    value = source.outer(chunk.arg.value)
    if value.row != span.row:
        raise CannotRepair(f"an argument at {source.path}:{span.row} is laid out in a way that cannot be kept")
    line = lines[index]
    lines[index] = f"{line[: span.column - 1]}{quote}{chunk.name}{quote}: {line[value.column - 1 :]}"
    return lines


def _comma(source: Source, chunk: Chunk, lines: list[str]) -> list[str]:
    """The last argument may stand without a comma."""
    if isinstance(chunk.arg.comma, cst.Comma):
        return lines
    rest = source.line(chunk.rows[1])[source.outer(chunk.arg.value).end_column - 1 :]
    body = lines[-1][: len(lines[-1]) - len(rest)] if rest else lines[-1]
    return [*lines[:-1], f"{body},{rest}"]


def _strings(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return m.findall(node, m.SimpleString() | m.FormattedString())


def _long(source: Source, node: cst.CSTNode) -> bool:
    span = source.span(node)
    return span.row != span.end_row


def _value(source: Source, chunk: Chunk) -> str:
    return source.slice(source.outer(chunk.arg.value))


def _broken(source: Source, line: str, keywords: Sequence[str], pairs: Sequence[str]) -> str:
    """One argument a line, for what does not fit in one line."""
    outer = line[: len(line) - len(line.lstrip())].lstrip("\f")
    step = layout.unit(source)
    lines = [f"{outer}{step}{keyword}," for keyword in keywords]
    together = f"{outer}{step}defaults={{{', '.join(pairs)}}},"
    if len(together) <= source.limit:
        lines.append(together)
    else:
        lines += [f"{outer}{step}defaults={{", *(f"{outer}{step * 2}{pair}," for pair in pairs), f"{outer}{step}}},"]
    return "\n" + "\n".join(lines) + f"\n{outer}"


def spare_name(source: Source) -> str:
    """A name for what is not needed: `_`, unless the file means something by it (a translated text)."""
    used = any(
        isinstance(node, cst.Name) and not isinstance(source.parent(node), cst.AssignTarget | cst.Element | cst.For | cst.Param)
        for node in m.findall(source.module, m.Name("_"))
    )
    return "_created" if used else "_"


def _fresh(source: Source, call: cst.Call, model: str) -> str:
    """A name for the object that the function does not use yet: after its class, else `instance`, `obj`."""
    scope = source.function_around(call) or source.module
    used = {node.value for node in m.findall(scope, m.Name()) if isinstance(node, cst.Name)}
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.rpartition(".")[2]).lower()
    return next((name for name in (snake, "instance", "obj") if name and name.isidentifier() and name not in used), "new_object")

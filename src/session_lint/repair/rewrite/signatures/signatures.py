"""Edits of a function's signature, of the docstring that describes it, and what speaks against such an edit."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.facts.intent import Definition
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import layout

_TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "contextmanager",
        "asynccontextmanager",
        "atomic",
        "final",
        "sync_to_async",
        "async_to_sync",
        "non_atomic_requests",
    }
)


def parameters(function: cst.FunctionDef) -> tuple[cst.Param, ...]:
    """Every parameter that an argument can name or take the place of, in order; `*args` and `**kwargs` are left out."""
    found = function.params
    return (*found.posonly_params, *found.params, *found.kwonly_params)


def parameter(function: cst.FunctionDef, name: str) -> cst.Param | None:
    """A parameter by name."""
    return next((one for one in parameters(function) if one.name.value == name), None)


def is_method(source: Source, function: cst.FunctionDef) -> bool:
    """Whether the first parameter is bound by the call's receiver: instance and class methods."""
    above = source.around(function, cst.FunctionDef | cst.Lambda | cst.ClassDef)
    return isinstance(above, cst.ClassDef) and not any(_decorator(one) == "staticmethod" for one in function.decorators)


def annotated(source: Source, function: cst.FunctionDef) -> bool:
    """Whether the signature says types: of a parameter or, where there is none to say it of, of the result."""
    rest = parameters(function)[1 if is_method(source, function) else 0 :]
    return any(one.annotation is not None for one in rest) if rest else function.returns is not None


def bind(source: Source, call: cst.Call, function: cst.FunctionDef) -> dict[str, cst.BaseExpression]:
    """The expressions that a call gives to the parameters of a function, by name; the receiver of a method is its first one.

    Raises CannotRepair for `*` and `**` arguments, which could be anything.
    """
    if any(arg.star for arg in call.args):
        raise CannotRepair(f"the call at {source.path}:{source.span(call).row} spreads its arguments")
    given: dict[str, cst.BaseExpression] = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    order = [one.name.value for one in (*function.params.posonly_params, *function.params.params)]
    values = [arg.value for arg in call.args if arg.keyword is None]
    if order[:1] and order[0] in {"self", "cls"} and isinstance(call.func, cst.Attribute):
        values.insert(0, call.func.value)
    return {**dict(zip(order, values, strict=False)), **given}


def require_free(sources: Sources, definition: Definition, name: str, *, own: bool = False) -> cst.FunctionDef:
    """The function, when it can take an optional parameter of that name. Raises CannotRepair with the reason when it must not.

    `own`: a variable of that name becomes the parameter.
    """
    source = sources[definition.path]
    function = source.function_at(definition.name_span)
    if definition.locked:
        raise CannotRepair(definition.locked)
    title = function.name.value
    if title.startswith("__") and title.endswith("__"):
        raise CannotRepair(f"`{title}` is called by Python itself")
    for decorator in function.decorators:
        called = _decorator(decorator)
        if called.rsplit(".", 1)[-1] not in _TRANSPARENT and not sources.transparent & {called, called.rsplit(".", 1)[-1]}:
            raise CannotRepair(f"`{title}()` is decorated with `@{called}`, which may read its signature")
    if isinstance(function.params.star_arg, cst.Param) or function.params.star_kwarg is not None:
        raise CannotRepair(f"`{title}()` forwards what it is given by `*` or `**`")
    if parameter(function, name) is not None or (not own and name in names.bound(function) | names.free(function)):
        raise CannotRepair(f"`{name}` already means something else in `{title}()`")
    return function


def add_parameter(source: Source, function: cst.FunctionDef, name: str, annotation: str = "", default: str = "None") -> Edit:
    """`name: annotation = default` as a new last parameter, in the layout of the others, broken up when the line grows too long."""
    text = f"{name}: {annotation} = {default}" if annotation else f"{name}={default}"
    known = parameters(function)
    if not known:
        row, column = _open(source, function)
        return source.insert(row, column, text)
    last = known[-1]
    end = _end(source, last)
    comma, marker = last.comma, function.params.posonly_ind
    if last in function.params.posonly_params and isinstance(marker, cst.ParamSlash):
        end, comma = source.span(marker), marker.comma
        end = Span(end.row, end.column, end.row, end.column + 1)
    if isinstance(comma, cst.Comma):
        return _after_comma(source, comma, last, text)
    broken = _broken(source, function, text, end)
    return broken if broken is not None else layout.append(source, source.span(last.name), end, len(known), text)


def _after_comma(source: Source, comma: cst.Comma, last: cst.Param, text: str) -> Edit:
    at = source.span(comma)
    column = source.line(at.row).index(",", at.column - 1) + 2
    if source.line(at.row)[column - 1 :].lstrip().startswith(")"):
        return source.insert(at.row, column, f" {text}")
    line = source.line(source.span(last.name).row)
    rest = source.line(at.row)
    if rest[column - 1 :].strip():  # a comment behind the comma stays with its parameter
        column = len(rest) + 1
    return source.insert(at.row, column, f"\n{line[: len(line) - len(line.lstrip())]}{text},")


def _broken(source: Source, function: cst.FunctionDef, text: str, end: Span) -> Edit | None:
    """The whole list anew, one parameter a line, when the line would grow over the file's limit."""
    line = source.line(end.end_row)
    if len(line) + len(text) + 2 <= source.usual:
        return None
    row, column = _open(source, function)
    close_row, close_column = _close(source, end)
    inner = source.slice(Span(row, column, close_row, close_column))
    if "#" in inner or "\n" in inner:
        return None
    items = [*_items(source, function), text]
    return Edit(source.path, layout.broken(source, row, items), Span(row, column, close_row, close_column))


def _items(source: Source, function: cst.FunctionDef) -> Iterator[str]:
    found = function.params
    yield from (_text(source, one) for one in found.posonly_params)
    if found.posonly_params:
        yield "/"
    yield from (_text(source, one) for one in found.params)
    if isinstance(found.star_arg, cst.ParamStar):
        yield "*"
    yield from (_text(source, one) for one in found.kwonly_params)


def _text(source: Source, one: cst.Param) -> str:
    start, end = source.span(one.name), _end(source, one)
    return source.slice(Span(start.row, start.column, end.end_row, end.end_column))


def _end(source: Source, one: cst.Param) -> Span:
    if one.default is not None:
        return source.outer(one.default)
    return source.outer(one.annotation.annotation) if one.annotation is not None else source.span(one.name)


def _open(source: Source, function: cst.FunctionDef) -> tuple[int, int]:
    """The point behind the opening parenthesis."""
    if function.type_parameters is not None:
        raise CannotRepair(f"`{function.name.value}()` has type parameters")
    span = source.span(function.name)
    return span.end_row, source.line(span.end_row).index("(", span.end_column - 1) + 2


def _close(source: Source, end: Span) -> tuple[int, int]:
    """The point before the closing parenthesis, behind the last parameter."""
    row, column = end.end_row, end.end_column
    while ")" not in source.line(row)[column - 1 :]:
        row, column = row + 1, 1
    return row, source.line(row).index(")", column - 1) + 1


def _decorator(decorator: cst.Decorator) -> str:
    node = decorator.decorator
    return dotted_name(node.func if isinstance(node, cst.Call) else node) or "..."

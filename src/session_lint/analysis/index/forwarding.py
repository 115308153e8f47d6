"""Functions that only give what another one gives, or only call what they are handed: `return newest(user)`, `action(user)`. On the way to
an effect they are no step."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Sequence

_LINES = 4  # statements of such a function
_IDLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef)


def forwards(body: Sequence[ast.stmt], parameters: Container[str]) -> bool:
    """Whether a body gives what one call gives and calls nothing but what that is made on: `return queries().newest(user)`; or only calls
    a parameter."""
    last = body[-1]
    if len(body) > _LINES or not isinstance(last, (ast.Return, ast.Expr)):
        return False
    value = last.value.value if isinstance(last.value, ast.Await) else last.value
    if not isinstance(value, ast.Call):
        return False
    if isinstance(last, ast.Expr) and not (isinstance(value.func, ast.Name) and value.func.id in parameters):
        return False
    if not all(map(_is_idle, body[:-1])) or not all(map(_is_plain, _handed(value))):
        return False
    return all(call is value or not (call.args or call.keywords or _is_super(call)) for call in _calls(value))


def _handed(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _is_plain(value: ast.expr) -> bool:
    """A name, a part of what it names, a constant, or all of a collection: `user.id`, `*args`."""
    while isinstance(value, (ast.Attribute, ast.Starred)):
        value = value.value
    return isinstance(value, (ast.Name, ast.Constant))


def _is_super(call: ast.Call) -> bool:
    """A method that calls the one that it overrides stands in its place: it is another step."""
    return isinstance(call.func, ast.Name) and call.func.id == "super"


def _is_idle(statement: ast.stmt) -> bool:
    return isinstance(statement, _IDLE) or (isinstance(statement, ast.Assign) and not any(_calls(statement)))


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a node, without those of lambdas. Expressions may be nested deeply."""
    open_ = [node]
    while open_:
        part = open_.pop()
        if isinstance(part, ast.Call):
            yield part
        if not isinstance(part, ast.Lambda):
            open_ += ast.iter_child_nodes(part)

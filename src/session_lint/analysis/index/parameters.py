"""The parameters of a function, as its signature says them."""

from __future__ import annotations

import ast

from session_lint.analysis.index.expressions import Lookup, annotation, to_term
from session_lint.analysis.index.scopes import Scope
from session_lint.facts.module_index import Parameter
from session_lint.facts.telling_names import DEPENDS
from session_lint.facts.terms import Term, dotted


def parameters(arguments: ast.arguments, outer: Scope) -> tuple[Parameter, ...]:
    """Those of a function, in their order."""
    lookup = outer.lookup
    out: list[Parameter] = []

    def add(argument: ast.arg, kind: str, default: ast.expr | None) -> None:
        note, optional = annotation(argument.annotation, lookup) if argument.annotation is not None else (None, False)
        value = to_term(default, lookup) if default is not None else None
        out.append(Parameter(argument.arg, kind, note, value, optional, _injected(argument, default, note, lookup)))

    positional = [*[(a, "pos") for a in arguments.posonlyargs], *[(a, "any") for a in arguments.args]]
    missing = len(positional) - len(arguments.defaults)
    for i, (argument, kind) in enumerate(positional):
        add(argument, kind, arguments.defaults[i - missing] if i >= missing else None)
    if arguments.vararg is not None:
        add(arguments.vararg, "args", None)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        add(argument, "kw", default)
    if arguments.kwarg is not None:
        add(arguments.kwarg, "kwargs", None)
    return tuple(out)


def _injected(argument: ast.arg, default: ast.expr | None, note: Term | None, lookup: Lookup) -> Term | None:
    """What a framework calls for a parameter; `Depends()` calls the annotated class."""
    metadata = argument.annotation.slice if isinstance(argument.annotation, ast.Subscript) else None
    parts = metadata.elts[1:] if isinstance(metadata, ast.Tuple) else []
    for call in (default, *parts):
        if isinstance(call, ast.Call) and (dotted(to_term(call.func, lookup)) or "").rpartition(".")[2] in DEPENDS:
            return to_term(call.args[0], lookup) if call.args else note
    return None

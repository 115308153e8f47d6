"""Turning a function into one that calls a method with its body."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import arguments_on, is_async, is_generator, local_names, statement


def can_be_hosted(function: cst.FunctionDef) -> bool:
    """Whether the body means the same in a method of another object."""
    return not is_generator(function) and not {"self", "cls"} & local_names(function)


def hosted(function: cst.FunctionDef, host: str) -> tuple[cst.FunctionDef, cst.FunctionDef]:
    """The method `run` with the body of the function, and the function that calls it on `host`."""
    params = function.params
    method = function.with_changes(
        name=cst.Name("run"),
        decorators=[],
        leading_lines=[],
        params=params.with_changes(params=[cst.Param(cst.Name("self")), *params.params])
        if not params.posonly_params
        else params.with_changes(posonly_params=[cst.Param(cst.Name("self")), *params.posonly_params]),
    )
    method = method.with_changes(params=_without_defaults(method.params)) if not params.kwonly_params else method
    awaited = "await " if is_async(function) else ""
    call = statement(f"return {awaited}{host}.run({arguments_on(function)})")
    return method, function.with_changes(body=cst.IndentedBlock([call]))


def _without_defaults(params: cst.Parameters) -> cst.Parameters:
    bare = [param.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT) for param in params.params]
    return params.with_changes(params=bare)

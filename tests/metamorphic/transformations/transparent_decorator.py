"""A decorator that calls the function and nothing else."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import Numbers, is_async, is_generator, with_imports
from metamorphic.transformation import FileByFile

_NOTED = """

def noted(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper
"""
_NOTED_ASYNC = """

def noted_async(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)

    return wrapper
"""


class TransparentDecorator(FileByFile):
    """Each function and method of the file gets a decorator of the file whose wrapper hands on what it is given."""

    fits = "functions and methods without a decorator"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        changed = module.visit(_Decorate())
        assert isinstance(changed, cst.Module)
        if changed.code == module.code:
            return module
        used = [text for name, text in (("@noted\n", _NOTED), ("@noted_async\n", _NOTED_ASYNC)) if name in changed.code]
        return with_imports(changed, ["from functools import wraps\n", *used])


class _Decorate(cst.CSTTransformer):
    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if updated_node.decorators or is_generator(original_node) or original_node.name.value.startswith("__"):
            return updated_node
        name = "noted_async" if is_async(original_node) else "noted"
        return updated_node.with_changes(decorators=[cst.Decorator(cst.Name(name))])

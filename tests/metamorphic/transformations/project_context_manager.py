"""A body in a context manager of the project that does nothing but yield."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import Blocks
from metamorphic.code import Numbers, Statement, calls_of_project, statement, with_imports


class ProjectContextManager(Blocks):
    """The body of each function stands in a `with` block of a `@contextmanager` that prints, yields and prints."""

    fits = "functions that call something"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        changed = super().rewrite_file(path, module, numbers)
        if changed.code == module.code:
            return module
        manager = f"\n\n@contextmanager\ndef {_free(numbers)}():\n    print('start')\n    yield\n    print('end')\n"
        return with_imports(changed, ["from contextlib import contextmanager\n", manager])

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        if around is not function or not any(calls_of_project(one) for one in body):
            return None
        start = 1 if function.get_docstring() is not None else 0
        return [*body[:start], statement(f"with {_free(numbers)}():\n    pass\n").with_changes(body=cst.IndentedBlock(body[start:]))]


def _free(numbers: Numbers) -> str:
    """A name that the program does not have."""
    return "noted" if "noted" not in numbers.text else "noted_block"

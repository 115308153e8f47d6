"""A constant moved to the module."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    by_top_level,
    code,
    in_functions,
    outside_scopes,
    sole,
    statements,
    swapped,
    value_of,
    with_value,
)
from metamorphic.transformation import FileByFile


class ConstantToModule(FileByFile):
    """Each constant text that is an argument becomes a name of the module."""

    fits = "statements that hand constant texts to calls"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            above: list[str] = []

            def move(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                value = value_of(sole(line))
                args = [node for node in (outside_scopes(value) if value is not None else ()) if isinstance(node, cst.Arg)]
                texts = [arg.value for arg in args if isinstance(arg.value, cst.SimpleString | cst.ConcatenatedString) and not arg.star]
                names = [numbers.next("TEXT") for _ in texts]
                above.extend(f"{name} = ({code(text)})\n" for name, text in zip(names, texts, strict=True))
                if value is None or not texts:
                    return None
                return [with_value(line, swapped(value, zip(texts, map(cst.Name, names), strict=True)))]

            changed = in_functions(path, top, move)
            return [*(made for text in above for made in statements(text)), changed]

        return by_top_level(module, change)

"""Tortoise: `get_or_create(...)`."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from session_lint.repair.answer import Answer
from session_lint.repair.rewrite.file.source import CannotRepair, called_name


class Tortoise(Answer):
    """Models; every call is awaited."""

    only_getter: ClassVar[bool] = True

    def getter(self, insert: cst.Call) -> str:
        match called_name(insert):
            case cst.Name("create"):
                return "get_or_create"
        raise CannotRepair("the row is not made by `create(...)`")

    def of_saved(self, *, awaited: bool) -> str:
        return "get_or_create" if awaited else super().of_saved(awaited=awaited)

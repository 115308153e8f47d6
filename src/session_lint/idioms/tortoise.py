"""Tortoise: `update_or_create(defaults={...}, ...)` and `async with in_transaction():`."""

from __future__ import annotations

from session_lint.idiom import Halves, Idiom, Opened
from session_lint.rewrite import imports


class Tortoise(Idiom):
    """Models and relations; every statement is awaited."""

    def transaction(self, halves: Halves) -> Opened:
        name, edits = imports.ensure(halves.meeting, "tortoise.transactions", "in_transaction")
        return Opened(f"{name}()", asynchronous=True, edits=edits)

"""python-telegram-bot: handlers of a lower group before those of a higher one.

From its documentation: of each group the first handler that fits an update runs, the groups one after the other by number; a
`TypeHandler`, and a `MessageHandler` with `filters.ALL`, fit whatever comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.facts.terms import Const, Invoke, Term, dotted, strip


@dataclass(frozen=True, slots=True)
class _Handler:
    """A function that is told of, with its group. `always`: it fits whatever comes."""

    full: str
    group: int
    always: bool


class PythonTelegramBot(Framework):
    """Functions that `add_handler` is given in a `...Handler(...)`."""

    title = "python-telegram-bot"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each handler behind those of lower groups that fit whatever comes."""
        handlers = list(_handlers(wiring))
        always = sorted((one for one in handlers if one.always), key=lambda one: one.group)
        for handler in {one.full: one for one in handlers}.values():
            before = [one.full for one in always if one.group < handler.group]
            if before:
                lines = [f"    {full}(update, context)" for full in (*dict.fromkeys(before), handler.full)]
                yield Run(handler.full, "\n".join(["def run(update, context):", *lines]))


def _handlers(wiring: Wiring) -> Iterator[_Handler]:
    for told in wiring.told("add_handler"):
        made = strip(told.call.args[0]) if told.call.args else None
        made = made if isinstance(made, Invoke) or made is None else wiring.value(dotted(made) or "")
        group = _number(told.call.arg(1, "group"))
        if not isinstance(made, Invoke) or group is None:
            continue
        name = (dotted(made.func) or "").rpartition(".")[2]
        handed = (*made.args, *(value for key, value in made.kwargs if key == "callback"))
        full = next((found for value in handed if wiring.is_function(found := wiring.find(dotted(value) or ""))), "")
        if full and name.endswith("Handler"):
            yield _Handler(full, group, name == "TypeHandler" or (name == "MessageHandler" and _is_all(made.arg(0, "filters"))))


def _is_all(filters: Term | None) -> bool:
    return filters is not None and (dotted(filters) or "").endswith("filters.ALL")


def _number(term: Term | None) -> int | None:
    match strip(term) if term is not None else Const(0):
        case Const(int(value)):
            return value
        case _:
            return None

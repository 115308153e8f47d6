"""discord.py: checks and hooks of a bot and a cog before the commands that they cover, and `interaction_check()` before interactions.

From its documentation: a command runs the checks of the bot, `cog_check()`, `cog_before_invoke()`, the `before_invoke` of the bot, then its
function. A command that is an interaction, a button, a select and a modal run the `interaction_check()` of their class first.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.clients.served import Served, is_of
from session_lint.facts.terms import Attr, Invoke, dotted, strip

_COMMANDS = ("command", "hybrid_command", "group", "hybrid_group")
_PARTS = ("button", "select")
_HOOKS = ("cog_check", "cog_before_invoke")
_CHECK = ("interaction_check",)


class Discord(Framework):
    """Commands, and what the views of messages are made of."""

    title = "discord.py"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each of them behind what runs before it."""
        checks, hooks = _of_bot("check", wiring), _of_bot("before_invoke", wiring)
        for told in wiring.decorated(*_COMMANDS):
            if _is_interaction(told):
                yield from _behind(told.decorated, _own(told.decorated, _CHECK, wiring), wiring)
            elif is_of(told, "discord") or _is_bot(told, wiring) or _is_group(told, wiring):
                check, hook = (_own(told.decorated, (name,), wiring) for name in _HOOKS)
                yield from _behind(told.decorated, [*checks, *check, *hook, *hooks], wiring)
        for told in wiring.decorated(*_PARTS):
            if is_of(told, "discord"):
                yield from _behind(told.decorated, _own(told.decorated, _CHECK, wiring), wiring)
        for cls in wiring.classes():
            method = wiring.method(cls, "on_submit")
            if method and wiring.is_below(cls, "Modal"):
                yield from _behind(method, _own(method, _CHECK, wiring), wiring)


def _behind(full: str, before: list[Served], wiring: Wiring) -> Iterator[Run]:
    """A function behind what runs before it, all with the context or the interaction."""
    owner = full.rpartition(".")[0]
    last = Served(full, owner if wiring.is_class(owner) else "")
    lines = [one.called("ctx") for one in before if one.full != full]
    if lines and wiring.is_function(full):
        yield Run(full, "\n    ".join(["def run(ctx, **kwargs):", *lines, last.called("ctx", "**kwargs")]))


def _own(full: str, names: tuple[str, ...], wiring: Wiring) -> list[Served]:
    """The methods by these names of the class of a method."""
    cls = full.rpartition(".")[0]
    return [Served(method, cls) for name in names if (method := wiring.method(cls, name))]


def _of_bot(name: str, wiring: Wiring) -> list[Served]:
    """The functions that the one bot of the project runs before each command."""
    found = [told for told in wiring.decorated(name) if told.decorated and _is_bot(told, wiring)]
    bots = {dotted(told.call.func) for told in found}
    return [Served(told.decorated) for told in found] if len(bots) == 1 else []


def _is_interaction(told: Told) -> bool:
    return is_of(told, "discord") and "app_commands" in (dotted(told.call.func) or "").split(".")


def _is_bot(told: Told, wiring: Wiring) -> bool:
    func = strip(told.call.func)
    base = strip(func.base) if isinstance(func, Attr) else None
    made = base if isinstance(base, Invoke) or base is None else wiring.value(dotted(base) or "")
    return isinstance(made, Invoke) and (dotted(made.func) or "").endswith("Bot")


def _is_group(told: Told, wiring: Wiring) -> bool:
    """Whether it is a command of a group, which is a function below a decorator of its own."""
    return wiring.is_function(wiring.find((dotted(told.call.func) or "").rpartition(".")[0]))

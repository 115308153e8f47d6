"""blinker: `signal.send()` calls each function that is connected to the signal.

From blinker's documentation: `signal.send(sender, **named)` calls the receivers with the sender and the named arguments; `connect` is
also a decorator, and one with `sender=` hears of that sender alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.signals import sent
from session_lint.facts.terms import Const, dotted, strip


class Blinker(Framework):
    """Signals that variables of modules hold: `paid = signal("paid")`."""

    title = "blinker"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """What a signal calls."""
        yield from sent(_connected(wiring), ("send", "send_async"))


def _connected(wiring: Wiring) -> Iterator[tuple[str, str]]:
    for told in wiring.told("connect"):
        if told.call.kwarg("sender") is None:
            function = told.decorated or dotted(strip(told.call.arg(0, "receiver") or Const(None))) or ""
            yield wiring.find((dotted(told.call.func) or "").rpartition(".")[0]), wiring.find(function)

"""blinker: `signal.send()` calls each function that is connected to the signal.

From blinker's documentation: `signal.send(sender, **named)` calls the receivers with the sender and the named arguments; `connect` is
also a decorator, and one with `sender=` hears of that sender alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.signals import connected, sent


class Blinker(Framework):
    """Signals that variables of modules hold: `paid = signal("paid")`."""

    title = "blinker"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """What a signal calls."""
        pairs = (connected(told, wiring) for told in wiring.told("connect") if told.call.kwarg("sender") is None)
        yield from sent(pairs, ("send", "send_async"))

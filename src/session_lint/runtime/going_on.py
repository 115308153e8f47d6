"""Whether a long run is to go on: asked in the middle of stages that no process and no file divides, by who may have to stop them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_EVERY = 0.01  # seconds between two questions
_asked: ContextVar[Callable[[], None] | None] = ContextVar("_asked", default=None)
_due: ContextVar[float] = ContextVar("_due", default=0.0)


@contextmanager
def asking(go_on: Callable[[], None]) -> Iterator[None]:
    """`go_on` is called now and then by what runs inside, in this thread. It raises what ends the run."""
    asked = _asked.set(go_on)
    try:
        yield
    finally:
        _asked.reset(asked)


def go_on() -> None:
    """A point at which a stage can be stopped: what it has kept by then must hold on its own. Costs nothing where nobody asks."""
    ask = _asked.get()
    if ask is not None and (now := time.monotonic()) >= _due.get():
        _due.set(now + _EVERY)
        ask()

"""How far a long run is, in the editor's own progress bar, with a button that stops it."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

_PATIENCE = 0.5  # seconds before anything is shown
_STEP = 0.1  # seconds between two reports
_STAGES = {"index": "reading", "facts": "analysing", "rules": "checking"}


class Bar:
    """One run. `tell` is called by the thread that analyses, the rest happens in the loop of the protocol."""

    def __init__(self, server: LanguageServer, loop: asyncio.AbstractEventLoop) -> None:
        self.token = f"session-lint-{uuid.uuid4()}"
        self._server, self._loop = server, loop
        self._begun = time.monotonic()
        self._last = 0.0
        self._asked = self._shown = self._ended = False

    def tell(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` files are through a stage."""
        now = time.monotonic()
        if now - self._begun < _PATIENCE or now - self._last < _STEP:
            return
        self._last = now
        self._loop.call_soon_threadsafe(self._report, f"{_STAGES.get(stage, stage)} {done}/{total}", 100 * done // max(total, 1))

    def end(self) -> None:
        """Takes the bar away."""
        self._loop.call_soon_threadsafe(self._close)

    def _report(self, message: str, share: int) -> None:
        if not self._asked:
            self._asked = True
            self._opening = self._loop.create_task(self._open())
        elif self._shown and not self._ended:
            value = types.WorkDoneProgressReport(message=message, percentage=share, cancellable=True)
            self._server.work_done_progress.report(self.token, value)

    async def _open(self) -> None:
        await self._server.work_done_progress.create_async(self.token)
        if not self._ended:
            self._shown = True
            self._server.work_done_progress.begin(self.token, types.WorkDoneProgressBegin("session-lint", cancellable=True, percentage=0))

    def _close(self) -> None:
        if self._shown and not self._ended:
            self._server.work_done_progress.end(self.token, types.WorkDoneProgressEnd())
        self._ended = True

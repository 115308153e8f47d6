"""What a worker does when its parent is gone: nobody would end it any more, and it would keep the port."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal

from session_service.logs import log

_LOG = logging.getLogger(__name__)
_EVERY = 1.0  # seconds


async def end_with_parent() -> None:
    """Tells this process to stop once the one that started it has ended, however it did. To be cancelled."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    while parent.is_alive():
        await asyncio.sleep(_EVERY)
    log(_LOG, logging.ERROR, "the parent of this worker is gone; it stops")
    os.kill(os.getpid(), signal.SIGTERM)

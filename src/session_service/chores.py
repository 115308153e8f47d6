"""What a process does beside answering: again and again, whatever happened the last time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from session_service.errors import ServiceError
from session_service.logs import log
from session_service.metrics import Metrics

_LOG = logging.getLogger(__name__)


async def repeat(chore: str, once: Callable[[], Awaitable[object]], pause: Callable[[], float], metrics: Metrics) -> NoReturn:
    """Does `once`, and again after each `pause`, in seconds; to be cancelled. A round that fails is logged and counted.

    `chore`: its name, one of metrics.CHORES.
    """
    while True:
        try:
            await once()
        except ServiceError as error:
            log(_LOG, logging.WARNING, "a chore has failed; its next round will try again", chore=chore, code=error.code)
            metrics.chore_failed(chore)
        except Exception as error:  # noqa: BLE001  whatever it is: who gives up here does so until the process ends, and nobody would notice
            log(_LOG, logging.ERROR, "a chore has a defect; its next round will try again", error, chore=chore)
            metrics.chore_failed(chore)
        await asyncio.sleep(pause())

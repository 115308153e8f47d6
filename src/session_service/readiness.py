"""Whether messages would be answered: the schema serves, and the database can be written."""

from __future__ import annotations

import asyncio

from session_service import migrator
from session_service.errors import LASTING, MigrationNotApplied, StoreUnavailable
from session_service.service import Clock
from session_service.unit_of_work import UnitOfWork, within

_PROBE = 4.0  # seconds for each of both questions
_PROVED = 10.0  # seconds for which a write that was done proves that another one would be


async def why_not(work: UnitOfWork, clock: Clock) -> str:
    """Why no message would be answered now, "" when they would.

    A database can be reached and refuse every write: its disk is full, or it is a standby. So when nothing was written lately one row
    is; and for a while after a disk was full for a message, it is full. A row or a file that somebody holds is no reason: that passes.
    """
    try:
        found = await asyncio.wait_for(migrator.state_of(work.database), _PROBE)
    except (MigrationNotApplied, TimeoutError):
        return "the database cannot be reached, or its schema is not one that this release knows"
    if not found.serves:
        return "the schema of the database is not one that this release can run on"
    if cause := work.health.down:
        return f"the database cannot be written: {cause}"
    if work.health.wrote_within(_PROVED):
        return ""
    try:
        with within(_PROBE):
            await work.probe(lambda stores: stores.idempotency.probe(clock()))
    except StoreUnavailable as error:
        return f"the database cannot be written: {error.cause}" if error.cause in LASTING else ""
    return ""

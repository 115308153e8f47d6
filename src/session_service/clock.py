"""The time: the database's, so that what one machine wrote is not too old or too young for another (R16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NoReturn

from session_service.chores import repeat
from session_service.metrics import Metrics
from session_service.unit_of_work import UnitOfWork

_EVERY = 60.0  # seconds


def machine_clock() -> datetime:
    """The time by the clock of this machine, in UTC."""
    return datetime.now(UTC)


class DatabaseClock:
    """A clock of this machine, set by the one of the database: called for the time. Until it was first set it shows the machine's."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)  # of the database's clock

    def __call__(self) -> datetime:
        return machine_clock() + self._ahead

    async def set_by(self, work: UnitOfWork) -> None:
        """Asks the database for the time; half of what that took counts as its way. Raises StoreUnavailable."""
        began = machine_clock()
        found = await work.read(lambda stores: stores.time())
        self._ahead = timedelta(0) if found is None else found - (began + (machine_clock() - began) / 2)

    async def keep(self, work: UnitOfWork, metrics: Metrics) -> NoReturn:
        """Sets it again and again; to be cancelled."""
        await repeat("clock", lambda: self.set_by(work), lambda: _EVERY, metrics)

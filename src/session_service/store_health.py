"""What the last uses of the database say: whether it can be read and written now, and if not, why."""

from __future__ import annotations

import logging
from collections import Counter
from time import monotonic

from session_service.logs import log

_LOG = logging.getLogger(__name__)
READ, WRITE, PROBE = "read", "write", "probe"
_OF_SPACE = frozenset({"disk_full", "io"})  # a row may fit where a message does not
_REMEMBERED = 30.0  # seconds
_AGAIN = 60.0  # seconds


class StoreHealth:
    """Of one process. A cause is logged when it begins, once a minute while it lasts, and when it is over: not with each message."""

    def __init__(self) -> None:
        self._failing: dict[str, str] = {}  # the kind of use, and the cause by which the last one failed
        self._failed: Counter[str] = Counter()  # since it was logged
        self._logged: dict[str, float] = {}  # cause: when
        self._told: set[str] = set()
        self._at = self._wrote = float("-inf")

    def worked(self, kind: str) -> None:
        """A use of that kind was done."""
        if kind == WRITE:
            self._wrote = monotonic()
        if not self._failing:
            return
        for over in (READ, WRITE, PROBE) if kind == WRITE else (kind,):  # who can write can do all of it
            cause = self._failing.pop(over, None)
            if over in self._told:
                self._told.discard(over)
                log(_LOG, logging.WARNING, "the database does it again", use=over, cause=cause, failed=self._failed.pop(over, 0))

    def failed(self, kind: str, cause: str, error: BaseException, state: str) -> None:
        """A use of that kind was given up, for a cause of errors.CAUSES. `state`: the database's own word for it."""
        now = monotonic()
        self._failed[kind] += 1
        self._failing[kind] = cause
        if kind == WRITE and cause in _OF_SPACE:
            self._at = now
        if now - self._logged.get(cause, float("-inf")) > _AGAIN:
            self._logged[cause] = now
            self._told.add(kind)
            log(
                _LOG, logging.ERROR, "the database does not do it", error, use=kind, cause=cause, state=state, failed=self._failed.pop(kind)
            )

    @property
    def down(self) -> str:
        """The cause by which a message could not be written a moment ago, when that may be true for it and not for a single row."""
        cause = self._failing.get(WRITE, "")
        return cause if cause in _OF_SPACE and monotonic() - self._at < _REMEMBERED else ""

    def wrote_within(self, seconds: float) -> bool:
        """Whether a write was done so shortly ago, and none has failed since."""
        return WRITE not in self._failing and monotonic() - self._wrote < seconds

"""What is counted, where it happens, from the database's own answer. No label ever holds a user or a session id (R6)."""

from __future__ import annotations

from session_service.domain import Obtained


class Metrics:
    """The counters of one process."""

    def fetched(self, obtained: Obtained, seconds: float) -> None:
        """A session was obtained."""

    def fetch_failed(self, seconds: float) -> None:
        """A session could not be obtained."""

    def retried(self, state: str) -> None:
        """An operation is tried again because of an error of this state."""

"""What can go wrong, by type: an operation of the service returns its result or raises one of these, never None."""

from __future__ import annotations

# why a message failed: the label of session_message_failures_total. The first line are those that trying again does not heal
CAUSES = (
    *("disk_full", "read_only", "schema", "refused", "unreachable", "timeout", "io", "damaged"),
    *("busy", "overloaded", "pool", "other", "conflict", "defect"),
)
LASTING = frozenset(CAUSES[:8])


class ServiceError(Exception):
    """The root of all errors of the service. `code` is stable and fit for an API; the text holds no secret and no full id."""

    code = "service_error"


class InvalidInput(ServiceError):  # noqa: N818 - the names of these errors are those of the account
    """The caller sent something that cannot be right: an id that is none, a text that is too long, an unknown time zone."""

    code = "invalid_input"


class UnknownUser(ServiceError):  # noqa: N818
    """There is no user by that id."""

    code = "unknown_user"


class SessionNotFound(ServiceError):  # noqa: N818
    """There is no such session, or it belongs to another user: a caller cannot tell which."""

    code = "session_not_found"


class SessionStale(ServiceError):  # noqa: N818
    """A writer carries an epoch that is no longer the current one, or the session has ended: what it knows is out of date."""

    code = "session_stale"


class RepeatedFetch(ServiceError):  # noqa: N818
    """A request asked for its session a second time, and the service is set to be strict: it has a handle, to be passed on."""

    code = "repeated_fetch"


class SessionConflict(ServiceError):  # noqa: N818
    """The database could not decide within the bounded number of rounds. The operation may be tried again."""

    code = "session_conflict"


class RequestInProgress(ServiceError):  # noqa: N818
    """Another request with the same idempotency key is at work. Try again later."""

    code = "request_in_progress"


class IdempotencyMismatch(ServiceError):  # noqa: N818
    """The idempotency key was used before, for a request with another content."""

    code = "idempotency_mismatch"


class StoreUnavailable(ServiceError):  # noqa: N818
    """The database cannot be reached or written, or did not answer within the budget of retries. `cause`: one of CAUSES."""

    code = "store_unavailable"

    def __init__(self, message: str, cause: str = "other") -> None:
        super().__init__(message)
        self.cause = cause


class MigrationNotApplied(ServiceError):  # noqa: N818
    """The schema could not be brought up to date. The text says what to do."""

    code = "migration_not_applied"

"""What is counted, where it happens, from the database's own answer. No label ever holds a user or a session id (R6)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest, multiprocess, values

from session_service.domain import Obtained, Outcome, Reason
from session_service.errors import CAUSES

try:
    import fcntl
except ImportError:  # Windows, where a second service is not noticed
    fcntl = None  # type: ignore[assignment]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of `Metrics.exposition`
RAPID = timedelta(seconds=10)  # a session that follows the user's previous one within this time is suspicious
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

OUTCOMES = {Outcome.REUSED: "reused", Outcome.CREATED: "created", Outcome.ROTATED: "rotated", Outcome.ADOPTED: "conflict_adopted"}
# all that a dialect or the pool can name; another state is counted as "other", so that the label stays bounded
STATES = (
    *("40001", "40P01", "55P03", "53300", "23505", "busy", "pool", "connection", "other"),
    *("08000", "08001", "08003", "08004", "08006", "08007", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05"),
)
PATHS = ("read", "arbitrated", "error")
PROGRESS = ("started", "written", "stale")
CHORES = ("sweep", "duplicates", "clock")
MESSAGES = ("answered", "replayed", "refused", "failed")
CLAIMS = ("claimed", "replayed", "taken_over", "in_progress", "mismatch")
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_AGES = (10, 60, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600)
_LOCK = "session-service.lock"
_HELD: list[int] = []  # open for as long as the process lives
_SHARED = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_\d+\.db")


def share(directory: str | Path) -> None:
    """From here on this process and its children count together, in files of `directory`; those of an earlier run are removed.

    To be called once, in the parent, before any Metrics is made and before workers start. The directory is this process's own until it
    ends. Raises BlockingIOError when it is that of another one, which would lose its numbers; OSError when nothing can be written.
    """
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    _HELD.append(_own(place / _LOCK))
    for file in place.iterdir():
        if _SHARED.fullmatch(file.name):
            file.unlink()
    os.environ[DIRECTORY] = str(place.resolve())
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # it was chosen when the client was imported, which is before now


def _own(lock: Path) -> int:
    """A file that is locked by this process, open. The system unlocks it when the process ends, however it ends."""
    opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened


class Metrics:
    """The counters of one process; of all processes that share a directory, when `share` was called in their parent."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._fetches = Counter("session_fetches", "Sessions asked for, by how they were obtained.", ["outcome"], registry=registry)
        self._rotations = Counter("session_rotations", "Expired sessions replaced, by why they ended.", ["reason"], registry=registry)
        self._ends = Counter("session_ends", "Sessions ended without a successor, by why they ended.", ["reason"], registry=registry)
        self._rapid = Counter("session_rapid_creates", "Sessions begun within 10 s of the user's previous one.", registry=registry)
        self._retries = Counter("session_retries", "Operations tried again, by SQLSTATE or kind of error.", ["sqlstate"], registry=registry)
        self._repeats = Counter(
            "session_repeated_fetches", "Times that a request which had its session asked for it again.", registry=registry
        )
        self._mismatches = Counter("session_context_mismatch", "Requests whose context was not the one expected.", registry=registry)
        self._progress = Counter("session_progress_updates", "Writes to progress updates, by outcome.", ["outcome"], registry=registry)
        self._claims = Counter("session_idempotency_claims", "Idempotency keys presented, by outcome.", ["outcome"], registry=registry)
        self._messages = Counter("session_messages", "Messages that came in, by what became of them.", ["outcome"], registry=registry)
        self._failures = Counter("session_message_failures", "Messages that failed, by cause.", ["cause"], registry=registry)
        self._answered_at = Gauge(
            "session_message_answered_timestamp_seconds", "When one was last answered.", registry=registry, multiprocess_mode="max"
        )
        self._failed_at = Gauge(
            "session_message_failed_timestamp_seconds", "When one last failed.", registry=registry, multiprocess_mode="max"
        )
        self._chores = Counter("session_chore_failures", "Rounds of a chore that failed, by chore.", ["chore"], registry=registry)
        self._zones = Counter(
            "session_unknown_time_zones", "Times that a user's time zone was none, and UTC was taken instead.", registry=registry
        )
        self._seconds = Histogram(
            "session_fetch_duration_seconds", "Time to obtain a session, by path.", ["path"], registry=registry, buckets=_SECONDS
        )
        self._per_request = Histogram(
            "session_fetches_per_request",
            "Sessions obtained in one request; the target is 1.",
            registry=registry,
            buckets=(0, 1, 2, 3, 5, 10),
        )
        self._rotated_age = Histogram(
            "session_rotated_age_seconds", "Age of sessions when they were rotated.", registry=registry, buckets=_AGES
        )
        self._duplicates = Gauge(
            "session_active_duplicates", "Users with more than one active session.", registry=registry, multiprocess_mode="mostrecent"
        )
        self._checked = Gauge(
            "session_duplicates_checked_timestamp_seconds", "When that was last asked.", registry=registry, multiprocess_mode="max"
        )
        self._begin_at_zero()
        # to look a series up by its labels costs more than to count in it
        self._fetched = {outcome: self._fetches.labels(label) for outcome, label in OUTCOMES.items()}
        self._took = {outcome: self._seconds.labels("read" if outcome is Outcome.REUSED else "arbitrated") for outcome in OUTCOMES}

    def _begin_at_zero(self) -> None:
        """A series that is born with a value hides its first increments from `rate` (P17)."""
        born = (
            (self._fetches, (*OUTCOMES.values(), "error")),
            (self._rotations, tuple(reason.value for reason in Reason)),
            (self._ends, tuple(reason.value for reason in Reason)),
            *((self._retries, STATES), (self._seconds, PATHS), (self._progress, PROGRESS), (self._claims, CLAIMS)),
            *((self._messages, MESSAGES), (self._failures, CAUSES), (self._chores, CHORES)),
        )
        for counter, labels in born:
            for label in labels:
                counter.labels(label)

    def fetched(self, obtained: Obtained, seconds: float) -> None:
        """A session was obtained, in so many seconds."""
        self._fetched[obtained.outcome].inc()
        self._took[obtained.outcome].observe(seconds)
        age = obtained.previous_age
        if age is not None and age < RAPID:
            self._rapid.inc()
        if obtained.rotated is not None:
            self._rotations.labels(obtained.rotated.value).inc()
            if age is not None:
                self._rotated_age.observe(max(age.total_seconds(), 0.0))

    def fetch_failed(self, seconds: float) -> None:
        """A session could not be obtained, after so many seconds; not for what the caller did wrong."""
        self._fetches.labels("error").inc()
        self._seconds.labels("error").observe(seconds)

    def retried(self, state: str) -> None:
        """An operation is tried again because of an error of this state."""
        self._retries.labels(state if state in STATES else "other").inc()

    def ended(self, reason: Reason, many: int = 1) -> None:
        """Sessions were ended by request or by the sweeper: the database changed so many rows."""
        self._ends.labels(reason.value).inc(many)

    def message_done(self, outcome: str) -> None:
        """A message was answered, now or before, or refused for what the caller did wrong: one of MESSAGES. Raises ValueError."""
        self._messages.labels(_one_of(outcome, MESSAGES)).inc()
        if outcome == "answered":
            self._answered_at.set_to_current_time()

    def message_failed(self, cause: str) -> None:
        """A message got no answer, and its sender is not to blame: one of errors.CAUSES. Raises ValueError for another word."""
        self._failures.labels(_one_of(cause, CAUSES)).inc()
        self._messages.labels("failed").inc()
        self._failed_at.set_to_current_time()

    def request_done(self, fetches: int) -> None:
        """A request is over, in which `get_or_create_session` was called so many times."""
        self._per_request.observe(fetches)

    def repeated_fetch(self) -> None:
        """A request that had its session asked for it again, and was given the same one."""
        self._repeats.inc()

    def context_mismatched(self) -> None:
        """A request found another context than the one that was stored for its session: context was lost."""
        self._mismatches.inc()

    def duplicates_found(self, many: int, now: datetime) -> None:
        """The database was asked, at `now`, how many users have more than one active session."""
        self._duplicates.set(many)
        self._checked.set(now.timestamp())

    def progress_updated(self, outcome: str) -> None:
        """A progress update was written: one of PROGRESS. Raises ValueError for another word."""
        self._progress.labels(_one_of(outcome, PROGRESS)).inc()

    def key_claimed(self, outcome: str) -> None:
        """An idempotency key was presented: one of CLAIMS. Raises ValueError for another word."""
        self._claims.labels(_one_of(outcome, CLAIMS)).inc()

    def chore_failed(self, chore: str) -> None:
        """A round of a chore failed: one of CHORES. Raises ValueError for another word."""
        self._chores.labels(_one_of(chore, CHORES)).inc()

    def unknown_zone(self) -> None:
        """The time zone that is stored of a user is none."""
        self._zones.inc()

    def exposition(self) -> bytes:
        """All numbers in the text format, content type CONTENT_TYPE; of all processes when they share a directory."""
        directory = os.environ.get(DIRECTORY)
        return generate_latest(self.registry) if not directory else shared_exposition(directory)


def shared_exposition(directory: str | Path) -> bytes:
    """The sums over the processes that share a directory, in the text format. Raises FileNotFoundError when it is not there."""
    if not Path(directory).is_dir():
        raise FileNotFoundError(str(directory))
    registry = CollectorRegistry()
    _Shared(registry, path=str(directory))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class _Shared(multiprocess.MultiProcessCollector):
    """Reads the files of metrics, and no database that lies beside them."""

    def collect(self) -> Iterable[Metric]:
        files = sorted(str(file) for file in Path(self._path).iterdir() if _SHARED.fullmatch(file.name))
        found: Iterable[Metric] = self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return found


def _one_of(word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        raise ValueError(f"{word!r} is none of {', '.join(words)}")
    return word

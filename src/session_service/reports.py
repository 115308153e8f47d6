"""The health report: what the counters of all processes and the database say about sessions, and whether that is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from prometheus_client.parser import text_string_to_metric_families

from session_service.chores import repeat
from session_service.errors import InvalidInput
from session_service.metrics import Metrics
from session_service.service import Clock
from session_service.unit_of_work import UnitOfWork

TARGET = 0.95  # of the fetches that found or made a session, how many found one
ALERT = 0.90  # below this the call chain obtains sessions anew, or ends them too early
FAILED = 0.01  # of the messages: so many may fail before it is not well any more
FLOOR = 20  # fetches; with fewer a ratio says nothing
FAILURES = "session_message_failures_total"


class Level(StrEnum):
    """How well something is."""

    GOOD = "good"
    UNCLEAR = "unclear"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the health status: `text` for people, `hint` below it, "" for none."""

    level: Level
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers since the processes started. `created` includes rotated ones.

    `duplicates`: users with more than one active session; `guarded`: the unique index that forbids them stands. Both are None when
    nobody asked the database. `answered` and `failed`: messages; `causes`: how many failed by which cause; `failing`: the last one did.
    """

    created: int
    reused: int
    rotated: int
    adopted: int
    errors: int
    rapid_creates: int
    context_losses: int
    retries: int
    duplicates: int | None
    guarded: bool | None = None
    answered: int = 0
    failed: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    failing: bool = False

    @property
    def reuse_ratio(self) -> float | None:
        """Reused by reused and created, 0 to 1; None while there was no fetch."""
        fetches = self.created + self.reused
        return self.reused / fetches if fetches else None

    @property
    def healthy(self) -> bool:
        """Whether no check is bad."""
        return all(check.level is not Level.BAD for check in checks(self))


def summarize(exposition: str, duplicates: int | None = None, *, guarded: bool | None = None) -> Summary:
    """The summary of an exposition in the text format; `duplicates` from the database itself takes precedence over the gauge in it.

    Raises InvalidInput when the text is not an exposition of this service.
    """
    try:
        samples = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]
    except (ValueError, KeyError) as error:
        raise InvalidInput("what was read is not the text format of Prometheus") from error
    fetches = {sample.labels.get("outcome", ""): int(sample.value) for sample in samples if sample.name == "session_fetches_total"}
    if not fetches:
        raise InvalidInput("what was read holds no session_fetches_total: it is not from this service")

    def total(name: str) -> int:
        return sum(int(sample.value) for sample in samples if sample.name == name)

    def when(name: str) -> float:
        return max((sample.value for sample in samples if sample.name == name), default=0.0)

    causes = {sample.labels["cause"]: int(sample.value) for sample in samples if sample.name == FAILURES and sample.value}
    said = {sample.labels["outcome"]: int(sample.value) for sample in samples if sample.name == "session_messages_total"}
    asked = total("session_duplicates_checked_timestamp_seconds") > 0
    return Summary(
        created=fetches.get("created", 0) + fetches.get("rotated", 0),
        reused=fetches.get("reused", 0),
        rotated=fetches.get("rotated", 0),
        adopted=fetches.get("conflict_adopted", 0),
        errors=fetches.get("error", 0),
        rapid_creates=total("session_rapid_creates_total"),
        context_losses=total("session_context_mismatch_total"),
        retries=total("session_retries_total"),
        duplicates=total("session_active_duplicates") if duplicates is None and asked else duplicates,
        guarded=guarded,
        answered=said.get("answered", 0) + said.get("replayed", 0),
        failed=said.get("failed", 0),
        causes=causes,
        failing=when("session_message_failed_timestamp_seconds") > when("session_message_answered_timestamp_seconds"),
    )


def checks(summary: Summary) -> tuple[Check, ...]:
    """The lines of the health status, in a fixed order."""
    return (_reuse(summary), _messages(summary), *_none_of(summary))


def _messages(summary: Summary) -> Check:
    if not summary.failed:
        return Check(Level.GOOD, "No failed messages")
    by_cause = ", ".join(f"{cause} {many}" for cause, many in sorted(summary.causes.items(), key=lambda each: (-each[1], each[0])))
    text = f"{summary.failed} messages failed ({by_cause})"
    if summary.failing:
        return Check(Level.BAD, f"{text}, the last one among them", "Nobody was answered since: the log names the cause.")
    if summary.failed > FAILED * (summary.failed + summary.answered):
        return Check(Level.BAD, f"{text}: more than {FAILED:.0%}", "Others were answered since; the log names the cause.")
    return Check(Level.WARNING, text, "Others were answered since.")


def _reuse(summary: Summary) -> Check:
    ratio = summary.reuse_ratio
    if ratio is None or summary.created + summary.reused < FLOOR:
        return Check(Level.UNCLEAR, f"Session reuse ratio is not judged (fewer than {FLOOR} fetches)")
    if ratio >= TARGET:
        return Check(Level.GOOD, f"Session reuse ratio is HEALTHY (≥{TARGET:.0%})", "Phase 2 fix is working correctly!")
    if ratio >= ALERT:
        return Check(Level.WARNING, f"Session reuse ratio is BELOW TARGET (<{TARGET:.0%})", "Watch it: below 90% it is an alert.")
    hint = "Sessions are obtained anew along the call chain, or end too early: see session_rotations_total by reason."
    return Check(Level.BAD, f"Session reuse ratio is UNHEALTHY (<{ALERT:.0%})", hint)


def _none_of(summary: Summary) -> Iterator[Check]:
    """What must not happen at all."""
    yield _zero(summary.rapid_creates, "rapid session creates", "A session began within 10 s of the same user's previous one.")
    yield _zero(summary.context_losses, "context loss incidents", "A request did not find the context its session had.")
    if summary.duplicates is None:
        yield Check(Level.UNCLEAR, "Duplicate active sessions are not judged (the database was not asked)")
    else:
        yield _zero(
            summary.duplicates, "users with duplicate active sessions", "All but one of each will be ended by: session-service migrate"
        )
    if summary.guarded is False:
        yield Check(Level.BAD, "The unique index on active sessions is missing", "Nothing forbids duplicates: run session-service migrate.")


def _zero(many: int, what: str, hint: str) -> Check:
    return Check(Level.BAD, f"{many} {what}", hint) if many else Check(Level.GOOD, f"No {what}")


_MARKS = {Level.GOOD: "✅", Level.UNCLEAR: "➖", Level.WARNING: "⚠️ ", Level.BAD: "❌"}


def render(summary: Summary) -> str:
    """The report for people: numbers, then the health status."""
    ratio, duplicates = summary.reuse_ratio, summary.duplicates
    numbers = (
        ("Sessions Created:", str(summary.created)),
        ("Sessions Reused:", str(summary.reused)),
        ("Session Reuse Ratio:", "n/a" if ratio is None else f"{ratio:.2%}"),
        ("Context Loss Incidents:", str(summary.context_losses)),
        ("Sessions Rotated:", f"{summary.rotated} (of those created)"),
        ("Sessions Adopted:", str(summary.adopted)),
        ("Rapid Creates:", str(summary.rapid_creates)),
        ("Messages Answered:", str(summary.answered)),
        ("Messages Failed:", str(summary.failed)),
        ("Fetch Errors:", str(summary.errors)),
        ("Retries:", str(summary.retries)),
        ("Duplicate Active Users:", "n/a" if duplicates is None else str(duplicates)),
    )
    lines = [f"{label:<25}{value}" for label, value in numbers]
    lines += ["", "Health Status:"]
    for check in checks(summary):
        lines.append(f"  {_MARKS[check.level]} {check.text}")
        lines += [f"     {check.hint}"] if check.hint else []
    return "\n".join(lines)


async def duplicates(work: UnitOfWork) -> int:
    """How many users have more than one active session: the database's answer. Raises StoreUnavailable."""
    return await work.read(lambda stores: stores.sessions.duplicates())


async def watch_duplicates(work: UnitOfWork, metrics: Metrics, clock: Clock, every: float = 60.0) -> NoReturn:
    """Asks that again and again, `every` seconds, for the gauge; to be cancelled. While it cannot be asked, the gauge grows stale."""

    async def once() -> None:  # when it fails session_duplicates_checked_timestamp_seconds stays behind, and an alert says so
        metrics.duplicates_found(await duplicates(work), clock())

    await repeat("duplicates", once, lambda: every, metrics)

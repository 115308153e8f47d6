"""The settings of the service, read from the environment, checked before anything starts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from urllib.parse import parse_qs

from session_service.domain import Boundary, Policy
from session_service.errors import InvalidInput

PREFIX = "SESSION_SERVICE_"
DEFAULT_URL = "sqlite:///session_service.db"
MOST_WORKERS = 64
_SHORTEST_TOKEN = 16
_SERVER = re.compile(r"[^:]+://(?:[^@]*@)?(?:\[[^/?\]]*\]|[^/?:]*)(?::(?P<port>[^/?]*))?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data is, and how the service behaves.

    `database_url`: "sqlite:///file.db" or "postgresql://user@host/name", which may end in "?pooler=transaction" (PgBouncer). `pool_size`:
    connections that one process may have to a server at one time. `retry_budget`: seconds one operation may take with
    all its retries. `lease`: seconds a request with an idempotency key may be at work before another one takes over.
    `metrics_dir`: the directory of multi-process metrics, "" for one process. `sweep_every`: seconds between two rounds in which
    overdue sessions are ended and old idempotency keys forgotten, 0 for never. `register_users`: a phone number that nobody has
    becomes a user with its first message. `demo`: who registers so gets projects and tasks to try the service with. `tokens`: what
    callers over HTTP must show, any one of them; without any the service is open, and serves this machine only. `strict`: a request
    that asks for its session twice fails.
    """

    database_url: str = DEFAULT_URL
    policy: Policy = field(default_factory=Policy)
    pool_size: int = 10
    retry_budget: float = 5.0
    lease: float = 30.0
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    metrics_dir: str = ""
    log_level: str = "info"
    sweep_batch: int = 500
    sweep_every: float = 60.0
    register_users: bool = True
    demo: bool = False
    tokens: tuple[str, ...] = field(default=(), repr=False)
    strict: bool = False


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the environment. Raises InvalidInput that names the variable and what it may be."""
    values = dict(os.environ if environment is None else environment)
    known = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    unknown = sorted(set(known) - set(_READERS))
    if unknown:
        raise InvalidInput(f"{PREFIX}{unknown[0]} is not a setting; there are {', '.join(PREFIX + name for name in sorted(_READERS))}")
    default = Settings()
    idle = _seconds(known, "IDLE_SECONDS", default.policy.idle)
    policy = Policy(
        idle=idle,
        lifetime=_seconds(known, "LIFETIME_SECONDS", default.policy.lifetime or timedelta(0)) or None,
        boundaries=_boundaries(known.get("BOUNDARIES", "")),
        touch_slack=_seconds(known, "TOUCH_SLACK_SECONDS", min(default.policy.touch_slack, idle / 10)),
    )
    if policy.touch_slack > idle / 2:  # a session in use would end: nobody had written down that it is
        raise InvalidInput(f"{PREFIX}TOUCH_SLACK_SECONDS must be at most half of {PREFIX}IDLE_SECONDS, and better a tenth")
    return Settings(
        database_url=database_url(known.get("DATABASE_URL", default.database_url)),
        policy=policy,
        pool_size=_whole(known, "POOL_SIZE", default.pool_size),
        retry_budget=_number(known, "RETRY_BUDGET", default.retry_budget),
        lease=_number(known, "LEASE", default.lease),
        host=host(known.get("HOST", default.host)),
        port=_whole(known, "PORT", default.port, 65535),
        workers=_whole(known, "WORKERS", default.workers, MOST_WORKERS),
        metrics_dir=known.get("METRICS_DIR", default.metrics_dir),
        log_level=_choice(known, "LOG_LEVEL", default.log_level, ("debug", "info", "warning", "error")),
        sweep_batch=_whole(known, "SWEEP_BATCH", default.sweep_batch, 10_000),
        sweep_every=_number(known, "SWEEP_EVERY", default.sweep_every),
        register_users=_yes(known, "REGISTER_USERS", default=True),
        demo=_yes(known, "DEMO", default=known.get("DATABASE_URL", DEFAULT_URL) == DEFAULT_URL),
        tokens=_tokens(known.get("TOKENS", "")),
        strict=_yes(known, "STRICT", default=False),
    )


_READERS = (
    "DATABASE_URL",
    "IDLE_SECONDS",
    "LIFETIME_SECONDS",
    "BOUNDARIES",
    "TOUCH_SLACK_SECONDS",
    "POOL_SIZE",
    "RETRY_BUDGET",
    "LEASE",
    "HOST",
    "PORT",
    "WORKERS",
    "METRICS_DIR",
    "LOG_LEVEL",
    "SWEEP_BATCH",
    "SWEEP_EVERY",
    "REGISTER_USERS",
    "DEMO",
    "TOKENS",
    "STRICT",
)


def database_url(text: str) -> str:
    """The URL, if its database is one the service knows. Raises InvalidInput."""
    scheme = text.partition("://")[0].partition("+")[0]
    if scheme not in {"sqlite", "postgresql", "postgres"}:
        raise InvalidInput(f"{PREFIX}DATABASE_URL begins with {scheme!r}; it may be sqlite:///file.db or postgresql://user@host/name")
    if scheme == "sqlite" and (":memory:" in text or "mode=memory" in text or not text.partition("://")[2].strip("/")):
        raise InvalidInput(f"{PREFIX}DATABASE_URL names a database in memory: each connection would have one of its own; name a file")
    if scheme != "sqlite":
        _server(text)
    return text


def host(text: str) -> str:
    """The address or name to listen at. Raises InvalidInput for one that cannot be."""
    if not text or text.split() != [text]:
        raise InvalidInput(f"{PREFIX}HOST (or --host) is {text!r}; it must be an address or a name, such as 127.0.0.1, ::1 or localhost")
    return text


def _server(text: str) -> None:
    """Checks the parts that would only fail when a connection is made. What is wrong is said without the rest, which holds a password."""
    found = _SERVER.match(text)
    port = found["port"] if found is not None else None
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidInput(f"{PREFIX}DATABASE_URL has the port {port!r}; it must be a number from 1 to 65535")
    poolers = parse_qs(text.partition("?")[2], keep_blank_values=True).get("pooler", ["transaction"])
    if poolers != ["transaction"]:
        raise InvalidInput(f"{PREFIX}DATABASE_URL has pooler={poolers[0]!r}; it may be pooler=transaction, or be left out")


def _seconds(known: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    return timedelta(seconds=_number(known, name, default.total_seconds()))


def _number(known: Mapping[str, str], name: str, default: float) -> float:
    text = known.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:  # also refuses "nan"
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it must be a number of seconds, 0 or more")
    return value


def _whole(known: Mapping[str, str], name: str, default: int, most: int = 1_000_000) -> int:
    text = known.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it must be a whole number, 1 to {most}")
    return int(text)


def _choice(known: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = known.get(name, default)
    if text not in allowed:
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it may be {', '.join(allowed)}")
    return text


def _yes(known: Mapping[str, str], name: str, *, default: bool) -> bool:
    return _choice(known, name, "yes" if default else "no", ("yes", "no")) == "yes"


def _tokens(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if any(len(token) < _SHORTEST_TOKEN or not token.isascii() for token in found):
        raise InvalidInput(f"{PREFIX}TOKENS has one that is too easily guessed; each must have {_SHORTEST_TOKEN} or more ASCII characters")
    return found


def _boundaries(text: str) -> tuple[Boundary, ...]:
    """ "morning=06:00,evening=20:00"."""
    found: list[Boundary] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, at = part.partition("=")
        try:
            found.append(Boundary(name.strip(), time.fromisoformat(at.strip())))
        except ValueError:
            raise InvalidInput(f"{PREFIX}BOUNDARIES has {part!r}; it must be name=HH:MM, separated by commas") from None
    return tuple(found)

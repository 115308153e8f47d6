"""The settings of the service, read from the environment, checked before anything starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from session_service.domain import Boundary, Policy
from session_service.errors import InvalidInput
from session_service.urls import FORMS, database_url

PREFIX = "SESSION_SERVICE_"
DEFAULT_URL = "sqlite:///session_service.db"
MOST_WORKERS = 64
_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is written in the environment, and as docs/service-settings.md tells it.

    `default`: what may be written for it, "" for nothing. `least` and `most`: of a number; `choices`: all that may be written; else
    `bounds` says it in words.
    """

    name: str
    meaning: str
    default: str = ""
    unit: str = ""
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()
    bounds: str = ""

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        words = " or ".join((", ".join(self.choices[:-1]), self.choices[-1])) if self.choices else self.bounds
        return words or f"{self.least:,} to {self.most:,}"


_YES_NO = ("yes", "no")
_LONGEST = 999_999_999  # seconds
_SETTINGS = (
    Setting("DATABASE_URL", "Where the data is (`--database`). An SQLite file is made when there is none.", DEFAULT_URL, bounds=FORMS),
    Setting("IDLE_SECONDS", "A session ends so long after its last activity.", "25200", "seconds", 1, _LONGEST),
    Setting("LIFETIME_SECONDS", "A session ends so long after its start; 0: never for that.", "604800", "seconds", 0, _LONGEST),
    Setting(
        "BOUNDARIES",
        "Times of day, in the time zone of the user, at which a new session begins.",
        bounds="name=HH:MM, separated by commas; or nothing",
    ),
    Setting(
        "TOUCH_SLACK_SECONDS",
        "How old the noted last activity may become before it is written again. Without it a tenth of `IDLE_SECONDS`, if that is less.",
        "60",
        "seconds",
        0,
        _LONGEST,
        bounds="0 to half of `IDLE_SECONDS`",
    ),
    Setting(
        "POOL_SIZE",
        "Connections of one process to a server; with SQLite, in each of two pools.",
        "10",
        "connections",
        1,
        1_000_000,
    ),
    Setting("RETRY_BUDGET", "An operation is tried again for so long; then the answer is 503.", "5", "seconds", 0, _LONGEST),
    Setting("LEASE", "So long after a request with an idempotency key began, another takes over.", "30", "seconds", 1, _LONGEST),
    Setting("HOST", "Where to listen (`--host`). Beyond this machine only with `TOKENS`.", "127.0.0.1", bounds="an address or a name"),
    Setting("PORT", "Where to listen (`--port`).", "8000", "", 1, 65_535),
    Setting("WORKERS", "How many processes answer (`--workers`).", "1", "processes", 1, MOST_WORKERS),
    Setting(
        "METRICS_DIR",
        "Where processes count together: one for each service. Without it several workers have one that is removed at the end.",
        bounds="a directory, made when there is none; or nothing",
    ),
    Setting("LOG_LEVEL", "What is logged: this, and what is worse.", "info", choices=("debug", "info", "warning", "error")),
    Setting("SWEEP_BATCH", "How many sessions, or old idempotency keys, one transaction of a sweep takes.", "500", "rows", 1, 10_000),
    Setting(
        "SWEEP_EVERY",
        "About so long after a sweep each worker begins the next; 0: never, `session-service sweep` does it.",
        "60",
        "seconds",
        0,
        _LONGEST,
    ),
    Setting("REGISTER_USERS", "A number that nobody has becomes a user with its first message.", "yes", choices=_YES_NO),
    Setting(
        "DEMO",
        "Who becomes a user so is given projects and tasks to try the service with. With another `DATABASE_URL` the default is no.",
        "yes",
        choices=_YES_NO,
    ),
    Setting(
        "TOKENS",
        "What callers over HTTP must show, any one of them. Without any the service is open, and listens on this machine only.",
        bounds=f"ASCII, {_SHORTEST_TOKEN} characters or more each, separated by commas; or nothing",
    ),
    Setting("STRICT", "A request that asks for its session a second time fails, instead of being counted.", "no", choices=_YES_NO),
)
CATALOGUE = {setting.name: setting for setting in _SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data is, and how the service behaves.

    `database_url`: "sqlite:///file.db" or "postgresql://user@host/name" with parameters (urls.py). `pool_size`:
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
    unknown = sorted(set(known) - set(CATALOGUE))
    if unknown:
        raise InvalidInput(f"{PREFIX}{unknown[0]} is not a setting; there are {', '.join(PREFIX + name for name in sorted(CATALOGUE))}")
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
        port=_whole(known, "PORT", default.port),
        workers=_whole(known, "WORKERS", default.workers),
        metrics_dir=known.get("METRICS_DIR", default.metrics_dir),
        log_level=_choice(known, "LOG_LEVEL", default.log_level),
        sweep_batch=_whole(known, "SWEEP_BATCH", default.sweep_batch),
        sweep_every=_number(known, "SWEEP_EVERY", default.sweep_every),
        register_users=_yes(known, "REGISTER_USERS", default=True),
        demo=_yes(known, "DEMO", default=known.get("DATABASE_URL", DEFAULT_URL) == DEFAULT_URL),
        tokens=_tokens(known.get("TOKENS", "")),
        strict=_yes(known, "STRICT", default=False),
    )


def host(text: str) -> str:
    """The address or name to listen at. Raises InvalidInput for one that cannot be."""
    if not text or text.split() != [text]:
        raise InvalidInput(f"{PREFIX}HOST (or --host) is {text!r}; it must be an address or a name, such as 127.0.0.1, ::1 or localhost")
    return text


def _seconds(known: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    return timedelta(seconds=_number(known, name, default.total_seconds()))


def _number(known: Mapping[str, str], name: str, default: float) -> float:
    text, least = known.get(name), CATALOGUE[name].least
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= CATALOGUE[name].most:  # also refuses "nan"
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it must be a number of seconds, {least} or more")
    return value


def _whole(known: Mapping[str, str], name: str, default: int) -> int:
    text, most = known.get(name), CATALOGUE[name].most
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it must be a whole number, 1 to {most}")
    return int(text)


def _choice(known: Mapping[str, str], name: str, default: str) -> str:
    text, allowed = known.get(name, default), CATALOGUE[name].choices
    if text not in allowed:
        raise InvalidInput(f"{PREFIX}{name} is {text!r}; it may be {', '.join(allowed)}")
    return text


def _yes(known: Mapping[str, str], name: str, *, default: bool) -> bool:
    return _choice(known, name, "yes" if default else "no") == "yes"


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

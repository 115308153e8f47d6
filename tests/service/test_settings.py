"""The settings of the environment: read, or refused with the name of the variable."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from session_service.domain import Boundary, Policy
from session_service.errors import InvalidInput
from session_service.settings import CATALOGUE, PREFIX, Setting, Settings, read


def test_nothing_set_is_the_default() -> None:
    assert replace(read({}), demo=False) == Settings()


def test_what_is_set_is_read() -> None:
    found = read(
        {
            "PATH": "of somebody else",
            f"{PREFIX}DATABASE_URL": "postgresql://app@db/sessions",
            f"{PREFIX}IDLE_SECONDS": "600",
            f"{PREFIX}LIFETIME_SECONDS": "0",
            f"{PREFIX}BOUNDARIES": "morning=06:00, evening=20:00",
            f"{PREFIX}POOL_SIZE": "3",
        }
    )
    boundaries = (Boundary("morning", time(6)), Boundary("evening", time(20)))
    assert replace(found, demo=False) == Settings(
        database_url="postgresql://app@db/sessions",
        policy=Policy(idle=timedelta(minutes=10), lifetime=None, boundaries=boundaries),
        pool_size=3,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db/sessions"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///file::memory:?cache=shared&uri=true"),
        ("DATABASE_URL", "postgresql://app:secret@db:port/sessions"),
        ("DATABASE_URL", "postgresql://app:secret@db:70000/sessions"),
        ("DATABASE_URL", "postgresql://app:secret@[::1]:0/sessions"),
        ("DATABASE_URL", "postgresql://app:secret@db/sessions?pooler=session"),
        ("IDLE_SECONDS", "-1"),
        ("IDLE_SECONDS", "0"),  # a session would be over when it begins
        ("LEASE", "0"),  # every second request would take over from one at work
        ("IDLE_SECONDS", "nan"),
        ("IDLE_SECONDS", "soon"),
        ("POOL_SIZE", "0"),
        ("POOL_SIZE", "1.5"),
        ("TOUCH_SLACK_SECONDS", "12601"),  # the default of IDLE_SECONDS is 25,200
        ("SWEEP_BATCH", "10001"),  # more than a statement takes
        ("PORT", "65536"),
        ("WORKERS", "100000"),
        ("HOST", ""),
        ("HOST", "127.0.0.1 localhost"),
        ("LOG_LEVEL", "loud"),
        ("BOUNDARIES", "morning=25:00"),
        ("BOUNDARIES", "06:00"),
        ("IDEL_SECONDS", "600"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=PREFIX + name) as refused:
        read({PREFIX + name: value})
    assert "secret" not in str(refused.value)


EVERY = pytest.mark.parametrize("setting", CATALOGUE.values(), ids=CATALOGUE)


@EVERY
def test_the_default_that_the_page_tells_is_the_one_that_is_taken(setting: Setting) -> None:
    assert read({PREFIX + setting.name: setting.default}) == read({})


@EVERY
def test_the_bounds_that_the_page_tells_are_those_that_hold(setting: Setting) -> None:
    """A limit itself is taken, and what is beyond it is not."""
    idle = {f"{PREFIX}IDLE_SECONDS": str(CATALOGUE["IDLE_SECONDS"].most)} if setting.name == "TOUCH_SLACK_SECONDS" else {}
    within, beyond = list(setting.choices), ["", setting.allowed] if setting.choices else []
    if setting.most:
        within += [str(setting.least), str(setting.most // 2 if idle else setting.most)]
        beyond += [str(setting.least - 1), str(setting.most + 1)]
    for value in within:
        assert read(idle | {PREFIX + setting.name: value})
    for value in beyond:
        with pytest.raises(InvalidInput, match=PREFIX + setting.name):
            read(idle | {PREFIX + setting.name: value})
    assert setting.meaning.endswith(".")
    assert bool(setting.bounds) or bool(within)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:a:b/c@db:6432/sessions?pooler=transaction",
        "postgresql://app@[::1]:5432/sessions",
        "postgresql://app@db:/sessions",
        "postgresql:///sessions?host=/run/postgresql",
    ],
)
def test_a_database_url_that_can_be_is_taken_as_it_is(url: str) -> None:
    assert read({f"{PREFIX}DATABASE_URL": url}).database_url == url


def test_the_slack_of_a_touch_is_small_beside_a_short_idle_time() -> None:
    """With 60 s, as by default, a session in constant use would end after 30."""
    assert read({PREFIX + "IDLE_SECONDS": "30"}).policy.touch_slack == timedelta(seconds=3)

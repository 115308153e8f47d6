"""R7: the alert rules, against the incident replayed on a real database, and against days that are well."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from service.alerting import DEPLOY, NEEDS_PROMTOOL, PROMETHEUS, RULE_FILES, Case, Scraper, Storage, differs, rules, said, selectors
from service.harness import NOON, SettableClock, add_users, running
from session_service.domain import Policy, Reason, Session
from session_service.metrics import Metrics

DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
ACCOUNT = """
groups:
  - name: the alert of the account
    rules:
      - alert: HighSessionCreateRate
        expr: rate(session_creates_total[1m]) > 0.1
"""
CLICKS = (14.0, 25.0, 25.5, 26.0)  # seconds after 21:12:00, as in the log of the incident: four calls within 12 s
EVENING = datetime(2026, 1, 17, 21, 12, tzinfo=UTC)


SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)  # the numbers do not depend on it, the time does


def hour_rule(session: Session, now: datetime, zone: ZoneInfo, policy: Policy) -> Reason | None:
    """What the getter of the incident decided by: hours are compared, and nobody asks whether the day has changed."""
    return Reason.BOUNDARY if session.last_activity_at.hour >= 20 and now.hour >= 6 else None


# The files


@NEEDS_PROMTOOL
def test_the_rules_and_their_test_file_hold() -> None:
    assert said("check", "rules", *RULE_FILES) == ""
    assert said("test", "rules", "tests.yml") == ""


@NEEDS_PROMTOOL
def test_the_test_file_can_fail(tmp_path: Path) -> None:
    """Each alert in turn with an expression that never holds: the file notices."""
    (tmp_path / "rules.yml").write_text((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"), encoding="utf-8")
    cases = yaml.safe_load((PROMETHEUS / "tests.yml").read_text(encoding="utf-8"))
    alerts = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    for changed in alerts:
        broken = [rule | {"expr": "absent(session_fetches_total) > 2"} if rule is changed else rule for rule in alerts]
        (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "broken", "rules": broken}]}), encoding="utf-8")
        about = next(test for test in cases["tests"] if changed["alert"] in str(test))
        (tmp_path / "tests.yml").write_text(yaml.safe_dump(cases | {"tests": [about]}), encoding="utf-8")
        assert changed["alert"] in said("test", "rules", "tests.yml", folder=tmp_path), changed["alert"]


def test_each_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}


def test_each_alert_is_explained() -> None:
    named = re.findall(r"^\| (Session\w+) \|", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == [rule["alert"] for rule in rules() if "alert" in rule]


def expressions() -> Iterator[tuple[str, str]]:
    yield from ((rule.get("record") or rule["alert"], rule["expr"]) for rule in rules())
    yield from ((panel["title"], target["expr"].replace("$job", ".+")) for panel in DASHBOARD["panels"] for target in panel["targets"])


def exported() -> Storage:
    """What a service exports that has just started, and one sample of each recorded series."""
    scraper = Scraper(Metrics())
    scraper.scrape(0)
    for rule in rules():
        if "record" in rule:
            scraper.storage.add(rule["record"], frozenset({("job", "session-service")}), 0, 1)
    return scraper.storage


@pytest.mark.parametrize(("place", "expression"), list(expressions()))
def test_each_selector_selects_what_is_exported(place: str, expression: str) -> None:
    """Names and labels: a service that has just started has all its series, so nothing that is asked for may be missing."""
    storage = exported()
    found = list(selectors(expression))
    assert found, place
    assert [item.prettify() for item in found if not storage.selected(item)] == []


def test_each_label_that_is_summed_by_is_exported() -> None:
    known = {label for _, labels in exported().series for label, _ in labels}
    for _, expression in expressions():
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert {label.strip() for label in group.split(",")} <= known, expression


def test_a_name_that_is_not_exported_would_be_noticed() -> None:
    storage = exported()
    for wrong in ("session_fetch_total", 'session_fetches_total{outcome="reuse"}', 'session_fetches_total{user_id=~".+"}'):
        (selector,) = selectors(wrong)
        assert not storage.selected(selector)
    with pytest.raises(ValueError, match="invalid"):
        selectors("sum by job (a)")


def test_the_dashboard_can_be_provisioned_anywhere() -> None:
    assert DASHBOARD["uid"] == "session-service"
    assert "id" not in DASHBOARD
    variables = {item["name"]: item for item in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    named = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
    assert named == set(variables)
    sources = [panel["datasource"] for panel in DASHBOARD["panels"]] + [
        t["datasource"] for panel in DASHBOARD["panels"] for t in panel["targets"]
    ]
    assert {source["uid"] for source in sources} == {"${datasource}"}
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    provider = yaml.safe_load((DEPLOY / "grafana" / "provider.yaml").read_text(encoding="utf-8"))
    assert [item["type"] for item in provider["providers"]] == ["file"]


def test_every_metric_is_on_the_dashboard_or_in_a_rule() -> None:
    used = {item.name for _, expression in expressions() for item in selectors(expression)}
    families = {re.sub(r"_(total|bucket|sum|count|created)$", "", name) for name, _ in exported().series if name.startswith("session_")}
    assert families <= {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in used}


# The incident, on a real database


async def replay(
    url: str, times: list[tuple[float, int]], start: datetime, until: float, every: float = 15.0
) -> tuple[Scraper, list[float]]:
    """Gets a session at each time (seconds after `start`, which user); scraped all the while. Also the times of new sessions."""
    users = await add_users(url, 1 + max(user for _, user in times))
    clock, created, left = SettableClock(start), [], sorted(times)
    async with running(url, clock=clock) as app:
        scraper, at = Scraper(app.metrics), 0.0
        while at <= until:
            while left and left[0][0] <= at:
                when, user = left.pop(0)
                clock.now = start + timedelta(seconds=when)
                obtained = await app.service.get_or_create_session(users[user])
                app.metrics.request_done(1)
                created += [when] if obtained.previous_age is not None or obtained.outcome == "created" else []
            if at % 600 == 0:
                duplicates = await app.work.read(lambda stores: stores.sessions.duplicates())
                app.metrics.duplicates_found(duplicates, datetime.fromtimestamp(at, UTC))
            scraper.scrape(at)
            at += every
    return scraper, created


@NEEDS_PROMTOOL
def test_r7_the_rapid_creates_of_the_incident_are_noticed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: with the rule of the incident back in place, its four calls make four sessions, and the alert fires."""
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    scraper, created = asyncio.run(replay(database_url, [(300 + click, 0) for click in CLICKS], EVENING, 1500))
    assert len(created) == 4
    assert differs([Case(scraper.storage, frozenset({"SessionRapidCreates"}), 1500)]) == ""


@NEEDS_PROMTOOL
def test_r7_our_own_policy_leaves_the_alerts_silent_on_the_same_clicks(database_url: str) -> None:
    scraper, created = asyncio.run(replay(database_url, [(300 + click, 0) for click in CLICKS], EVENING, 1500))
    assert len(created) == 1
    assert differs([Case(scraper.storage, frozenset(), 1500)]) == ""


@NEEDS_PROMTOOL
def test_r7_an_evening_of_rotations_is_noticed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: fetched once a request, the incident still began a session with every message: minutes apart, so none of them rapid."""
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    scraper, created = asyncio.run(replay(database_url, [(60 + 180 * message, 0) for message in range(20)], EVENING, 3900))
    assert len(created) == 20
    assert differs([Case(scraper.storage, frozenset({"SessionFrequentRotations"}), 3900)]) == ""


@NEEDS_PROMTOOL
@SQLITE
def test_r7_a_busy_evening_of_rotations_lowers_the_reuse_ratio(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    times = [(20.0 * message, message % 10) for message in range(1, 391)]
    scraper, created = asyncio.run(replay(database_url, times, EVENING, 7800, every=30))
    assert len(created) == 390
    assert differs([Case(scraper.storage, frozenset({"SessionFrequentRotations", "SessionReuseRatioLow"}), 7800)]) == ""


@NEEDS_PROMTOOL
@SQLITE
def test_r7_a_healthy_day_and_its_night_are_silent(database_url: str) -> None:
    """R7: 8 users who write all morning and all afternoon, then nobody for eight hours but one, then the next morning."""
    work = [(start + 60.0 * minute + user, user) for start in (0, 18_000) for minute in range(0, 150, 3) for user in range(8)]
    night = [(53_000.0, 3)]
    morning = [(72_000 + 60.0 * minute + user, user) for minute in range(0, 150, 3) for user in range(8)]
    scraper, created = asyncio.run(replay(database_url, work + night + morning, NOON.replace(hour=8), 82_800, every=60))
    assert len(created) == 8 + 1 + 7  # the first of each, the one of the night, which lives until morning, and those of the others
    assert differs([Case(scraper.storage, frozenset(), 82_800)], step=60) == ""


def account_series(known: bool, every: int, phase: int) -> Storage:
    """`session_creates_total{user_id}` of the account on the incident; `known`: the user already had a session in this process."""
    clicks, storage = [300 + click for click in CLICKS], Storage()
    for at in range(phase, 900, every):
        many = sum(click <= at for click in clicks)
        if known or many:
            storage.add("session_creates_total", frozenset({("user_id", "ed97770c")}), at, many + known)
    return storage


@pytest.mark.parametrize(("known", "every"), [(False, 15), (False, 30), (False, 60), (True, 15), (True, 60)])
@NEEDS_PROMTOOL
def test_r7_the_alert_of_the_account_would_not_have_fired(known: bool, every: int) -> None:
    """Four creates in 12 s are 0.07 a second over the minute; and a series that is born with the value 4 has not grown at all (P17)."""
    cases = [Case(account_series(known, every, phase), frozenset(), 900) for phase in range(0, every, 5)]
    assert differs(cases, texts=[ACCOUNT], step=5) == ""


@NEEDS_PROMTOOL
def test_r7_the_alert_of_the_account_fires_when_it_is_given_enough() -> None:
    """So that its silence above means something."""
    storage = Storage()
    for at in range(0, 300, 15):
        storage.add("session_creates_total", frozenset({("user_id", "a")}), at, at / 5)
    assert differs([Case(storage, frozenset({"HighSessionCreateRate"}), 300)], texts=[ACCOUNT], step=15) == ""
    assert "HighSessionCreateRate" in differs([Case(storage, frozenset(), 300)], texts=[ACCOUNT], step=15)

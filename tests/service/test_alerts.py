"""R7: the alert rules, against the incident replayed on a real database, and against days that are well."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from service.alerting import DEPLOY, PROMETHEUS, RULE_FILES, Scraper, fired, promtool, rules
from service.harness import NOON, SettableClock, add_users, running
from service.promql import Storage, evaluate, labels_of, parse, seconds, selectors
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


def of(*samples: tuple[str, list[tuple[float, float]]]) -> Storage:
    storage = Storage()
    for series, points in samples:
        name, labels = labels_of(series)
        for at, value in points:
            storage.add(name, labels, at, value)
    return storage


# The evaluator, against numbers computed by hand


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 4 samples in (0, 60]: 15 30 45 60; 30 seen in 45 s; the window begins 15 s before the first, which is near: 30 * 60/45
        ("increase(steady_total[1m])", 40.0),
        ("rate(steady_total[1m])", 40 / 60),
        # born at 0: nothing lies before it. 3 seen in 45 s, no stretch to the left, none to the right
        ("increase(newborn_total[1m])", 3.0),
        # 8 9 1 2: a reset after 9; 1 + 1 + 1 = 3 in 45 s, stretched to the left by 15 s
        ("increase(reset_total[1m])", 4.0),
        # one sample in the window: no answer
        ("increase(steady_total[15s])", None),
        # samples at 15 and 30 only, asked at 60: far from the right border, so half a step: 10 * (15 + 15 + 7.5) / 15
        ("increase(stopped_total[1m])", 25.0),
        ("sum by (job) (gauge)", 7.0),
        ("sum(gauge)", 7.0),
        ("max(gauge)", 4.0),
        ('sum(gauge{part=~"a|b"})', 3.0),
        ('sum(gauge{part!="a"})', 6.0),
        ("sum(gauge) / sum(gauge) * 2 + 1 - 0.5", 2.5),
        ("sum(gauge) > 7", None),
        ("sum(gauge) >= 7", 7.0),
        ("sum(gauge) and sum(gauge) > 100", None),
        ("sum(gauge) unless sum(gauge) > 100", 7.0),
        ("sum(gauge) > 100 or max(gauge)", 4.0),
        ("time() - sum(gauge)", 53.0),
        ("absent(gauge)", None),
        ("absent(nothing)", 1.0),
        ("sum(nothing)", None),
        ("sum(old)", None),  # 300 s ago
    ],
)
def test_the_evaluator_against_numbers_computed_by_hand(expression: str, expected: float | None) -> None:
    storage = of(
        ("steady_total", [(0, 100), (15, 110), (30, 120), (45, 130), (60, 140)]),
        ("newborn_total", [(15, 0), (30, 1), (45, 2), (60, 3)]),
        ("reset_total", [(0, 7), (15, 8), (30, 9), (45, 1), (60, 2)]),
        ("stopped_total", [(15, 100), (30, 110)]),
        ('gauge{job="j", part="a"}', [(60, 1)]),
        ('gauge{job="j", part="b"}', [(60, 2)]),
        ('gauge{job="j", part="c"}', [(60, 4)]),
        ("old", [(-240, 1)]),
    )
    found = evaluate(parse(expression), storage, 60)
    assert isinstance(found, dict)
    assert list(found.values()) == ([] if expected is None else [pytest.approx(expected)])


def test_the_evaluator_matches_labels_and_divides_by_zero() -> None:
    storage = of(
        ('a{job="x"}', [(0, 0)]), ('a{job="y"}', [(0, 6)]), ('b{job="x"}', [(0, 0)]), ('b{job="y"}', [(0, 3)]), ('b{job="z"}', [(0, 1)])
    )
    found = evaluate(parse("a / b"), storage, 0)
    assert isinstance(found, dict)
    assert found[labels_of('{job="y"}')[1]] == 2
    assert str(found[labels_of('{job="x"}')[1]]) == "nan"
    assert len(found) == 2
    assert evaluate(parse("a / b < 0.9"), storage, 0) == {}  # nothing by nothing is no low ratio


@pytest.mark.parametrize("text", ["rate(a[5m]", "avg(a)", "a{b=c}", "irate(a[5m])", "a[5x]", "a b", "sum by job (a)", "~"])
def test_the_evaluator_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


# The files


def test_the_test_file_of_promtool_holds() -> None:
    assert promtool(PROMETHEUS / "tests.yml") == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed; the test above runs the same file")
def test_promtool_itself_agrees() -> None:
    for arguments in (["check", "rules", *RULE_FILES], ["test", "rules", "tests.yml"]):
        run = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_test_file_of_promtool_can_fail(tmp_path: Path) -> None:
    """Each alert in turn with an expression that never holds: the file notices."""
    test_file = (PROMETHEUS / "tests.yml").read_text(encoding="utf-8")
    document = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))
    alerts = document["groups"][0]["rules"]
    for changed in alerts:
        broken = [rule | {"expr": "absent(session_fetches_total) > 2"} if rule is changed else rule for rule in alerts]
        (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "broken", "rules": broken}]}), encoding="utf-8")
        (tmp_path / "rules.yml").write_text((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"), encoding="utf-8")
        cases = yaml.safe_load(test_file)
        cases["tests"] = [test for test in cases["tests"] if changed["alert"] in str(test)]
        (tmp_path / "tests.yml").write_text(yaml.safe_dump(cases), encoding="utf-8")
        assert any(changed["alert"] in line for line in promtool(tmp_path / "tests.yml")), changed["alert"]


def test_each_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}


def test_each_alert_is_explained() -> None:
    named = re.findall(r"^\| (Session\w+) \|", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == [rule.name for rule in rules() if rule.alert]


def expressions() -> Iterator[tuple[str, str]]:
    for name in RULE_FILES:
        for group in yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))["groups"]:
            yield from ((rule.get("record") or rule["alert"], rule["expr"]) for rule in group["rules"])
    yield from ((panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"])


def exported() -> Storage:
    """What a service exports that has just started, and one sample of each recorded series."""
    scraper = Scraper(Metrics())
    scraper.scrape(0)
    for rule in rules():
        if not rule.alert:
            scraper.storage.add(rule.name, frozenset({("job", "session-service")}), 0, 1)
    return scraper.storage


@pytest.mark.parametrize(("place", "expression"), list(expressions()))
def test_each_selector_selects_what_is_exported(place: str, expression: str) -> None:
    """Names and labels: a service that has just started has all its series, so nothing that is asked for may be missing."""
    storage = exported()
    found = list(selectors(parse(expression.replace("$job", ".+"))))
    assert found, place
    assert [item for item in found if not storage.instant(item.__class__(item.name, item.matchers), 0)] == []


def test_each_label_that_is_summed_by_is_exported() -> None:
    known = {label for by_labels in exported().series.values() for labels in by_labels for label, _ in labels}
    for _, expression in expressions():
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert {label.strip() for label in group.split(",")} <= known, expression


def test_a_name_that_is_not_exported_would_be_noticed() -> None:
    storage = exported()
    for wrong in ("session_fetch_total", 'session_fetches_total{outcome="reuse"}', 'session_fetches_total{user_id=~".+"}'):
        (selector,) = selectors(parse(wrong))
        assert not storage.instant(selector, 0)


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
    used = {item.name for _, expression in expressions() for item in selectors(parse(expression.replace("$job", ".+")))}
    families = {re.sub(r"_(total|bucket|sum|count|created)$", "", name) for name in exported().series if name.startswith("session_")}
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


def test_r7_the_rapid_creates_of_the_incident_are_noticed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: with the rule of the incident back in place, its four calls make four sessions, and the alert fires."""
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    scraper, created = asyncio.run(replay(database_url, [(300 + click, 0) for click in CLICKS], EVENING, 1500))
    assert len(created) == 4
    assert fired(scraper.storage, until=1500) == {"SessionRapidCreates"}


def test_r7_our_own_policy_leaves_the_alerts_silent_on_the_same_clicks(database_url: str) -> None:
    scraper, created = asyncio.run(replay(database_url, [(300 + click, 0) for click in CLICKS], EVENING, 1500))
    assert len(created) == 1
    assert fired(scraper.storage, until=1500) == set()


def test_r7_an_evening_of_rotations_is_noticed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: fetched once a request, the incident still began a session with every message: minutes apart, so none of them rapid."""
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    scraper, created = asyncio.run(replay(database_url, [(60 + 180 * message, 0) for message in range(20)], EVENING, 3900))
    assert len(created) == 20
    assert fired(scraper.storage, until=3900) == {"SessionFrequentRotations"}


@SQLITE
def test_r7_a_busy_evening_of_rotations_lowers_the_reuse_ratio(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_service.service.expiry", hour_rule)
    times = [(20.0 * message, message % 10) for message in range(1, 391)]
    scraper, created = asyncio.run(replay(database_url, times, EVENING, 7800, every=30))
    assert len(created) == 390
    assert fired(scraper.storage, until=7800) == {"SessionFrequentRotations", "SessionReuseRatioLow"}


@SQLITE
def test_r7_a_healthy_day_and_its_night_are_silent(database_url: str) -> None:
    """R7: 8 users who write all morning and all afternoon, then nobody for eight hours but one, then the next morning."""
    work = [(start + 60.0 * minute + user, user) for start in (0, 18_000) for minute in range(0, 150, 3) for user in range(8)]
    night = [(53_000.0, 3)]
    morning = [(72_000 + 60.0 * minute + user, user) for minute in range(0, 150, 3) for user in range(8)]
    scraper, created = asyncio.run(replay(database_url, work + night + morning, NOON.replace(hour=8), 82_800, every=60))
    assert len(created) == 8 + 1 + 7  # the first of each, the one of the night, which lives until morning, and those of the others
    assert fired(scraper.storage, until=82_800, step=60) == set()


def account_series(known: bool, every: int, phase: int) -> Storage:
    """`session_creates_total{user_id}` of the account on the incident; `known`: the user already had a session in this process."""
    clicks, storage = [300 + click for click in CLICKS], Storage()
    for at in range(phase, 900, every):
        many = sum(click <= at for click in clicks)
        if known or many:
            storage.add("session_creates_total", labels_of('{user_id="ed97770c"}')[1], at, many + known)
    return storage


@pytest.mark.parametrize(("known", "every"), [(False, 15), (False, 30), (False, 60), (True, 15), (True, 60)])
def test_r7_the_alert_of_the_account_would_not_have_fired(known: bool, every: int) -> None:
    """Four creates in 12 s are 0.07 a second over the minute; and a series that is born with the value 4 has not grown at all (P17)."""
    for phase in range(0, every, 5):
        assert fired(account_series(known, every, phase), (ACCOUNT,), until=900, step=5) == set(), phase


def test_r7_the_alert_of_the_account_fires_when_it_is_given_enough() -> None:
    """So that its silence above means something."""
    storage = of(('session_creates_total{user_id="a"}', [(at, at / 5) for at in range(0, 300, 15)]))
    assert fired(storage, (ACCOUNT,), until=300, step=15) == {"HighSessionCreateRate"}


@pytest.mark.parametrize("make", [lambda: seconds("5x"), lambda: parse("")])
def test_what_is_not_understood_is_an_error(make: Callable[[], object]) -> None:
    with pytest.raises((ValueError, AssertionError)):
        make()

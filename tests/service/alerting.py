"""Rule files as Prometheus would run them: recorded series, pending and firing alerts, and the test files of promtool."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from service.promql import Labels, Node, Storage, Vector, evaluate, expanded, labels_of, parse, seconds
from session_service.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULE_FILES = ("rules.yml", "alerts.yml")


@dataclass
class Rule:
    """A recording rule, or an alert that fires after `wait` seconds."""

    name: str
    expression: Node
    labels: dict[str, str]
    alert: bool
    wait: float = 0.0
    before: set[tuple[str, Labels]] = field(default_factory=set)  # the series it made last time
    since: dict[Labels, float] = field(default_factory=dict)

    def run(self, storage: Storage, at: float) -> None:
        found = evaluate(self.expression, storage, at)
        assert isinstance(found, dict)
        made = self._alerts(found, at) if self.alert else {(self.name, labels): value for labels, value in found.items()}
        for name, labels in sorted(self.before - set(made), key=str):
            storage.add(name, labels, at, None)
        for (name, labels), value in made.items():
            storage.add(name, labels, at, value)
        self.before = set(made)

    def _alerts(self, found: Vector, at: float) -> dict[tuple[str, Labels], float]:
        self.since = {labels: self.since.get(labels, at) for labels in found}
        return {
            ("ALERTS", frozenset({**dict(labels), **self.labels, "alertname": self.name, "alertstate": state}.items())): 1.0
            for labels, since in self.since.items()
            for state in ("firing" if at - since >= self.wait else "pending",)
        }


def rules(*texts: str) -> list[Rule]:
    """The rules of rule files given as text; without any those of the project."""
    files = texts or tuple((PROMETHEUS / name).read_text(encoding="utf-8") for name in RULE_FILES)
    return [
        Rule(
            rule.get("record") or rule["alert"],
            parse(rule["expr"]),
            rule.get("labels", {}),
            "alert" in rule,
            seconds(rule["for"]) if "for" in rule else 0.0,
        )
        for text in files
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]


def firing(storage: Storage, at: float) -> set[str]:
    """The names of the alerts that fire at a time: to be asked when the rules have just been run."""
    found = evaluate(parse('ALERTS{alertstate="firing"}'), storage, at)
    assert isinstance(found, dict)
    return {dict(labels)["alertname"] for labels in found}


def fired(storage: Storage, texts: tuple[str, ...] = (), *, until: float, step: float = 30.0) -> set[str]:
    """Runs the rules every `step` seconds from 0; the names of all alerts that fired at some time."""
    chosen, seen, at = rules(*texts), set(), 0.0
    while at <= until:
        for rule in chosen:
            rule.run(storage, at)
        seen |= firing(storage, at)
        at += step
    return seen


@dataclass
class Scraper:
    """Reads the metrics of a service as Prometheus would, at times that are given."""

    metrics: Metrics
    storage: Storage = field(default_factory=Storage)
    labels: Labels = frozenset({("job", "session-service"), ("instance", "one")})

    def scrape(self, at: float) -> None:
        for family in self.metrics.registry.collect():
            for sample in family.samples:
                self.storage.add(sample.name, frozenset(sample.labels.items()) | self.labels, at, sample.value)


def promtool(file: Path) -> list[str]:
    """Runs a test file of promtool; what differs from what it expects. Of its tests only `promql_expr_test` is known."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    texts = tuple((file.parent / name).read_text(encoding="utf-8") for name in document["rule_files"])
    step, wrong = seconds(document["evaluation_interval"]), []
    for test in document["tests"]:
        assert set(test) <= {"name", "interval", "input_series", "promql_expr_test"}, test
        storage, chosen = Storage(), rules(*texts)
        for series in test["input_series"]:
            name, labels = labels_of(series["series"])
            for index, value in enumerate(expanded(series["values"])):
                storage.add(name, labels, index * seconds(test["interval"]), value)
        asked = sorted(test["promql_expr_test"], key=lambda case: seconds(case["eval_time"]))
        at = 0.0
        for case in asked:
            while at <= seconds(case["eval_time"]):
                for rule in chosen:
                    rule.run(storage, at)
                at += step
            found = evaluate(parse(case["expr"]), storage, seconds(case["eval_time"]))
            assert isinstance(found, dict)
            expected = {labels_of(sample["labels"])[1]: float(sample["value"]) for sample in case.get("exp_samples", [])}
            if found.keys() != expected.keys() or any(abs(found[labels] - expected[labels]) > 1e-9 for labels in found):
                wrong.append(f"{test['name']} at {case['eval_time']}: {case['expr']} is {found}, not {expected}")
    return wrong

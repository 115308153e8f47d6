"""Rule files run by Prometheus's own tester, promtool, on what a service has exported; and what their expressions select."""

from __future__ import annotations

import math
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import promql_parser
import promtool
import pytest
import yaml

from session_service.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULE_FILES = ("rules.yml", "alerts.yml")
NEEDS_PROMTOOL = pytest.mark.skipif(promtool.find() is None, reason="promtool is not installed, which on Debian `make test` does")
_PARTS = ("lhs", "rhs", "expr", "param", "vector_selector")  # where an expression of the parser has others
_OPERATORS = {"Equal": ("=", True), "NotEqual": ("=", False), "Re": ("=~", True), "NotRe": ("=~", False)}

Labels = frozenset[tuple[str, str]]


@dataclass
class Storage:
    """Samples as scraped: by name and labels, values at seconds."""

    series: dict[tuple[str, Labels], dict[float, float]] = field(default_factory=dict)

    def add(self, name: str, labels: Labels, at: float, value: float) -> None:
        self.series.setdefault((name, labels), {})[at] = value

    def selected(self, selector: promql_parser.VectorSelector) -> list[tuple[str, Labels]]:
        """The series that a selector takes."""
        return [(name, labels) for name, labels in self.series if name == selector.name and _matches(selector, dict(labels))]

    def as_input(self) -> tuple[int, list[dict[str, str]]]:
        """The series as a test file of promtool has them: one value each so many seconds, `_` where there is none."""
        times = sorted({int(at) for samples in self.series.values() for at in samples})
        step = reduce(math.gcd, times, 0) or 1
        return step, [
            {"series": _written(name, labels), "values": " ".join(_value(samples.get(at)) for at in range(0, times[-1] + 1, step))}
            for (name, labels), samples in self.series.items()
        ]


@dataclass(frozen=True)
class Case:
    """The alerts that fire at some time from 0 to `until` seconds, on what is stored."""

    storage: Storage
    fired: frozenset[str]
    until: int


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


def rules() -> Iterator[dict[str, Any]]:
    """The rules of the project, as written."""
    for name in RULE_FILES:
        for group in yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def selectors(expression: str) -> Iterator[promql_parser.VectorSelector]:
    """What an expression asks for. Raises ValueError for one that is none."""
    return _selectors(promql_parser.parse(expression))


def said(*arguments: str, folder: Path = PROMETHEUS) -> str:
    """What promtool has to complain about; "" when all is well."""
    program = promtool.find()
    assert program is not None
    run = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def differs(cases: Sequence[Case], *, texts: Iterable[str] = (), step: int = 30) -> str:
    """What promtool says where other alerts fire than a case has, the rules run every `step` seconds; "" when none do.

    `texts`: the rule files, in place of those of the project.
    """
    files = list(texts) or [(PROMETHEUS / name).read_text(encoding="utf-8") for name in RULE_FILES]
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(files):
            (Path(folder) / f"{number}.yml").write_text(text, encoding="utf-8")
        document = {
            "rule_files": [f"{number}.yml" for number in range(len(files))],
            "evaluation_interval": f"{step}s",
            "tests": [_test(case) for case in cases],
        }
        (Path(folder) / "tests.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
        return said("test", "rules", "tests.yml", folder=Path(folder))


def _test(case: Case) -> dict[str, Any]:
    step, series = case.storage.as_input()
    asked = {
        "expr": f'group by (alertname) (last_over_time(ALERTS{{alertstate="firing"}}[{case.until + 1}s]))',
        "eval_time": f"{case.until}s",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(case.fired)],
    }
    return {"interval": f"{step}s", "input_series": series, "promql_expr_test": [asked]}


def _selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for part in (*(getattr(node, name, None) for name in _PARTS), *(getattr(node, "args", None) or ())):
        if part is not None:
            yield from _selectors(part)


def _matches(selector: promql_parser.VectorSelector, labels: dict[str, str]) -> bool:
    for matcher in selector.matchers.matchers:
        kind, wanted = _OPERATORS[str(matcher.op).rpartition(".")[2]]
        value = labels.get(matcher.name, "")
        if (matcher.value == value if kind == "=" else re.fullmatch(matcher.value, value) is not None) is not wanted:
            return False
    return True


def _written(name: str, labels: Labels) -> str:
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels)) + "}"


def _value(value: float | None) -> str:
    return "_" if value is None else f"{value:g}" if value == int(value) and abs(value) < 1e5 else repr(float(value))

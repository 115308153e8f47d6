"""What was measured, as Markdown and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from measuring import Series
from tools import LABELS
from trees import Size

MEASURED = ("median s", "min-max s", "CPU s", "MiB all", "MiB largest")
COLUMNS = ("tool", "runs", *MEASURED, "x ruff", "x flake8", "x fixit", "CPU x ruff", "exit")
GROWTH_COLUMNS = ("tool", "copies", "files", "lines", "runs", *MEASURED, "x smallest")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All tools on one tree."""

    tree: str
    size: Size
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The tools on one tree at several sizes: (copies, size, series) from small to large."""

    tree: str
    steps: tuple[tuple[int, Size, tuple[Series, ...]], ...]

    def of(self, label: str) -> list[tuple[int, Size, Series]]:
        """The steps of one tool that did its job."""
        return [(n, size, s) for n, size, series in self.steps for s in series if s.label == label and not s.problem]

    def exponent(self, label: str) -> float | None:
        """The slope of log time over log lines: 1 is linear, 2 quadratic. None with fewer than two sizes."""
        points = [(math.log(size.lines), math.log(series.median)) for _, size, series in self.of(label) if size.lines and not series.late]
        return slope(points) if len({x for x, _ in points}) > 1 else None


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line through the points, by least squares. The abscissas must differ."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)


def markdown(facts: dict[str, str], comparisons: list[Comparison], growths: list[Growth]) -> str:
    """The whole report. `facts` say where and how it was measured."""
    parts = ["# Benchmarks", "", "Written by `benchmarks/run.py`; no number here is typed by hand.", ""]
    parts += [f"- {name}: {value}" for name, value in facts.items()]
    for comparison in comparisons:
        size = comparison.size
        parts += ["", f"## {comparison.tree} ({size.files:,} files, {size.lines:,} lines)", "", *table(COLUMNS, _compared(comparison))]
        parts += ["", *(f"- {s.label}: {s.problem}" for s in comparison.series if s.problem)]
    for growth in growths:
        labels = list(dict.fromkeys(s.label for _, _, series in growth.steps for s in series))
        parts += ["", f"## Growth on {growth.tree}", "", *table(GROWTH_COLUMNS, _grown(growth, labels)), ""]
        parts += [f"- {label}: time grows with lines to the power {_number(growth.exponent(label))}" for label in labels]
        parts += [f"- {s.label}, {n} copies: {s.problem}" for n, _, series in growth.steps for s in series if s.problem]
    return "\n".join(parts).rstrip() + "\n"


def data(facts: dict[str, str], comparisons: list[Comparison], growths: list[Growth]) -> dict[str, object]:
    """The same as data: every run, and the ratios and exponents drawn from them."""
    return {
        "facts": facts,
        "comparisons": [
            asdict(c)
            | {"ratios": {s.label: _ratios(s, c.series) for s in c.series}, "cpu_ratios": {s.label: _worked(s, c.series) for s in c.series}}
            for c in comparisons
        ],
        "growth": [
            asdict(g) | {"exponents": {label: g.exponent(label) for label in sorted({s.label for _, _, all_ in g.steps for s in all_})}}
            for g in growths
        ],
    }


def _ratios(series: Series, others: tuple[Series, ...]) -> dict[str, float | None]:
    """To each competitor; None also when either was late, as the number would only be a bound."""
    bases = {name: _base(name, others) for name in LABELS}
    return {name: series.ratio(base) if base and not (series.late or base.late) else None for name, base in bases.items()}


def _worked(series: Series, others: tuple[Series, ...]) -> dict[str, float | None]:
    """The same of processor time."""
    bases = {name: _base(name, others) for name in LABELS}
    return {name: series.cpu_ratio(base) if base else None for name, base in bases.items()}


def _base(name: str, others: tuple[Series, ...]) -> Series | None:
    return next((other for other in others if other.label.startswith(LABELS[name])), None)


def _compared(comparison: Comparison) -> list[tuple[str, ...]]:
    rows = []
    for series in comparison.series:
        if series.problem:
            rows.append((series.label, str(len(series.runs)), *["-"] * (len(COLUMNS) - 3), series.problem.split(":")[0]))
            continue
        ratios = [ratio(series, _base(name, comparison.series)) for name in LABELS]
        ruff = _base("ruff", comparison.series)
        ratios.append("-" if ruff is None or (worked := series.cpu_ratio(ruff)) is None else f"{worked:.2f}")
        codes = "-" if series.late else ", ".join(str(code) for code in sorted({run.exit_code for run in series.runs}))
        rows.append((series.label, str(len(series.runs)), *measured(series), *ratios, codes))
    return rows


def _grown(growth: Growth, labels: list[str]) -> list[tuple[str, ...]]:
    rows = []
    for label in labels:
        steps = growth.of(label)
        for n, size, series in steps:
            times = ratio(series, steps[0][2])
            rows.append((label, str(n), f"{size.files:,}", f"{size.lines:,}", str(len(series.runs)), *measured(series), times))
    return rows


def measured(series: Series) -> tuple[str, ...]:
    """The cells of the columns MEASURED."""
    total = "-" if series.all_mib is None else f"{series.all_mib:.0f}"
    times = (f">{series.slowest:g}", "-", "-")
    if not series.late:
        times = (f"{series.median:.3f}", f"{series.fastest:.3f}-{series.slowest:.3f}", f"{series.cpu:.3f}")
    return (*times, total, f"{series.largest_mib:.0f}")


def ratio(series: Series, base: Series | None) -> str:
    """The cell of a ratio; "-" when there is none."""
    value = series.ratio(base) if base is not None else None
    if value is None or base is None:
        return "-"
    return f"{'>' if series.late else '<' if base.late else ''}{value:.2f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """The lines of a Markdown table."""
    rule = ["---" if column in ("tool", "tree") else "---:" for column in columns]
    return [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]

"""How `session-lint schema` prints the tables of a project, for people and for programs."""

from __future__ import annotations

import json

from session_lint.facts.finding import Report
from session_lint.facts.location import Place
from session_lint.facts.schema import UniqueSet
from session_lint.facts.schema_report import Placed, SchemaReport
from session_lint.reporting.reporter import Style, located, placed, printable


def text(report: SchemaReport, style: Style) -> str:
    """Each table with its unique sets, one a line, and what of it is not understood."""
    lines: list[str] = []
    for one in report.tables:
        table = one.table
        lines.append(f"{style.paint(_place(report, one.place, style), 'cyan')}: {printable(_title(one))}")
        for found, place in zip(table.unique, one.sets, strict=True):
            where = f"  {_place(report, place, style)}" if place != one.place else ""
            lines.append(f"    {printable(line(found))}{style.paint(where, 'dim')}")
        lines += [f"    {style.paint('not understood', 'yellow')}: {printable(gap)}" for gap in table.doubts]
        lines.append("")
    return "".join(f"{one}\n" for one in (*lines, closing(report)))


def as_json(report: SchemaReport, _style: Style) -> str:
    """Each table for programs. `known`: whether all of its unique sets are."""
    rows = [
        {
            "table": one.table.name or None,
            "model": one.table.model or None,
            **_location(report, one.place),
            "columns": list(one.table.columns),
            "unique": [
                {
                    "columns": list(found.columns),
                    "how": found.how,
                    "name": found.where or None,
                    "condition": found.condition or None,
                    "expression": found.expression,
                    **_location(report, place),
                }
                for found, place in zip(one.table.unique, one.sets, strict=True)
            ],
            "known": one.table.known,
            "gaps": list(one.table.doubts),
        }
        for one in report.tables
    ]
    return json.dumps(rows, indent=2, sort_keys=True) + "\n"


def line(one: UniqueSet) -> str:
    """A unique set in one line: `(user, shop) where open = true: UniqueConstraint`."""
    condition = f" where {one.condition}" if one.condition else ""
    computed = " by what is computed of them" if one.expression else ""
    return f"({', '.join(one.columns)}){condition}{computed}: {one.how}"


def closing(report: SchemaReport) -> str:
    """The last line for people."""
    if not report.tables:
        return "No tables found: no model, no table and no statement that makes one is declared in these files."
    count, gaps = len(report.tables), sum(not one.table.known for one in report.tables)
    sets = sum(len(one.table.unique) for one in report.tables)
    whole = f"; {gaps} not understood whole" if gaps else ""
    return f"{count} table{'s' if count > 1 else ''} with {sets} unique set{'s' if sets != 1 else ''}{whole}."


def _title(one: Placed) -> str:
    table = one.table
    name = f"{table.name} ({table.model})" if table.name and table.model else table.name or table.model
    return f"{name}: {', '.join(table.columns)}" if table.columns else name


def _place(report: SchemaReport, place: Place, style: Style) -> str:
    return placed(Report((), root=report.root), place, style)


def _location(report: SchemaReport, place: Place) -> dict[str, object]:
    return located(Report((), root=report.root), place)

"""The table of an audit, for people: as text, and as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from session_lint.audit.record import Audit, Examined

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% } th, td { padding: .3rem .6rem; border-bottom: 1px solid #8884; text-align: right }
th:first-child, td:first-child { text-align: left } .failed, .new { color: #c62828 } .gone { color: #2e7d32 } code { font-size: .9em }
"""


def text(audit: Audit) -> str:
    """Projects down, rules across, then what failed."""
    lines = _aligned([_head(audit), *(_row(audit, one) for one in audit.projects), _foot(audit)]) if audit.projects else []
    for one in audit.failed:
        lines += [f"failed: {one.name}: {why}" for why in _failures(one)]
    lines += [f"gone: {name}: in the earlier audit, and not in this one" for name in audit.gone]
    return "\n".join([*lines, "", _summary(audit)]) + "\n"


def page(audit: Audit) -> str:
    """The same as HTML in one file, with the findings of each project."""
    rows = "".join(_cells("td", _row(audit, one)) for one in audit.projects)
    failures = "".join(
        f'<li class="failed"><b>{escape(one.name)}</b>: {escape(why)}</li>' for one in audit.failed for why in _failures(one)
    )
    gone = "".join(f"<li><b>{escape(name)}</b>: in the earlier audit, and not in this one</li>" for name in audit.gone)
    listed = "".join(_listed(audit, one) for one in audit.projects if one.findings)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>session-lint audit</title><style>{_STYLE}</style>\n'
        f"<h1>session-lint audit</h1><p>{escape(_summary(audit))}</p>\n"
        f"<table><thead>{_cells('th', _head(audit))}</thead><tbody>{rows}</tbody><tfoot>{_cells('th', _foot(audit))}</tfoot></table>\n"
        f"{f'<h2>Failures</h2><ul>{failures}{gone}</ul>' if failures or gone else ''}\n{listed}</html>\n"
    )


def _head(audit: Audit) -> list[str]:
    return ["project", "files", *audit.codes, "all", *(["change"] if audit.before is not None else [])]


def _row(audit: Audit, project: Examined) -> list[str]:
    if project.failure:
        cells = ["failed", *("-" for _ in audit.codes), "-"]
    else:
        cells = [str(project.files), *(str(project.rules[code]) for code in audit.codes), str(len(project.findings))]
    return [project.name, *cells, *([_change(audit, project)] if audit.before is not None else [])]


def _foot(audit: Audit) -> list[str]:
    files, total = sum(one.files for one in audit.projects), audit.total
    changes = [change for one in audit.projects if (change := audit.change(one)) is not None]
    whole = [f"+{sum(new for new, _ in changes)} -{sum(gone for _, gone in changes)}"] if audit.before is not None else []
    return ["all", str(files), *(str(total[code]) for code in audit.codes), str(total.total()), *whole]


def _change(audit: Audit, project: Examined) -> str:
    change = audit.change(project)
    if change is not None:
        return f"+{change[0]} -{change[1]}"
    return "?" if project.name in (audit.before or {}) else "first"


def _failures(project: Examined) -> Sequence[str]:
    return [project.failure] if project.failure else project.unread


def _summary(audit: Audit) -> str:
    count, found = len(audit.projects), audit.total.total()
    lost = sum(bool(one.failure) for one in audit.projects)
    part = sum(bool(one.unread) for one in audit.projects)
    said = [f"{count} project{_s(count)}, {found} finding{_s(found)}"]
    said += [f"{lost} could not be looked at"] if lost else []
    said += [f"{part} not whole"] if part else []
    return f"{'; '.join(said)}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left: Callable[[Sequence[str]], str] = lambda row: row[0].ljust(widths[0])  # noqa: E731
    return ["  ".join([left(row), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]).rstrip() for row in rows]


def _cells(tag: str, row: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"


def _listed(audit: Audit, project: Examined) -> str:
    old = (audit.before or {}).get(project.name)
    known = old.prints if old is not None else project.prints
    items = "".join(
        f"<li>{'' if one.fingerprint in known else '<b class=new>new</b> '}<code>{escape(one.path)}:{one.row}</code> "
        f"<b>{escape(one.code)}</b> {escape(one.message)}</li>"
        for one in project.findings
    )
    return f"<h2>{escape(project.name)}</h2><ul>{items}</ul>\n"

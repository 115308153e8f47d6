"""What a fresh check of a project says, in the words of the server's diagnostics."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from session_lint import api

Shown = list[tuple[str, int, int, str, str]]


def said(diagnostics: Mapping[str, list[dict[str, Any]]]) -> Shown:
    """(file, row, column, code, message) of every diagnostic; of a notice, without a column."""
    return sorted(
        (path, one["range"]["start"]["line"], one["range"]["start"]["character"], one.get("code", ""), one["message"])
        for path, ones in diagnostics.items()
        for one in ones
    )


def checked(project: Path, texts: Mapping[Path, str], copy: Path) -> Shown:
    """The same of a check without a cache, of a copy of the project in which these texts are saved."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".session_lint_cache"))
    for path, text in texts.items():
        (copy / path.relative_to(project)).write_bytes(text.encode("utf-8"))
    report = api.check_paths([copy], settings=api.load_settings([copy]), options=api.RunOptions(use_cache=False, jobs=1))
    lines = {path: text.split("\n") for path, text in report.sources}
    found = [(one.path, max(one.row - 1, 0), 0, "", one.message) for one in report.notices]
    for one in report.findings:
        span = one.place.span
        before = lines[one.place.path][span.row - 1][: span.column - 1]
        found.append((one.place.path, span.row - 1, len(before.encode("utf-16-le")) // 2, one.code, one.message))
    return sorted(found)

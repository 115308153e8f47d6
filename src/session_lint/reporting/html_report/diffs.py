"""What the edits of a finding would change, as a unified diff to read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from session_lint.facts.finding import Edit
from session_lint.repair import changeset
from session_lint.reporting.html_report.markup import Html, element

_KINDS = {"+": "add", "-": "del", "@": "hunk"}


def diff(edits: tuple[Edit, ...], sources: Mapping[str, str]) -> tuple[Html, ...]:
    """One listing per changed file, by path; nothing when the text of a file is not known or the edits do not fit it."""
    contents = {edit.path: sources[edit.path].encode("utf-8", "surrogatepass") for edit in edits if edit.path in sources}
    try:
        after = changeset.apply(contents, edits, {})
    except changeset.CannotApply:
        return ()
    return tuple(_file(path, sources[path], after[path].decode("utf-8", "surrogatepass")) for path in sorted(after))


def _file(path: str, before: str, after: str) -> Html:
    lines = list(difflib.unified_diff(before.split("\n"), after.split("\n"), n=3, lineterm=""))[2:]
    rows = [element("span", line, "\n", class_=f"diff-{_KINDS.get(line[:1], 'same')}") for line in lines]
    label = element("figcaption", path)
    return element("figure", label, element("pre", element("code", *rows), tabindex="0", aria_label=f"Changes in {path}"), class_="diff")

"""The pages of the rules as files, for editors and terminals to open: they are published nowhere that could be counted on."""

from __future__ import annotations

from pathlib import Path

from session_lint import api
from session_lint.rule_doc import RuleDoc
from session_lint.settings.settings import Settings

_FOLDER = "rules"


def written(settings: Settings) -> dict[str, str]:
    """The URI of each rule's page, by code; the pages are put beside the cache. None where that cannot be written."""
    found: dict[str, str] = {}
    folder = settings.cache_directory / _FOLDER
    for rule in api.rules():
        file = folder / f"{rule.name}.md"
        text = f"# {rule.code} {rule.name}\n\n{RuleDoc.of(rule).text}\n"
        try:
            _write(file, text)
        except OSError:
            continue
        found[rule.code] = file.resolve().as_uri()
    return found


def _write(file: Path, text: str) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")

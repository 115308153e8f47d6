"""What the documentation site needs besides mkdocs: directories in the navigation, and the documents that stand outside of docs/."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
GUESTS = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md", "deploy.md": "deploy/README.md"}  # page -> document
_LINK = re.compile(r"(\]\()(?!https?://|#)([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The guests become pages; directories of the navigation become their pages."""
    for page, document in GUESTS.items():
        files.append(File.generated(config, page, content=(ROOT / document).read_text(encoding="utf-8")))
    pages = sorted(file.src_uri for file in files if file.is_documentation_page())
    named = set(_named(config.nav))
    rest = [page for page in pages if page not in named and not any(page.startswith(room) for room in named if room.endswith("/"))]
    config.nav = _listed(config.nav, pages, rest)
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links between the repository's documents lead to their pages here; one to a file that has no page becomes its name."""
    del config
    here = page.file.src_uri
    document = GUESTS.get(here, f"docs/{here}")
    pages = {name: guest for guest, name in GUESTS.items()}

    def lead(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(document), found[2]))
        if target == "README.md":
            target = "docs/index.md"
        wanted = pages.get(target, target.removeprefix("docs/") if target.startswith("docs/") else "")
        if not wanted or files.get_file_from_path(wanted) is None:
            return found[0]  # the build says so
        return found[1] + posixpath.relpath(wanted, posixpath.dirname(here) or ".")

    return _LINK.sub(lead, markdown)


def _named(entry: object) -> Iterator[str]:
    """What the navigation says, as it is written."""
    if isinstance(entry, list | dict):
        for item in entry.values() if isinstance(entry, dict) else entry:
            yield from _named(item)
    else:
        yield str(entry)


def _listed(entry: object, pages: list[str], rest: list[str]) -> object:
    if isinstance(entry, list):
        return [_listed(item, pages, rest) for item in entry]
    if isinstance(entry, dict):
        return {title: _listed(item, pages, rest) for title, item in entry.items()}
    if entry == "*":
        return rest
    if isinstance(entry, str) and entry.endswith("/"):
        return sorted((page for page in pages if page.startswith(entry)), key=lambda page: (not page.endswith("README.md"), page))
    return entry

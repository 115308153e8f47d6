"""`make docs`: the site builds strictly, every page is in it, and a broken link stops it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("docs", "tools", "deploy", "benchmarks/results", "mkdocs.yml", "CHANGELOG.md", "CONTRIBUTING.md")


def build(directory: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = build(ROOT, target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_every_document_is_a_page(site: Path) -> None:
    pages = {file.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for file in (ROOT / "docs").rglob("*.md")}
    wanted = {page.replace("README.html", "index.html") for page in pages} | {"contributing.html", "changelog.html", "deploy.html"}
    assert sorted(page for page in wanted if not (site / page).is_file()) == []


def test_rules_and_decisions_are_in_the_navigation(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    for room in ("rules", "adr"):
        names = [file.stem for file in (ROOT / "docs" / room).glob("*.md") if file.stem != "README"]
        assert names
        assert [name for name in names if f'href="{room}/{name}.html"' not in text] == []


def test_what_is_included_is_there(site: Path) -> None:
    """The numbers of the replay and of the benchmarks stand in the pages, not the names of the files that hold them."""
    incident = (site / "incident.html").read_text(encoding="utf-8")
    for database in ("sqlite", "postgres"):
        assert (ROOT / "docs" / "replay" / f"{database}.txt").read_text(encoding="utf-8").splitlines()[0] in incident
    assert "--8&lt;--" not in incident + (site / "benchmarks.html").read_text(encoding="utf-8")


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    fonts = [file.name for file in site.rglob("*.html") if "fonts.googleapis" in file.read_text(encoding="utf-8")]
    assert fonts == []


def test_broken_links_stop_the_build(tmp_path: Path) -> None:
    """Each of them is named: to a page, to a heading, out of the site."""
    targets = ["no-such-page.md", "glossary.md#no-such-heading", "../NOTHING.md"]
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, tmp_path / part)
    page = tmp_path / "docs" / "repairs.md"
    page.write_text(page.read_text(encoding="utf-8") + "".join(f"\n[gone]({target})\n" for target in targets), encoding="utf-8")
    done = build(tmp_path, tmp_path / "site")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Aborted with 3 warnings in strict mode!" in said
    assert [target for target in targets if f"'{target}'" not in said] == []

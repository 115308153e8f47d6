"""`make release`: the version is the same everywhere, and one command writes it everywhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import release

import session_lint

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (*(place for place, _ in release._PLACES), "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_all_documents_name_the_version_that_is_installed() -> None:
    assert release.named(ROOT) == session_lint.__version__


def test_no_document_names_another_version_of_the_hooks() -> None:
    named = {version for page in (ROOT / "docs").glob("*.md") for version in re.findall(r"rev: v(\d+\.\d+\.\d+)", page.read_text("utf-8"))}
    assert named == {session_lint.__version__}


def test_a_release_writes_its_version_and_names_what_was_unreleased(copy: Path) -> None:
    release.write(copy, "9.8.7", "2030-01-02")
    assert release.named(copy) == "9.8.7"
    changes = (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changes.index("## [Unreleased]\n\n## [9.8.7] - 2030-01-02\n") < changes.index("### Added")
    release.write(copy, "9.8.7", "2030-01-03")  # once more changes nothing
    assert (copy / "CHANGELOG.md").read_text(encoding="utf-8") == changes


def test_a_document_that_was_left_behind_is_named(copy: Path) -> None:
    page = copy / "docs" / "pre-commit.md"
    page.write_text(re.sub(r"rev: v\d+", "rev: v7", page.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    with pytest.raises(release.WrongError, match=r"docs/pre-commit\.md"):
        release.named(copy)

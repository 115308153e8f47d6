"""What lies above a project root, and answers imports that nothing in it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_lint.facts.seen import Above
from session_lint.project.above import above


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo/.git").mkdir(parents=True)
    for file in ("lib/__init__.py", "tools.py", "loose/sub/job.py", "docs/index.md", "../outside.py", "services/near.py"):
        (tmp_path / "repo" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repo" / file).touch()
    (tmp_path / "repo/services/web").mkdir()
    return tmp_path / "repo/services/web"


@pytest.mark.parametrize(
    ("imported", "count", "example"),
    [
        (["lib.prices"], 1, "lib.prices"),
        (["lib", "lib.prices", "lib.taxes"], 2, "lib.prices"),
        (["lib"], 1, "lib"),
        (["tools"], 1, "tools"),
        (["loose.sub.job.run", "json", "web.views"], 1, "loose.sub.job.run"),
    ],
)
def test_a_module_or_package_of_the_repository(root: Path, imported: list[str], count: int, example: str) -> None:
    assert above(root, imported, ["web.views"]) == Above(str(root.parent.parent), count, example)


@pytest.mark.parametrize("imported", [["docs"], ["docs.index"], ["loose"], ["loose.other"], ["json"], ["outside"], ["web.lib"], [""], []])
def test_what_is_no_module_there_is_none(root: Path, imported: list[str]) -> None:
    assert above(root, imported, ["web.views"]) is None


def test_the_nearest_directory_is_told(root: Path) -> None:
    assert above(root, ["near", "tools"], []) == Above(str(root.parent), 1, "near")


def test_a_name_of_the_project_is_its_own(root: Path) -> None:
    assert above(root, ["lib.prices"], ["lib"]) is None

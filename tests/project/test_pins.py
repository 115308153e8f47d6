"""Which release of a package a project allows at most, by every way of writing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_lint.project.pins import newest, texts


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Django==2.1.5\n", (2, 1)),
        ("django == 2.1.*\n", (2, 1)),
        ("Django>=1.11,<2.2\n", (2, 1)),
        ("Django>=1.11,<2.2.5\n", (2, 2)),
        ("Django>=1.11,<3\n", (2, 99)),
        ("Django<=2.0\n", (2, 0)),
        ("Django~=2.1.0\n", (2, 1)),
        ("Django~=2.1\n", (2, 99)),
        ("django[argon2]==1.8.19  # the old one\n", (1, 8)),
        ("install_requires=['six', 'Django>=1.8,<1.12'],", (1, 11)),
        ('dependencies = ["django>=3.2,<4.0"]', (3, 99)),
        ('[tool.poetry.dependencies]\ndjango = "^2.1"\n', (2, 99)),
        ('django = {version = "~2.1", extras = ["bcrypt"]}\n', (2, 1)),
        ('Django==1.11.29; python_version < "3"\nDjango==2.2.4; python_version >= "3"\n', (2, 2)),
    ],
)
def test_the_newest_release_that_is_allowed(text: str, limit: tuple[int, int]) -> None:
    assert newest([text], "django") == limit


@pytest.mark.parametrize(
    "text",
    ["Django>=1.8\n", "django\n", "django-filter==1.1\n", "pytest_django==2.1\n", "Django!=2.0\n", "my.django==1.8\n", ""],
)
def test_no_limit(text: str) -> None:
    assert newest([text], "django") == ()


def test_the_files_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("# django==1.4\nDjango==2.1.5\n", encoding="utf-8")
    (tmp_path / "setup.py").write_text("setup(install_requires=['Django>=1.8'])\n", encoding="utf-8")
    (tmp_path / "requirements-doc.txt").write_bytes(b"\xff\xfe")

    assert newest(texts(tmp_path), "django") == (2, 1)
    assert newest(texts(tmp_path / "nowhere"), "django") == ()

"""The reader of scenario files: what it takes from a file, and that it refuses what it would otherwise misread."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.scenarios import Expected, ScenarioError, load

SHARED = "```python\n# store.py\nx = 1\n```\n"
TITLE = "# some-rule\n"


def _file(directory: Path, text: str) -> Path:
    file = directory / "some_rule.md"
    file.write_text(text, encoding="utf-8")
    return file


def test_files_settings_and_marks(tmp_path: Path) -> None:
    section = (
        "\n## One\n\nWhy.\n\n```toml\n[tool.session-lint]\n```\n\n"
        '```python\ncall()  # error: [ONE101] "user_id"\n\nother()  # error: [ONE102]\n```\n'
    )
    (scenario,) = load(_file(tmp_path, TITLE + SHARED + section))

    assert scenario.files == (
        ("store.py", "# store.py\nx = 1\n"),
        ("app.py", 'call()  # error: [ONE101] "user_id"\n\nother()  # error: [ONE102]\n'),
    )
    assert scenario.settings == "[tool.session-lint]\n"
    assert scenario.expected == (Expected("app.py", 1, "ONE101", "user_id"), Expected("app.py", 3, "ONE102", ""))
    assert scenario.prose == "Why."


def test_a_hash_heading_inside_code_is_code(tmp_path: Path) -> None:
    (scenario,) = load(_file(tmp_path, TITLE + "## One\n\nWhy.\n\n```python\n# a.py\n## not a section\n```\n"))

    assert scenario.files == (("a.py", "# a.py\n## not a section\n"),)
    assert scenario.is_near_miss


def test_a_file_of_statements(tmp_path: Path) -> None:
    section = "## One\n\nWhy.\n\n```sql\n-- sql/cart.sql\nDELETE FROM lines;\n```\n\n```python\nx = 1\n```\n"
    (scenario,) = load(_file(tmp_path, TITLE + section))

    assert scenario.files == (("sql/cart.sql", "-- sql/cart.sql\nDELETE FROM lines;\n"), ("app.py", "x = 1\n"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# other-rule\n", "not the name of the rule"),
        (TITLE + "## One\n\nProse only.\n", "no Python block"),
        (TITLE + "## One\n\n```python\nx = 1\n", "without an end"),
        (TITLE + "## One\n\n```python\nx = 1  # error: ONE101\n```\n", "cannot be read"),
        (TITLE + "## One\n\n```python\nx = 1\n```\n\n```python\ny = 1\n```\n", "two files of one name"),
        (TITLE + "## One\n\n```\nx = 1\n```\n", "no language"),
        (TITLE + SHARED + "## One\n\n" + SHARED, "two files of one name"),
        (TITLE + SHARED + "## One\n\n```sql\n-- a.sql\nSELECT 1;\n```\n", "no Python block"),
        (TITLE + "## One\n\n```python\nx = 1\n```\n\n```sql\nSELECT 1;\n```\n", "block of sql named app.py"),
    ],
)
def test_what_would_be_misread_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=reason):
        load(_file(tmp_path, text))

"""What must be true of the repository itself."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from pathlib import Path

import pytest

import session_lint.rules
from session_lint.registry import discover, stems
from session_lint.rule import Rule
from session_lint.rule_doc import REQUIRED_HEADINGS, RuleDoc

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "session_lint"
RULES = discover(session_lint.rules, Rule)
CODES = {
    "ONE101": "repeated-getter",
    "ONE102": "omitted-session-argument",
    "ONE103": "unthreaded-session",
    "ONE104": "concurrent-getter",
    "ONE201": "clear-then-insert",
    "ONE202": "replace-set-without-transaction",
}
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_first_six_rules_exist() -> None:
    assert CODES.items() <= {rule.code: rule.name for rule in RULES}.items()


@EVERY_RULE
def test_a_rule_has_one_stem_everywhere(rule: Rule) -> None:
    stem = rule.name.replace("-", "_")
    assert stem in stems(session_lint.rules)
    assert (ROOT / "tests" / "rules" / f"{stem}.md").is_file()
    assert re.fullmatch(r"ONE\d{3}", rule.code)
    assert re.fullmatch(r"\d+\.\d+\.\d+", rule.since)


@EVERY_RULE
def test_a_rule_is_in_the_changelog(rule: Rule) -> None:
    assert f"- Rule {rule.code} `{rule.name}`: " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@EVERY_RULE
def test_a_rule_is_in_the_readme(rule: Rule) -> None:
    assert f"| {rule.code} | {rule.name} |" in (ROOT / "README.md").read_text(encoding="utf-8")


@EVERY_RULE
def test_a_rule_is_a_page(rule: Rule) -> None:
    doc = RuleDoc.of(rule)
    assert doc.summary
    assert tuple(heading for heading, _ in doc.sections) == REQUIRED_HEADINGS
    assert doc.missing() == ()


def test_every_scenario_file_has_its_rule() -> None:
    assert {file.stem for file in (ROOT / "tests" / "rules").glob("*.md")} == set(stems(session_lint.rules))


def test_the_changelog_names_no_rule_that_is_not_there() -> None:
    named = re.findall(r"Rule (ONE\d{3}) `([a-z-]+)`", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert dict(named) == {rule.code: rule.name for rule in RULES}


@pytest.mark.parametrize("room", ["cli/commands", "reporting/reporters"])
def test_commands_and_formats_are_in_the_changelog(room: str) -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    items = [file.stem for file in (SOURCE / room).glob("*.py") if not file.stem.startswith("_")]
    assert items
    assert [item for item in items if f"`{item}`" not in text] == []


def test_sizes() -> None:
    assert lines(ROOT / "README.md") < 150
    long_rules = [f"{file.name}: {lines(file)}" for file in sorted((SOURCE / "rules").glob("*.py")) if lines(file) > 120]
    assert long_rules == []
    long_modules = [f"{file.relative_to(ROOT)}: {lines(file)}" for file in sorted((ROOT / "src").rglob("*.py")) if lines(file) > 300]
    assert long_modules == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(f) for f in sorted((ROOT / "src").rglob("*.py")) if not ast.get_docstring(ast.parse(f.read_bytes()))]
    assert silent == []


def test_the_ci_entry_calls_make_test() -> None:
    entry = ROOT / ".ci" / "run"
    assert os.access(entry, os.X_OK)
    assert entry.read_text(encoding="utf-8").splitlines()[-1] == "make test"


def test_make_has_the_targets_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "quick", "check", "venv", "replay", "docs"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert re.search(r"^test: check$", makefile, re.MULTILINE)


def test_contributing_opens_with_adding_a_rule() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Add a rule in two files"


def test_documents_link_to_files_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_architecture_names_every_contract() -> None:
    contracts = re.findall(r"^\[importlinter:contract:([\w-]+)\]$", (ROOT / ".importlinter").read_text(encoding="utf-8"), re.MULTILINE)
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Contracts")[1]
    rows = re.findall(r"^\| ([\w, -]+) \|", table, re.MULTILINE)[1:]
    assert [name for row in rows for name in row.split(", ")] == contracts


def test_the_glossary_has_one_entry_for_each_word() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) == len(set(words))
    assert {"rule", "finding", "effect", "resource", "key", "guard", "getter", "call chain", "summary", "library model"} <= set(words)


def test_the_version_is_the_one_that_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == session_lint.__version__

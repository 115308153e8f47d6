"""What an editor is given besides the server: the schema of the settings, the problem matcher, the extension."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from functional.project import TWICE, lint, write
from session_lint import api
from session_lint.errors import ConfigError
from session_lint.settings.table import KEYS

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
SCHEMA = json.loads((ROOT / "editors" / "pyproject.schema.json").read_text(encoding="utf-8"))
CONTRIBUTES = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))["contributes"]
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
WRONG = (
    "selekt = []",
    'select = "ONE1"',
    'select = ["ONE3"]',
    'ignore = ["no-such-rule"]',
    "getters = [1]",
    'getters = [{ key = "email" }]',
    'getters = [{ name = "x", kee = "email" }]',
    'getters = [""]',
    'exclude = "venv"',
    'per-file-ignores = { "scripts/" = ["ONEX"] }',
    "per-file-ignores = []",
    'min-confidence = "sure"',
    "max-lookups-per-entry-point = -1",
    "max-lookups-per-entry-point = true",
    'respect-gitignore = "yes"',
    "baseline = 1",
    'required-version = "~=1"',
)


def _errors(table: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(tomllib.loads(f"[tool.session-lint]\n{table}\n"))]


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["definitions"]["session-lint"]["properties"].keys() == KEYS.keys()
    assert _errors("") == []
    assert (
        list(VALIDATOR.iter_errors({"project": {"name": "x"}, "tool": {"ruff": {"line-length": 1}}})) == []
    )  # the rest is not its business


@pytest.mark.parametrize("key", KEYS)
def test_the_example_of_a_setting_is_valid(key: str) -> None:
    assert _errors(f"{key} = {KEYS[key].example}") == []


@pytest.mark.parametrize("table", WRONG)
def test_what_is_refused_is_invalid(table: str, tmp_path: Path) -> None:
    """The schema and the settings agree on what is wrong."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.session-lint]\n{table}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        api.load_settings([tmp_path])
    assert _errors(table) != []


def test_the_settings_of_this_repository_are_valid() -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))) == []


def test_the_problem_matcher_reads_what_is_printed(tmp_path: Path) -> None:
    (matcher,) = CONTRIBUTES["problemMatchers"]
    done = lint(write(tmp_path, handler=TWICE), "check", "--output-format", "concise")
    pattern = matcher["pattern"]
    first = re.match(pattern["regexp"], done.stdout.splitlines()[0])
    assert first is not None
    found = {part: first[pattern[part]] for part in ("file", "line", "column", "code")}
    assert found == {"file": "handler.py", "line": "7", "column": "13", "code": "ONE101"}
    assert first[pattern["message"]].endswith("reuse `session`")
    assert not any(re.match(pattern["regexp"], line) for line in done.stdout.splitlines()[1:])


def test_the_page_shows_the_same_problem_matcher() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown: dict[str, Any] = json.loads(block)["tasks"][0]["problemMatcher"]
    (matcher,) = CONTRIBUTES["problemMatchers"]
    assert shown.items() <= matcher.items()


def test_the_extension_is_built(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed")
    ignored = shutil.ignore_patterns("node_modules", "dist")
    copy = shutil.copytree(EXTENSION, tmp_path / "editors" / "vscode", ignore=ignored)
    shutil.copy(ROOT / "editors" / "pyproject.schema.json", tmp_path / "editors")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=copy, check=True, capture_output=True, timeout=300)
    subprocess.run([npm, "run", "build"], cwd=copy, check=True, capture_output=True, timeout=120)
    started = subprocess.run([node, "-e", STARTED], cwd=copy, check=True, capture_output=True, text=True, timeout=60)
    assert json.loads(started.stdout) == {"commands": ["sessionLint.restart"], "exports": ["activate", "deactivate"]}
    assert json.loads((copy / "pyproject.schema.json").read_text(encoding="utf-8")) == SCHEMA


STARTED = """
// as much of the editor as the extension itself uses; whatever else is asked of it is an object that can be anything
const anything = () => new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : anything()),
  apply: () => anything(),
  construct: () => anything(),
});
const commands = [];
const vscode = new Proxy({
  commands: { registerCommand: (name) => commands.push(name) },
  workspace: { getConfiguration: () => ({ get: () => ["no-such-command"] }), onDidChangeConfiguration: () => {} },
}, { get: (own, name) => own[name] ?? anything() });
const Module = require("module");
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
const extension = require("./dist/extension.js");
extension.activate({ subscriptions: [] }).finally(() => {
  console.log(JSON.stringify({ commands, exports: Object.keys(extension).sort() }));
  process.exit(0);
});
"""

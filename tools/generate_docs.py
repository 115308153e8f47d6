"""Writes the pages of docs/ that the code itself knows: the rules, the settings, the command line, the settings of the service; and the
JSON schema of the settings.

python tools/generate_docs.py           write them
python tools/generate_docs.py --check   exit with 1 and name the pages that are stale
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import house
import settings_schema

from session_lint import api
from session_lint.cli import cli
from session_lint.rule import Rule
from session_lint.rule_doc import RuleDoc
from session_lint.settings.settings import DEFAULT_CACHE_DIR, Settings
from session_lint.settings.table import KEYS
from session_service.settings import CATALOGUE, PREFIX

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_WRITTEN_BY = "<!-- written by tools/generate_docs.py: change the code, then run it -->\n\n"
_DEMO = ("<!-- demo-output: written by tools/generate_docs.py -->\n", "<!-- end of demo-output -->\n")
_HOUSE = ("<!-- house: written by tools/generate_docs.py -->\n", "<!-- end of house -->\n")
_EXIT_CODES = (
    "Exit codes: 0 nothing found, 1 findings, 2 the job could not be done (bad settings, a path that is not there, a file that could "
    "not be analysed).\n\n"
)


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    rules = api.rules()
    found = {DOCS / "rules" / f"{rule.name}.md": _rule_page(rule) for rule in rules}
    found[DOCS / "rules" / "README.md"] = _rule_list(rules)
    found[DOCS / "settings.md"] = _settings()
    found[DOCS / "service-settings.md"] = _service_settings()
    found[DOCS / "command-line.md"] = _command_line()
    found[ROOT / "README.md"] = _readme()
    found[DOCS / "architecture.md"] = _architecture()
    found[ROOT / "editors" / "pyproject.schema.json"] = settings_schema.text()
    return {path: found[path].rstrip("\n") + "\n" for path in sorted(found)}


def stale(wanted: dict[Path, str]) -> list[Path]:
    """The pages that are not what the code says, and the rule pages of rules that are gone."""
    changed = {path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    return sorted(changed | (set((DOCS / "rules").glob("*.md")) - wanted.keys()))


def _readme() -> str:
    """The README with the real output for the application of the incident: the first finding in full."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    start, end = text.index(_DEMO[0]) + len(_DEMO[0]), text.index(_DEMO[1])
    full = _check().partition("\n\n")[0]
    return f"{text[:start]}\n```text\n{full}\n```\n\n{text[end:]}"


def _architecture() -> str:
    """The page with the rooms as they are, and what the house measures."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    start, end = text.index(_HOUSE[0]) + len(_HOUSE[0]), text.index(_HOUSE[1])
    now = house.House.read(house.SOURCE)
    measured = "; ".join(line for line in house.numbers(now).splitlines() if not line.startswith(" "))
    return f"{text[:start]}\n```mermaid\n{house.picture(now)}```\n\nAs `tools/house.py` counts: {measured}.\n\n{text[end:]}"


def _check() -> str:
    command = [sys.executable, "-m", "session_lint", "check", "--no-cache", "--color", "never", "--output-format", "full", "."]
    return subprocess.run(command, cwd=ROOT / "tests/fixtures/incident/before", capture_output=True, text=True, check=False).stdout


def _rule_page(rule: Rule) -> str:
    title = f"# {rule.name} ({rule.code})\n\n"
    since = f"Since version {rule.since}. [All rules](README.md).\n\n"
    return title + _WRITTEN_BY + since + inspect.cleandoc(type(rule).__doc__ or "")


def _rule_list(rules: Iterable[Rule]) -> str:
    rows = [(rule.code, f"[{rule.name}]({rule.name}.md)", RuleDoc.of(rule).summary) for rule in rules]
    return "# Rules\n\n" + _WRITTEN_BY + _table(("code", "name", "what it flags"), rows)


def _settings() -> str:
    parts = [
        "# Settings\n\n",
        _WRITTEN_BY,
        "In `[tool.session-lint]` of the nearest `pyproject.toml` upward from what is checked, or at the top level of the file that\n"
        "`--config` names. Every key is optional; a key or rule that does not exist is an error that names the nearest one.\n\n"
        "A path pattern is one of `.gitignore`. A list of rules holds codes, prefixes of codes, names, or `ALL`.\n\n",
    ]
    defaults = {field.name.replace("_", "-"): _default(field) for field in dataclasses.fields(Settings) if field.init}
    for key, about in KEYS.items():
        default = f"- Default: {defaults[key]}\n" if key in defaults else ""
        parts.append(f"## `{key}`\n\n{about.meaning}\n\n- Takes {about.takes}.\n{default}\n```toml\n{key} = {about.example}\n```\n\n")
    return "".join(parts)


def _service_settings() -> str:
    rows = [
        (f"`{PREFIX}{about.name}`", about.meaning, f"`{about.default}`" if about.default else "nothing", about.unit, about.allowed)
        for about in CATALOGUE.values()
    ]
    return (
        "# The settings of the service\n\n"
        + _WRITTEN_BY
        + "Environment variables, read by every command of `session-service` and checked before it does anything: one that does not\n"
        "exist, or holds what it may not, ends it with exit code 2 and its name. An option of the command line goes first.\n\n"
        + _table(("variable", "meaning", "default", "unit", "what it may be"), rows)
    )


def _default(field: dataclasses.Field[object]) -> str:
    if field.name == "cache_dir":
        return f'`"{DEFAULT_CACHE_DIR}"`'
    if field.default is dataclasses.MISSING or field.default is None:
        return "none"
    if field.name == "per_file_ignores":
        return "`{}`"
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{json.dumps(value)}`"


def _command_line() -> str:
    context = click.Context(cli, info_name="session-lint", **cli.context_settings)
    parts = ["# Command line\n\n", _WRITTEN_BY, f"{cli.help}\n\n", _EXIT_CODES, _options(cli, context)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is None:
            raise SystemExit(f"no command {name}")
        inner = click.Context(command, info_name=name, parent=context)
        usage = " ".join(command.collect_usage_pieces(inner))
        parts.append(f"## session-lint {name}\n\n    session-lint {name} {usage}\n\n{inspect.cleandoc(command.help or '')}\n\n")
        parts.append(_options(command, inner))
    return "".join(parts)


def _options(command: click.Command, context: click.Context) -> str:
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]  # arguments: see usage
    records = [option.get_help_record(context) for option in options]
    return _table(("option", "meaning"), [(f"`{names}`", meaning) for names, meaning in filter(None, records)]) + "\n"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> int:
    """Write the pages, or with --check only compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page is stale")
    check = parser.parse_args().check
    wanted = pages()
    changed = stale(wanted)
    for path in changed:
        if check:
            sys.stderr.write(f"stale: {path.relative_to(ROOT)}\n")
        elif path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main())

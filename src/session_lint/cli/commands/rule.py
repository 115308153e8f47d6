"""`session-lint rule`."""

from __future__ import annotations

import difflib
import json

import click

from session_lint import api
from session_lint.cli.command import completed, emit
from session_lint.errors import ExitCode, SessionLintError
from session_lint.rule import Rule
from session_lint.rule_doc import RuleDoc


@click.command("rule")
@click.argument("rule", required=False, metavar="[CODE|NAME]", shell_complete=completed(api.rule_words))
@click.option("--all", "every", is_flag=True, help="Explain all rules.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")
def command(*, rule: str | None, every: bool, output_format: str) -> int:
    """Explain a rule, or all of them."""
    if every == (rule is not None):
        raise click.UsageError("Give one rule by code or name, or --all.")
    chosen = api.rules() if rule is None else (_find(rule),)
    if output_format == "text":
        emit("\n".join(_page(item) for item in chosen))
    else:
        records = [_record(item) for item in chosen]
        emit(json.dumps(records if every else records[0], indent=2, sort_keys=True) + "\n")
    return ExitCode.CLEAN


def _find(wanted: str) -> Rule:
    rules = api.rules()
    for rule in rules:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return rule
    words = [word for rule in rules for word in (rule.code, rule.name)]
    folded = wanted.upper() if wanted.upper().startswith("ONE") else wanted.lower()
    close = difflib.get_close_matches(folded, words, n=1, cutoff=0.4)
    hint = f'did you mean "{close[0]}"?' if close else "`session-lint rule --all` lists them"
    raise SessionLintError(f'unknown rule "{wanted}"; {hint}')


def _page(rule: Rule) -> str:
    return f"# {rule.name} ({rule.code})\n\n{RuleDoc.of(rule).text}\n"


def _record(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "since": rule.since,
        "summary": RuleDoc.of(rule).summary,
        "explanation": RuleDoc.of(rule).text,
    }

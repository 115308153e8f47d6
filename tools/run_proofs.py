"""Which edits of the codemods' scenarios are proved by execution, and which are not, and why.

python tools/run_proofs.py        print the table; write docs/proofs.md

An edit is of a kind: its codemod, the database client, and what its message says that it does. It is proved where a program of
`tests/repair/executed` gets an edit of the same kind: those are run before and after on a real store, alone, and two at once or cut short.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from repair.codemods import scenarios  # noqa: E402
from repair.executed import harness  # noqa: E402
from session_lint import api  # noqa: E402
from session_lint.facts.finding import Finding  # noqa: E402

PAGE = ROOT / "docs" / "proofs.md"
_VERBS = ("get_or_create", "update_or_create", "set(...)")
_AT_ONCE = "calls that one run makes at once: turns are given to runs, not within one"
_REASONS = (  # codemod, client, form, as regular expressions: why there is no program
    ("add-constraint", ".*", ".*", "the declaration and its migration are run by `tests/repair/test_constraints_run.py`"),
    ("transaction", "pymongo", ".*", "a transaction takes a replica set, which no package brings: the edit is shown, never made"),
    ("transaction", "django_orm", r"set\(.*", "the programs have no relation of many to many"),
    ("hoist", ".*", "Call the getter once(?:, for .*)?|Share .*|Start .*|Obtain ... once", _AT_ONCE),
)
_NO_PROGRAM = "no program of this kind yet"


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What edits have in common."""

    codemod: str
    client: str
    form: str

    @property
    def reason(self) -> str:
        """Why no program of it is run."""
        given = (self.codemod, self.client, self.form)
        for *patterns, reason in _REASONS:
            if all(re.fullmatch(pattern, text) for pattern, text in zip(patterns, given, strict=True)):
                return reason
        return _NO_PROGRAM


def kind(codemod: str, finding: Finding) -> Kind:
    """The kind of the edit that a finding gets."""
    material = finding.intent.material if finding.intent is not None else None
    message = finding.fix.message if finding.fix is not None else ""
    head = message.split(";")[0]
    verb = next((one for one in _VERBS if head.startswith((f"`{one}", f"one `{one}"))), "")
    return Kind(codemod.replace("_", "-"), getattr(material, "client", "") or "any getter", verb or _form(head))


def _form(head: str) -> str:
    """What a message says, without names and columns."""
    if head.endswith("around the clear and the insert"):
        return "a transaction around both"
    plain = re.sub(r"`[^`]*`", "...", head.partition(": ")[0])
    plain = re.sub(r" down to .* as \.\.\.$", " down", plain)
    plain = re.sub(r"unique \([^)]*\)(?: where .*)?", "the constraint", plain)
    return re.sub(r"(one upsert) on .* instead", r"\1 instead", plain)


def of_scenarios() -> Iterator[tuple[Kind, str]]:
    """The edits of all scenarios, with their titles."""
    for file in scenarios.codemod_files():
        for one in scenarios.load(file):
            outcome = api.fix_source(dict(one.before), unsafe=True, only=one.stem.replace("_", "-"))
            shown = (finding for finding in outcome.left.findings if finding.fix is not None and finding.fix.edits)
            for found in (*outcome.repaired, *(shown if one.applicability == "shown" else ())):
                yield kind(one.stem, found), one.title


def of_programs() -> Iterator[Kind]:
    """The edits of the programs that are run."""
    for file in sorted(harness.PROGRAMS.rglob("*.py")):
        folder = file.parent.relative_to(harness.PROGRAMS)
        codemod = folder.parts[0]
        outcome = api.fix_source({"app.py": file.read_text(encoding="utf-8")}, unsafe=True, only=codemod.replace("_", "-"))
        yield from (kind(codemod, finding) for finding in outcome.repaired)


def page(edits: dict[Kind, list[str]], programs: Counter[Kind]) -> str:
    """The page of the documentation."""
    whole = sum(len(titles) for titles in edits.values())
    proved = sum(len(titles) for one, titles in edits.items() if programs[one])
    lines = [
        "# What is proved by execution",
        "",
        "<!-- written by tools/run_proofs.py (`make proofs`) -->",
        "",
        "Each codemod has scenarios (`tests/repair/codemods/*.md`). Their edits are of kinds: the database client, and what is done.",
        "For a kind with programs in `tests/repair/executed`, these are run before and after the repair on a real store: alone, with the",
        "same rows, results and errors; and two at once or cut short at each call of the database, where the defect has to show before and",
        "never after. A scenario itself is not run: its files import what is not there.",
        "",
        f"{proved} of {whole} edits of scenarios are of a kind that is run.",
        "",
        "| codemod | client | what is done | edits of scenarios | programs that are run | else why not |",
        "| --- | --- | --- | ---: | ---: | --- |",
    ]
    for one, titles in sorted(edits.items()):
        why = "" if programs[one] else one.reason
        lines.append(f"| {one.codemod} | {one.client} | {one.form} | {len(titles)} | {programs[one]} | {why} |")
    return "\n".join(lines) + "\n"


def gathered(found: Iterable[tuple[Kind, str]]) -> dict[Kind, list[str]]:
    """Titles by kind."""
    edits: dict[Kind, list[str]] = defaultdict(list)
    for one, title in found:
        edits[one].append(title)
    return dict(edits)


def main() -> int:
    """Exit code 0."""
    text = page(gathered(of_scenarios()), Counter(of_programs()))
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

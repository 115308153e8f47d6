"""Other tools on small programs whose defects are marked with `# expect: CODE`: what each finds, and what it tells besides."""

from __future__ import annotations

import ast
import json
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from report import table
from told import Told, directory, done, session_lint

RULES = Path(__file__).with_name("peers_semgrep.yml")
LINTERS = {  # all rules on
    "ruff": ["check", "--isolated", "--no-cache", "--preview", "--select=ALL", "--output-format=concise", "--exit-zero", "."],
    "flake8": ["--isolated", "--ignore=", "--extend-select=B,B9,C,E,F,W", "--max-complexity=1", "--exit-zero", "."],
    "pylint": [
        "--rcfile=/dev/null",
        "--enable=all",
        "--recursive=y",
        "--exit-zero",
        "--msg-template={path}:{line}:{column}: {symbol}",
        ".",
    ],
}
_PAIRS = frozenset({"ONE203", "ONE204"})
_MARK = re.compile(r"#\s*expect:\s*(ONE\d+(?:\s*\|\s*ONE\d+)*)")
_COMMENT = re.compile(r"[ \t]*# (?:expect:|keep\b).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that must be told, and the rules of which any will do."""

    path: str
    line: int
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Program:
    """A small program. `pairs`: the folder that it is in marks look-ups and inserts, so that one without a mark is innocent."""

    root: Path
    group: str
    marks: tuple[Mark, ...]
    pairs: bool

    def selects(self, codes: frozenset[str]) -> bool:
        """Whether its settings ask for one of these rules."""
        settings = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        chosen = tuple(settings.get("tool", {}).get("session-lint", {}).get("select", ["ONE"]))
        return any(code.startswith(chosen) for code in codes) and (self.pairs or not codes <= _PAIRS)


def programs(folder: Path) -> list[Program]:
    """All programs of a folder: each has a pyproject.toml."""
    roots = sorted(path.parent for path in folder.rglob("pyproject.toml"))
    marks = {root: tuple(_marks(root)) for root in roots}
    pairs = {root.parent for root, each in marks.items() if any(mark.codes & _PAIRS for mark in each)}
    return [Program(root, root.relative_to(folder).parts[0], marks[root], root.parent in pairs) for root in roots]


def _marks(root: Path) -> Iterator[Mark]:
    for path in sorted(root.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := _MARK.search(line):
                yield Mark(path.relative_to(root).as_posix(), number, frozenset(re.split(r"\s*\|\s*", found[1])))


def compared(folder: Path, semgrep: Path | None, linters: dict[str, Path]) -> tuple[list[str], dict[str, object]]:
    """The lines of the report, and its numbers."""
    folder = directory(folder)
    every = programs(folder)
    told = {"session-lint": {each.root: session_lint(each.root, ("ONE",), isolated=False)[0] for each in every}}
    widths = sum((_width(each, told["session-lint"][each.root]) for each in every), Counter[str]())
    if semgrep:
        told["Semgrep, our rules"] = _semgrep(folder, semgrep, every)
    groups = sorted({each.group for each in every})
    rows, numbers = [], {}
    for tool, by_root in told.items():
        found = sum((score(each, by_root[each.root]) for each in every), Counter[str]())
        numbers[tool] = {kind: sum(found[f"{group} {kind}"] for group in groups) for kind in ("found", "marks", "false")}
        cells = [f"{found[f'{group} found']} of {found[f'{group} marks']}, {found[f'{group} false']}" for group in groups]
        rows.append((tool, *cells, "{found} of {marks}, {false}".format(**numbers[tool])))
    lines = ["", f"## Small programs: {len(every)}", "", *table(("found of the marks, false alarms", *groups, "all"), rows), ""]
    lines.append(
        "The marks that session-lint finds, by what its path spans: " + ", ".join(f"{n} {what}" for what, n in widths.most_common()) + "."
    )
    for tool, command in linters.items():
        line, numbers[tool] = _linter(tool, command, folder, every)
        lines += ["", line]
    return lines, {**numbers, "spans": dict(widths)}


def score(program: Program, told: Sequence[Told]) -> Counter[str]:
    """A mark is found when something of its code stands there or leads through it; a place that finds no mark is a false alarm."""
    told = [one for one in told if program.selects(one.codes)]
    hits = [{one for one in told if one.codes & mark.codes and one.at(mark.path, mark.line)} for mark in program.marks]
    used = {one for each in hits for one in each}
    false = {one.places[0] for one in told} - {one.places[0] for one in used}
    counts = {"found": sum(map(bool, hits)), "marks": len(hits), "false": len(false)}
    return Counter({f"{program.group} {kind}": number for kind, number in counts.items()})


def _width(program: Program, told: Sequence[Told]) -> Counter[str]:
    """How many of its marks are found within a function, within a file, and over several."""
    widths: Counter[str] = Counter()
    for mark in program.marks:
        for one in told:
            if one.codes & mark.codes and one.at(mark.path, mark.line):
                inside = {(path, name) for path, line in one.places if (name := _function(program.root / path, line))}
                files = {path for path, _ in inside}
                widths["one function" if len(inside) <= 1 else "one file" if len(files) == 1 else "several files"] += 1
                break
    return widths


def _function(path: Path, line: int) -> str:
    """The innermost function around a line, with the line where it begins; empty where there is none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    around = [node for node in defined if node.lineno <= line <= (node.end_lineno or node.lineno)]
    inner = max(around, key=lambda node: node.lineno, default=None)
    return f"{inner.name} {inner.lineno}" if inner else ""


def _semgrep(folder: Path, command: Path, every: Iterable[Program]) -> dict[Path, list[Told]]:
    """What our rules match in each program."""
    scan = ["scan", "--metrics=off", "--disable-version-check", "--no-git-ignore", "--json", "--config", str(RULES), "."]
    out, _ = done([str(command), *scan], folder)
    by_root: dict[Path, list[Told]] = {each.root: [] for each in every}
    for match in json.loads(out)["results"]:
        path = folder / match["path"]
        root = max((one for one in by_root if path.is_relative_to(one)), key=lambda one: len(one.parts))
        codes = frozenset(match["extra"]["metadata"]["codes"].split("|"))
        place = (path.relative_to(root).as_posix(), match["start"]["line"])
        by_root[root].append(Told(match["check_id"], (place,), codes, match["end"]["line"]))
    return by_root


def _linter(tool: str, command: Path, folder: Path, every: Iterable[Program]) -> tuple[str, dict[str, int]]:
    """Which rules of a linter speak of marked lines. The marks themselves are taken away first: a comment makes a line long."""
    with tempfile.TemporaryDirectory(prefix="session-lint-peers-") as bare:
        for path in folder.rglob("*.py"):
            copy = Path(bare, path.relative_to(folder))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_COMMENT.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
        out, _ = done([str(command.absolute()), *LINTERS[tool]], Path(bare))
    told = re.findall(r"^(?:\./)?(\S+\.py):(\d+):\d+: ([\w-]+)", out, re.MULTILINE)
    marked = {((each.root / mark.path).relative_to(folder).as_posix(), mark.line) for each in every for mark in each.marks}
    codes = Counter(code for path, line, code in told if (path, int(line)) in marked)
    said = ", ".join(f"{code} {count}" for code, count in codes.most_common()) or "nothing"
    return f"{tool}, {len(told)} messages in all, on the {len(marked)} marked lines: {said}.", dict(codes)

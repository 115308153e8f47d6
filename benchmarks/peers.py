"""What other tools find of the same defects: `python benchmarks/peers.py`. See README.md here; docs/comparison.md says what came out.

Two comparisons, each done when its paths are given: CFinder on trees for which it has a schema (`--cfinder`, `--trees`); Semgrep with our
own rules, ruff, flake8 and pylint on small programs with marked lines (`--programs`). Who measures has put the tools and the trees there.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

from common import add_output, today, write
from marked import LINTERS, compared
from refused import RefusedError, ended
from report import table
from told import Told, directory, done, session_lint

APPLICATIONS = {  # those of CFinder's that are at hand, at the commits of its Makefile, which its schemas in data/ describe
    "OSCAR": "django-oscar+django-oscar@48cc5c2",
    "SHUUP": "shuup+shuup@25f78cf",
    "WAGTAIL": "wagtail+wagtail@317f100",
}
_CODES = ("ONE203", "ONE204")
_COLUMNS = ("application", "constraints of CFinder", "their places", "findings", "in both", "CPU s of CFinder", "CPU s of session-lint")
_CFINDER = """
import os, sys
import dotenv
dotenv.read_dotenv("env")
import pandas
from analysis import analysis
from util import util

app, root, data, target, history = sys.argv[1:]
models, found = pandas.read_csv(data + app.lower() + "_model_class.csv", keep_default_na=False), []
for folder, folders, files in os.walk(root):
    folders.sort()
    for name in sorted(files):
        path = os.path.join(folder, name)
        if name.endswith(".py") and util.file_path_check(path.partition("/app_code/")[2], "unique"):
            analysis.pattern_finder(path, found, [], models, "unique")
util.compare_result_entry(bool(history), "unique", app, pandas.DataFrame(found), target, {})
"""


def main(arguments: list[str] | None = None) -> int:
    """Compare and write the report. Exit code 2: something could not be done."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    lines = ["# Other tools", "", "Written by `benchmarks/peers.py`; no number here is typed by hand."]
    numbers: dict[str, object] = {}
    if options.cfinder:
        more, numbers["applications"] = _applications(options)
        lines += more
    if options.cfinder and options.labels:
        lines += _labelled(options)
    if options.programs:
        linters = {tool: getattr(options, tool) for tool in LINTERS if getattr(options, tool)}
        more, numbers["programs"] = compared(options.programs, options.semgrep, linters)
        lines += more
    if not numbers:
        raise RefusedError("nothing to compare: give --cfinder and --trees, or --programs")
    write(options, "\n".join(lines) + "\n", numbers, f"{today()}-peers")
    return 0


def _applications(options: argparse.Namespace) -> tuple[list[str], dict[str, object]]:
    """CFinder beside ONE203 and ONE204, on whole applications."""
    rows: list[tuple[str, ...]] = []
    lists: list[str] = []
    numbers: dict[str, object] = {}
    for app, name in APPLICATIONS.items():
        tree = directory(options.trees / name)
        theirs, their_seconds = _cfinder(options, app, tree)
        ours, our_seconds = session_lint(tree, _CODES, isolated=True)
        both = [(one, each) for one in theirs for each in ours if any(each.at(*place, slack=1) for place in one.places)]
        shared = {one for pair in both for one in pair}
        places = {place for one in theirs for place in one.places}
        rows.append((name, str(len(theirs)), str(len(places)), str(len(ours)), str(len({one for one, _ in both}))))
        rows[-1] += (f"{their_seconds:.0f}", f"{our_seconds:.0f}")
        numbers[name] = dict(zip(_COLUMNS[1:], rows[-1][1:], strict=True))
        lists += ["", f"### {name}", ""]
        for tool, told in (("CFinder", theirs), ("session-lint", ours)):
            lists += [f"- {tool}{', both' if one in shared else ''}: {one.text}, {_shown(one)}" for one in told]
    return ["", "## Constraints that are missing", "", *table(_COLUMNS, rows), *lists], numbers


def _shown(one: Told) -> str:
    return "; ".join(f"{path}:{line}" for path, line in dict.fromkeys(one.places))


def _cfinder(options: argparse.Namespace, app: str, tree: Path | None) -> tuple[list[Told], float]:
    """The unique constraints that CFinder says are missing in a tree, and the seconds of processor time; without a tree, those that it
    finds in the files of bug reports that it keeps."""
    checkout = directory(options.cfinder)
    with tempfile.TemporaryDirectory(prefix="session-lint-peers-") as folder:
        root = Path(folder, "app_code", app.lower())  # it looks for such a name, and for "test", in its paths
        root.parent.mkdir()
        root.symlink_to((tree or checkout / "data/history_issues/history_app" / app.lower()).resolve())
        data = "data/" if tree else "data/history_issues/"
        command = [
            str(Path(options.cfinder_python).absolute()),
            "-c",
            _CFINDER,
            app,
            str(root),
            data,
            f"{folder}/out/",
            "" if tree else "yes",
        ]
        _, seconds = done(command, checkout)
        name = "[unique]newly_detected.csv" if tree else "[unique]detected_history_constraints.csv"
        with Path(folder, "out", name).open(encoding="utf-8", newline="") as file:
            return [_constraint(row) for row in csv.DictReader(file) if row.get("detect", "1") == "1"], seconds


def _constraint(row: dict[str, str]) -> Told:
    paths = [path.strip().partition("/")[2] for path in row["file"].split(",")]
    lines = [int(line) for line in row["lineno"].split(",") if line.strip().isdecimal()]
    return Told(f"{row['table']} ({row['column']})", tuple(zip(paths, lines, strict=False)) or (("", 0),))


def _labelled(options: argparse.Namespace) -> list[str]:
    """Places behind constraints that CFinder's authors collected, of which a reader said that they are defects: what each tool finds."""
    rows = [row for row in map(json.loads, options.labels.read_text(encoding="utf-8").splitlines()) if row["label"] == "positive"]
    theirs: dict[str, list[Told]] = {}
    for app, name in APPLICATIONS.items():
        theirs[app] = _cfinder(options, app, options.trees / name)[0] + _cfinder(options, app, None)[0]
    trees = [f"{row['repo'].replace('/', '+')}@{row['commit'][:7]}" for row in rows]
    ours = {name: session_lint(directory(options.trees / name), _CODES, isolated=True)[0] for name in sorted(set(trees))}
    lines = []
    for row, tree in zip(rows, trees, strict=True):
        by_them = any(_same(one.text, row["model"], row["columns"]) for one in theirs[row["app"].upper()])
        by_us = any(one.at(row["path"], row["line"], slack=1) for one in ours[tree])
        answers = ["yes" if found else "no" for found in (by_them, by_us)]
        lines.append((tree, f"{row['path']}:{row['line']}", f"{row['model']} ({', '.join(row['columns'])})", *answers))
    found = [sum(line[column] == "yes" for line in lines) for column in (3, 4)]
    told = f"Of {len(lines)} CFinder finds {found[0]}, session-lint {found[1]}."
    return ["", "## Labelled places", "", told, "", *table(("tree", "place", "constraint", "CFinder", "session-lint"), lines)]


def _same(text: str, model: str, columns: list[str]) -> bool:
    """Whether a constraint of CFinder, as `table (column,column)`, is over these columns of this model, or more of them."""
    name, _, said = text.partition(" ")
    wanted = {column.removesuffix("_id").replace("_", "") for column in columns}
    return name.endswith(f"_{model.lower()}") and wanted <= set(said.strip("()").split(","))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What other tools find of the same defects.")
    parser.add_argument("--cfinder", type=Path, metavar="DIR", help="a checkout of CFinder")
    parser.add_argument("--cfinder-python", default=sys.executable, metavar="FILE", help="an interpreter that has what it requires")
    parser.add_argument("--trees", type=Path, default=Path(), metavar="DIR", help="the applications, each in a directory OWNER+NAME@COMMIT")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labelled places, one JSON object a line, of trees in --trees")
    parser.add_argument("--programs", type=Path, metavar="DIR", help="small programs with marked lines, each with a pyproject.toml")
    for tool in ("semgrep", *LINTERS):
        parser.add_argument(f"--{tool}", type=Path, metavar="FILE", help=f"the command {tool}, to be run on the programs")
    add_output(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

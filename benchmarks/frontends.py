"""What flake8 and a commit cost with session-lint in them, over without: `python benchmarks/frontends.py`. See README.md here."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from common import add_bounds, machine, positive, today, write
from made import make
from measuring import Bounds, Series, Variant, interleaved
from refused import RefusedError, ended
from report import MEASURED, measured, ratio, table
from tools import Tools, install
from trees import fetch, multiply, sources

COLUMNS = ("tool", "runs", *MEASURED, "seconds over", "x without", "exit")
_WITHOUT, _EMPTY, _WARM = "without", "with, empty cache", "with, warm cache"
_NOTHING = "does-nothing"
_PARTS = ("tree", "file", "commit")
_WHO = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org", "-c", "commit.gpgsign=false")


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the report. Exit code 2: something could not be done, and is named."""
    return ended(_run, _parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    tools = Tools(install(options.tool_venv.absolute()) if options.tool_venv else None, options.jobs)
    tools.require(("session-lint", "flake8", "pre-commit"))
    if shutil.which("git") is None:
        raise RefusedError("git is not installed here: the commits need it")
    bounds = Bounds(options.runs, options.timeout, options.once)
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch:
        place = Path(scratch)
        tree = place / "tree"
        name = _tree(options, tree)
        changed = _changed(tools, tree)
        facts = {
            "date": today(),
            "machine": machine(),
            "Python": platform.python_version(),
            **tools.versions(("flake8", "pre-commit")),
            "files": f"{name}: {len(sources(tree)):,} files; one file is {changed.stat().st_size:,} bytes",
            "processes": str(tools.jobs),
            "runs": f"{bounds.runs} rounds, every command once per round",
            "x without": "median, over the rounds, of the time by that of the same command without session-lint in the same round",
        }
        kinds = {
            "tree": ("flake8 on the whole tree", lambda: _flake8(tools, place, ".")),
            "file": ("flake8 on one file", lambda: _flake8(tools, place, str(changed.relative_to(tree)))),
            "commit": ("git commit of one changed file", lambda: _commit(tools, place, tree, changed)),
        }
        chosen = [kinds[part] for part in _PARTS if part in (options.part or _PARTS)]
        parts = {title: interleaved(variants(), tree, bounds) for title, variants in chosen}
    facts["machine"] += f" at the start, {os.getloadavg()[0]:.1f} at the end"
    numbers = {"facts": facts, "parts": {title: [asdict(one) for one in series] for title, series in parts.items()}}
    write(options, _markdown(facts, parts), numbers, f"{today()}-frontends")
    return 2 if any(one.problem for series in parts.values() for one in series) else 0


def _tree(options: argparse.Namespace, target: Path) -> str:
    """The files to measure on, at `target`, and what the report calls them."""
    if options.tree is not None and not options.tree.is_dir():
        raise RefusedError(f"no such directory: {options.tree}; --download NAME fetches a package")
    if options.download:
        found = fetch([options.download], options.work.resolve())[0]
        name, path = found.name, found.path
    elif options.tree is not None:
        name, path = options.tree.resolve().name, options.tree.resolve()
    else:
        make(target, options.files, options.findings)
        return f"made up, {options.findings} findings"
    if not sources(path):
        raise RefusedError(f"{name}: no Python files there")
    multiply(path, target, options.copies)
    return name if options.copies == 1 else f"{name}, {options.copies} copies"


def _changed(tools: Tools, tree: Path) -> Path:
    """The last file that no finding is about, so that a commit of it is not refused. Raises RefusedError."""
    command = (tools.path("session-lint") or "session-lint", "check", "--no-cache", "--output-format", "json", ".")
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # a file that no parser reads would stop every commit
        raise RefusedError(f"session-lint check of the tree ended with exit code {done.returncode}: {done.stderr.strip()[-200:]}")
    texts = [json.dumps(finding) for finding in json.loads(done.stdout)]
    for path, _ in reversed(sources(tree)):
        if path.name != "__init__.py" and not any(path.as_posix() in text for text in texts):
            return path
    raise RefusedError("every file has a finding: name a tree with one that has none")


def _flake8(tools: Tools, place: Path, what: str) -> list[Variant]:
    """flake8 with its own defaults, in which the plugin is on, and with every ONE rule ignored, so that the plugin does nothing."""
    flake8 = tools.path("flake8") or "flake8"
    config, cache = place / "flake8.cfg", place / "flake8-cache"
    config.write_text("[flake8]\n", encoding="utf-8")
    said = subprocess.run((flake8, "--version"), capture_output=True, text=True, check=False).stdout
    if "session-lint" not in said:  # installed without its metadata being renewed
        plugin = "[flake8:local-plugins]\nextension =\n    ONE = session_lint.flake8_plugin:SessionLintPlugin\n"
        config.write_text(plugin + "[flake8]\n", encoding="utf-8")
    command = (flake8, "--config", str(config), "-j", str(tools.jobs))
    ours = (*command, f"--session-lint-cache-dir={cache}", what)
    return [
        Variant(_WITHOUT, (*command, "--extend-ignore=ONE", what)),
        Variant(_EMPTY, ours, clears=cache),
        Variant(_WARM, ours, needs=_EMPTY),
    ]


def _commit(tools: Tools, place: Path, tree: Path, changed: Path) -> list[Variant]:
    """`git commit` under pre-commit, with a hook that does nothing and with ours; each commit is taken back.

    The file is another one each time, as a file that somebody works on is: nothing is found in the cache for it.
    """
    entry = shlex.join((tools.path("session-lint") or "session-lint", "check", "--force-exclude"))
    config = f"repos:\n- repo: local\n  hooks:\n{_hook('session-lint', entry)}{_hook(_NOTHING, 'true')}"
    (tree / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (tree / ".gitignore").write_text(".session_lint_cache/\n", encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables |= {"PRE_COMMIT_HOME": str(place / "pre-commit"), "GIT_CONFIG_GLOBAL": os.devnull}
    pre_commit = tools.path("pre-commit") or "pre-commit"
    steps = (("git", "init", "--quiet"), ("git", "add", "--all"), ("git", *_WHO, "commit", "--quiet", "-m", "all"), (pre_commit, "install"))
    for step in steps:
        done = subprocess.run(step, cwd=tree, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RefusedError(f"`{' '.join(step[:2])}` ended with exit code {done.returncode}: {done.stderr.strip()[-200:]}")
    file, cache = shlex.quote(str(changed)), tree / ".session_lint_cache"
    shutil.rmtree(cache, ignore_errors=True)
    commit = shlex.join(("git", *_WHO, "commit", "--quiet", "-m", "change"))
    script = f"echo value_$$ = 1 >> {file} && git add {file} && {commit} && git reset --quiet --soft HEAD~1"
    environment = ("env", f"PRE_COMMIT_HOME={variables['PRE_COMMIT_HOME']}", f"GIT_CONFIG_GLOBAL={os.devnull}")
    ours = (*environment, f"SKIP={_NOTHING}", "sh", "-c", script)
    return [
        Variant(_WITHOUT, (*environment, "SKIP=session-lint", "sh", "-c", script), (0,)),
        Variant(_EMPTY, ours, (0,), clears=cache),
        Variant(_WARM, ours, (0,), needs=_EMPTY),
    ]


def _hook(name: str, entry: str) -> str:
    """As the manifest of this repository has it, run from where the tools are."""
    return (
        f"  - id: {name}\n    name: {name}\n    entry: {json.dumps(entry)}\n    language: unsupported\n"
        "    types_or: [python, pyi]\n    require_serial: true\n"
    )


def _markdown(facts: dict[str, str], parts: dict[str, list[Series]]) -> str:
    lines = ["# Benchmark of the front ends", "", "Written by `benchmarks/frontends.py`; no number here is typed by hand.", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    for title, series in parts.items():
        lines += ["", f"## {title}", "", *table(COLUMNS, [_row(one, series[0]) for one in series])]
        told = [f"- {one.label}: {one.problem}" for one in series if one.problem]
        lines += ["", *told] if told else []
    return "\n".join(lines).rstrip() + "\n"


def _row(one: Series, base: Series) -> tuple[str, ...]:
    if one.problem:
        return (one.label, str(len(one.runs)), *["-"] * (len(COLUMNS) - 3), one.problem.split(":")[0])
    over = "-" if one.late or base.late or base.problem else f"{one.median - base.median:.3f}"
    codes = "-" if one.late else ", ".join(str(code) for code in sorted({run.exit_code for run in one.runs}))
    return (one.label, str(len(one.runs)), *measured(one), over, ratio(one, base), codes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=positive, default=4000, metavar="N", help="files of the project that is made up (4000)")
    parser.add_argument("--findings", type=positive, default=20, metavar="N", help="defects in it (20)")
    parser.add_argument("--tree", type=Path, metavar="PATH", help="measure on a copy of this directory in place of it")
    parser.add_argument("--download", metavar="NAME", help="measure on this package, NAME or NAME==VERSION, in place of it")
    parser.add_argument("--copies", type=positive, default=1, metavar="N", help="so many copies of the tree or package (1)")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="where downloads are kept")
    parser.add_argument("--part", action="append", choices=_PARTS, help="measure this alone; may be repeated")
    add_bounds(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

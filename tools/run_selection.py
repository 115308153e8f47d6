"""Selection loses nothing: the findings of what is selected, beside those of everything.

python tools/run_selection.py                 every scenario of tests/rules, and the incident
python tools/run_selection.py DIRECTORY ...   programs below these directories: each folder with a pyproject.toml, or the directory itself

A line for each finding that only one of the two has; exits with 1 when there is any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from properties.projects import WRITTEN  # noqa: E402  the tests' own list of scenarios
from session_lint import api  # noqa: E402
from session_lint.analysis import pipeline  # noqa: E402
from session_lint.analysis.project import in_memory  # noqa: E402
from session_lint.facts.finding import Finding  # noqa: E402
from session_lint.settings.settings import Settings  # noqa: E402

Spot = tuple[str, str, int]


def main() -> int:
    """Compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=Path)
    directories = parser.parse_args().directories
    seen = differing = 0
    for name, selected, everything in _on_disk(directories) if directories else _written():
        seen += 1
        lines = [f"{name}: lost {spot}" for spot in sorted(everything - selected)]
        lines += [f"{name}: only selected {spot}" for spot in sorted(selected - everything)]
        differing += bool(lines)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    sys.stdout.write(f"{seen} programs, {differing} with a difference\n")
    return 1 if differing else 0


def _written() -> Iterator[tuple[str, set[Spot], set[Spot]]]:
    for name, files in WRITTEN:
        yield name, _in_memory(files, everything=False), _in_memory(files, everything=True)


def _in_memory(files: Mapping[str, str], *, everything: bool) -> set[Spot]:
    project, reported = in_memory(files, Settings(root=Path()), api.rules)
    report = pipeline.report(project, pipeline.analyse(project, everything=everything), reported)
    return _spots(report.findings)


def _on_disk(directories: list[Path]) -> Iterator[tuple[str, set[Spot], set[Spot]]]:
    for directory in directories:
        programs = (
            sorted({file.parent for file in directory.rglob("pyproject.toml")}) if not (directory / "pyproject.toml").is_file() else []
        )
        for program in programs or [directory]:
            settings = api.load_settings([program])
            options = [api.RunOptions(use_cache=False, show_unresolved=everything) for everything in (False, True)]
            selected, everything = (_spots(api.check_paths([program], settings=settings, options=one).findings) for one in options)
            yield program.name, selected, everything


def _spots(findings: tuple[Finding, ...]) -> set[Spot]:
    return {(finding.code, finding.place.path, finding.place.span.row) for finding in findings}


if __name__ == "__main__":
    raise SystemExit(main())

"""What a revision of the project had: its findings, known by rule and call path, for `check --diff-base`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from session_lint.analysis import pipeline
from session_lint.analysis.checks import Checks
from session_lint.analysis.project import RunOptions, find_files, parted, project_of, reported_files
from session_lint.facts.known import Base
from session_lint.known import baseline
from session_lint.project import revision
from session_lint.project.discovery import SourceFile
from session_lint.runtime import pool
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings


def base(settings: Settings, paths: Sequence[str], options: RunOptions, name: str, checks: Checks) -> Base:
    """The findings at a revision, under the settings of today; the cache serves it as it serves the working tree.

    Raises SessionLintError when the revision cannot be read.
    """
    found = revision.read(settings.root, name)
    listed = find_files(settings, paths, options)
    now = {file.path for file in (*listed.files, *listed.statements)}
    excluded = Patterns(settings.all_excludes)
    then = {path: data for path, data in sorted(found.files.items()) if path in now or _was(path, settings.root, excluded)}
    contents, statements = parted(then)
    files = [SourceFile(path, settings.root / path) for path in contents]
    reported = reported_files(settings, paths, files, contents, options)
    with pool.without_collector(), closing(project_of(settings, contents, reported, options)) as project:
        project.checks, project.statements = checks, statements
        report = pipeline.report(project, pipeline.analyse(project), frozenset(contents))
    return Base(name, baseline.entries(report.findings), contents, found.renamed)


def _was(path: str, root: Path, excluded: Patterns) -> bool:
    """Whether a file that is not of the project now was then: not one that is there, and left out."""
    return not (root / path).exists() and not excluded.matches(path)

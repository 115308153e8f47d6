"""Why a line is reported, or why it is not: the answer to `check --explain FILE:LINE`.

The project is analysed as a check does it, but nothing that an earlier run has concluded is taken over, so that each conclusion can be
looked into.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from session_lint.analysis import pipeline, selecting
from session_lint.analysis.checks import Checks
from session_lint.analysis.jobs import library_models
from session_lint.analysis.outcome import text_of
from session_lint.analysis.project import Project, RunOptions, in_memory, open_project
from session_lint.analysis.proof import proof
from session_lint.errors import SessionLintError
from session_lint.facts.explanation import Answer, Explanation, Step
from session_lint.facts.finding import Finding, Notice, Report
from session_lint.facts.location import Place, Span
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.summary import Repeat, Replacement
from session_lint.known.suppressions import Suppressions, comments
from session_lint.project.discovery import relative_path
from session_lint.runtime import pool
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings

_MODULE_LEVEL = "<module>"
_NO_CALL = "there is no call on this line, and it is in no function"
_LONGEST = 90


def explain(settings: Settings, file: str, row: int, paths: Sequence[str], options: RunOptions, checks: Checks) -> Explanation:
    """The answer for one line of a file; without paths for a check of the whole project.

    Raises SessionLintError for a file that is not there, is a directory or lies outside the project, and for a line it does not have.
    """
    path = relative_path(Path(file), settings)
    absolute = settings.root / path
    if not absolute.is_file():
        raise SessionLintError(f"{file}: is a directory; --explain asks about one line, FILE:LINE")
    asked = paths or (str(settings.root),)
    with pool.without_collector(), open_project(settings, asked, options, checks) as (project, reported):
        if path not in project.contents:
            return Explanation(path, row, steps=(Step(_left_out(path, settings)),), root=str(settings.root))
        return replace(_Answering(project, reported, path, row).explanation(), root=str(settings.root))


def explain_sources(files: Mapping[str, str | bytes], settings: Settings, path: str, row: int, checks: Checks) -> Explanation:
    """The same for a project given as path -> content."""
    project, reported = in_memory(files, settings, checks)
    if path not in project.contents:
        raise SessionLintError(f"{path}: no such file")
    return _Answering(project, reported, path, row).explanation()


def _left_out(path: str, settings: Settings) -> str:
    if not path.endswith(".py"):
        return "the file is not checked: its name does not end in .py"
    hit = next((line for line in settings.all_excludes if Patterns([line]).matches(path)), "")
    if hit:
        return f"the file is excluded, by the pattern `{hit}`"
    if settings.include and not Patterns(settings.include).matches(path):
        return "the file is not among those of the setting `include`"
    return "the file is excluded: git ignores it, or it lies in a directory that is left out"


class _Answering:
    """One question, and the project it is about."""

    def __init__(self, project: Project, reported: frozenset[str], path: str, row: int) -> None:
        self._project, self._reported, self._path, self._row = project, reported, path, row
        self._lines = text_of(project.contents[path]).splitlines()
        if row > len(self._lines):
            raise SessionLintError(f"{path}: has {len(self._lines)} lines, there is no line {row}")

    @cached_property
    def _suppressions(self) -> Suppressions:
        return Suppressions.read(text_of(self._project.contents[self._path]))

    def explanation(self) -> Explanation:
        """The answer."""
        indexes = pipeline.index_files(self._project)
        index = next((one for one in indexes if one.path == self._path), None)
        function = _innermost(index, self._row) if index is not None else None
        found = Explanation(self._path, self._row, steps=tuple(self._about_file()))
        if index is None:
            return replace(found, steps=(*found.steps, *self._unread()), notices=self._notices())
        if function is not None:
            span = Span(function.first_line, 1, function.first_line, 1)
            found = replace(found, function=f"{index.module}.{function.qualname}", start=Place(self._path, span))
        found = self._of(found, indexes, function)
        return replace(found, notices=self._notices())

    def _of(self, found: Explanation, indexes: list[ModuleIndex], function: FunctionIndex | None) -> Explanation:
        project, path, row = self._project, self._path, self._row
        selection = selecting.explained(project, indexes)
        qualname = function.qualname if function is not None else _MODULE_LEVEL
        if function is None and self._is_blank():
            return replace(found, steps=(*found.steps, Step("there is no code on this line")))
        reason = selection.reasons.get((path, qualname))
        if reason is None and function is None and not self._has_call():
            return replace(found, steps=(*found.steps, Step(_NO_CALL)))
        if reason is None:
            reasons = selecting.left_out(project, indexes, path, qualname)
            steps = [Step(f"not selected: {reasons[0]}" if reasons else "not selected"), *(Step(one, depth=1) for one in reasons[1:])]
            return replace(found, steps=(*found.steps, *steps))
        facts = pipeline.extract_facts(project, {one.path: one for one in indexes}, selection.wanted)
        program = pipeline.program_of(project, indexes, facts)
        outcome = pipeline.judged(program, project.checks)
        project.notices.extend(outcome.notices)
        report = pipeline.report(project, outcome, self._reported)
        why = program.why()
        steps = list(found.steps)
        answers = why.on_line(path, row)
        summary: tuple[Step, ...] = ()
        if not answers and function is not None:
            rows = (function.first_line, function.last_line)
            steps.append(Step(f"looked into, by the names in it: {reason}"))
            answers, summary = why.of_function(path, rows, qualname), why.summary(path, rows, qualname)
        elif not answers:
            steps.append(Step(_NO_CALL))
        told = tuple(self._answered(answer, outcome.findings, report) for answer in answers)
        return replace(found, steps=tuple(steps), answers=told, summary=summary)

    def _about_file(self) -> Iterator[Step]:
        if self._path in self._project.muted:
            yield Step(f"test path: not reported by default (setting `test-paths`); `session-lint check {self._path}` reports it")
        elif self._path not in self._reported:
            yield Step("the file is in none of the paths given: of a finding that starts here something else must be in them")

    def _unread(self) -> Iterator[Step]:
        """Why there is no index of the file."""
        mine = [notice for notice in self._notices() if notice.path == self._path]
        for notice in mine:
            yield Step(f"the file could not be analysed: {f'line {notice.row}: ' if notice.row else ''}{notice.message}")
        if not mine:
            yield Step("no file that is reported on leads here by its imports: it is not looked into")

    def _notices(self) -> tuple[Notice, ...]:
        return pipeline.finished(self._project)

    def _is_blank(self) -> bool:
        line = self._lines[self._row - 1].strip()
        return not line or line.startswith("#")

    def _has_call(self) -> bool:
        try:
            tree = ast.parse("\n".join(self._lines))
        except (SyntaxError, ValueError, RecursionError):  # newer than this interpreter: it may have
            return True
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return any(node.lineno <= self._row <= (node.end_lineno or node.lineno) for node in calls)

    # -- findings

    def _answered(self, answer: Answer, findings: Sequence[Finding], report: Report) -> Answer:
        """The answer with what became of it as a finding, or of findings that it is a part of."""
        answer = replace(answer, text=self._source(answer), steps=(*answer.steps, *self._clients(answer.unknown)))
        here = [finding for finding in findings if finding.place == answer.place]
        if here:
            said = [self._status(finding, report) for finding in here]
            steps = tuple(step for finding in here for step in proof(finding))
            shown = any(finding in report.findings for finding in here)
            return replace(answer, outcome="; ".join(dict.fromkeys(said)), steps=steps, reported=shown)
        part = [finding for finding in findings if answer.place in _places(finding)]
        said = [f"{finding.code} {finding.name}" for finding in part]
        steps = tuple(Step(f"{finding.code} stands where the second half is", finding.place) for finding in part)
        outcome = f"part of a finding: {', '.join(dict.fromkeys(said))}" if part else answer.outcome
        return replace(answer, outcome=outcome, steps=(*steps, *answer.steps))

    def _clients(self, name: str) -> Iterator[Step]:
        """The clients with words in this file that have a method of a name of which nothing is known."""
        text = "\n".join(self._lines).lower()
        clients = [model.stem for model in library_models() if name in model.methods and any(word in text for word in model.words)]
        if clients:
            know = f"{', '.join(clients)} {'know' if len(clients) > 1 else 'knows'} a call `{name}`"
            yield Step(f"{know}, but nothing shows that this one is made on an object of theirs", depth=1)

    def _source(self, answer: Answer) -> str:
        """The call as it is written, on one line."""
        if answer.span is None:
            return answer.text
        cut = comments(text_of(self._project.contents[self._path]).splitlines(keepends=True))
        rows = range(answer.span.row, answer.span.end_row + 1)
        lines = [self._lines[row - 1][: cut.get(row)] for row in rows]
        lines[-1] = lines[-1][: answer.span.end_column - 1]
        lines[0] = lines[0][answer.span.column - 1 :]
        text = " ".join(line.strip() for line in lines)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

    def _status(self, finding: Finding, report: Report) -> str:
        settings, rule = self._project.settings, f"{finding.code} {finding.name}"
        path, row = finding.place.path, finding.place.span.row
        if finding in report.findings:
            return f"reported: {rule} ({finding.confidence.value})"
        if not settings.selects(finding.code):
            return f"not reported: the rule {rule} is not selected"
        if finding.code in settings.ignored_codes(path):
            return f"not reported: `per-file-ignores` switches {rule} off in this file"
        if self._suppressions.covers(row, finding.code, finding.name):
            return f"not reported: {rule} is suppressed by {self._comment(row)}"
        if self._project.known is not None:
            return f"not reported: {rule} is in the baseline"
        return f"not reported: no place of {rule} is in the paths given"

    def _comment(self, row: int) -> str:
        """The comment that hides a finding on a row: on it, or above it."""
        at = row
        while at > 0 and (at == row or self._lines[at - 1].lstrip().startswith("#")):
            if "noqa" in self._lines[at - 1].lower() or "session-lint:" in self._lines[at - 1]:
                return f"the comment on line {at}"
            at -= 1
        return "a comment for the whole file" if self._suppressions.whole_file else "a comment"


def _places(finding: Finding) -> set[Place]:
    places = {*(one.place for one in finding.related), *(step.place for step in finding.chain)}
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Replacement):
        places.update(step.place for step in (*material.clear_chain, *material.chain))
    elif isinstance(material, Repeat):
        places.update(step.place for step in (*material.first_chain, *material.chain, *material.again_chain))
    return places


def _innermost(index: ModuleIndex, row: int) -> FunctionIndex | None:
    """The function that a line is in."""
    around = [function for function in index.functions if function.first_line <= row <= function.last_line]
    return max(around, key=lambda function: (function.first_line, -function.last_line), default=None)

"""Ways of running the same analysis that must not differ in what they find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from properties.projects import Files
from session_lint import api
from session_lint.analysis import pipeline
from session_lint.analysis.flows import with_flows
from session_lint.analysis.index.build import build_index
from session_lint.analysis.index.select import select_all
from session_lint.analysis.prefilter import Prefilter
from session_lint.analysis.program.program import Program
from session_lint.analysis.project import Project, in_memory
from session_lint.facts.finding import Finding, Report
from session_lint.facts.module_facts import ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.project.source_roots import module_name
from session_lint.reporting.reporter import Style
from session_lint.reporting.reporters.json import Json
from session_lint.settings.settings import Settings


class EveryWord(Prefilter):
    """A prefilter that is of no use: every file has every word."""

    def find(self, data: bytes) -> frozenset[str]:
        return frozenset(self.words)


@dataclass(frozen=True, slots=True)
class Stages:
    """The analysis of a project in memory, stage by stage."""

    project: Project

    @classmethod
    def of(cls, files: Files) -> Stages:
        project, _ = in_memory(files, settings_of())
        return cls(project)

    def index(self) -> list[ModuleIndex]:
        return pipeline.index_files(self.project)

    def index_with_every_word(self) -> list[ModuleIndex]:
        finder = EveryWord(pipeline.prefilter().words)
        built = [
            build_index(path, *module_name(path, self.project.roots), data, finder) for path, data in sorted(self.project.contents.items())
        ]
        found = [index for index in built if isinstance(index, ModuleIndex)]
        assert len(found) == len(built)
        return with_flows(found, self.project.contents, self.project.names.aliased(index.path for index in found))

    def program(self, indexes: list[ModuleIndex], *, everything: bool = False) -> Program:
        return pipeline.build_program(self.project, indexes, everything=everything)

    def facts(self, indexes: list[ModuleIndex]) -> list[ModuleFacts]:
        wanted = select_all(indexes).wanted
        return pipeline.extract_facts(self.project, {index.path: index for index in indexes}, wanted)

    def link(self, indexes: list[ModuleIndex], facts: list[ModuleFacts]) -> Program:
        return pipeline.program_of(self.project, indexes, facts)


def settings_of(root: Path | None = None, cache: Path | None = None) -> Settings:
    return Settings(root=root if root is not None else Path(), cache_dir=cache)


def findings(program: Program) -> tuple[Finding, ...]:
    """What all rules find in a program, sorted."""
    return tuple(sorted((f for rule in api.rules() for f in rule.check(program)), key=lambda f: f.sort_key))


def as_json(report: Report) -> str:
    return Json().render(report, Style()) + repr(report.notices) + repr(report.unresolved)


def write(files: Files, root: Path) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")

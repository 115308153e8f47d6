"""The work that processes share: the index of a file, the facts of its selected functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from session_lint import registry
from session_lint.analysis.prefilter import Prefilter
from session_lint.clients.library_model import LibraryModel
from session_lint.facts.finding import Notice
from session_lint.facts.module_facts import ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.project.module_names import Renamed
from session_lint.runtime import pool


@lru_cache(maxsize=1)
def library_models() -> tuple[LibraryModel, ...]:
    """Every library model of the room, by name."""
    from session_lint.clients import library_models as room

    return registry.discover(room, LibraryModel)


def prefilter() -> Prefilter:
    """The words that choose seeds: of the models that ask for words, or for SQL, and of those that ask for nothing better."""
    loose = {word for model in library_models() if not model.evidence for word in model.words}
    asked = {word.removeprefix("sql ") for model in library_models() for one in model.evidence for word in one.words}
    return Prefilter(sorted(loose | asked | ({"with"} if asked else set())))


@dataclass(frozen=True, slots=True)
class IndexJob:
    """One file to be indexed."""

    path: str
    module: str
    is_package: bool
    data: bytes
    renamed: Renamed = ()  # what first names of imports mean

    @property
    def weight(self) -> int:
        """How much work it is, in bytes that are indexed."""
        return len(self.data)


def _indexed(job: IndexJob, finder: Prefilter, *, kept: bool) -> ModuleIndex | Notice:
    from session_lint.analysis.index.build import build_index

    return build_index(job.path, job.module, job.is_package, job.data, finder, kept=kept, renamed=job.renamed)


@dataclass(frozen=True, slots=True)
class Indexer:
    """The work of one index process."""

    finder: Prefilter
    kept: bool = True  # by a cache, which asks for the shapes

    def __call__(self, jobs: list[IndexJob]) -> list[tuple[str, ModuleIndex | Notice]]:
        """The index of each file, or a notice, by path."""
        with pool.without_collector():
            return [(job.path, _indexed(job, self.finder, kept=self.kept)) for job in jobs]


def prepare_extract() -> None:
    """Imports what an extract process needs."""
    from session_lint.analysis.extract import module

    del module  # it stays imported


@dataclass(frozen=True, slots=True)
class ExtractJob:
    """One file with functions to be extracted."""

    index: ModuleIndex
    wanted: frozenset[str]
    data: bytes
    properties: frozenset[str] = frozenset()  # attributes whose reading may be a call

    @property
    def asked(self) -> tuple[str, ...]:
        """What decides the facts besides the file."""
        return (*sorted(self.wanted), "", *sorted(self.properties))

    @property
    def weight(self) -> int:
        """The lines to be extracted."""
        return sum(f.last_line - f.first_line + 1 for f in self.index.functions if f.qualname in self.wanted) + 5


@dataclass(frozen=True, slots=True)
class Extractor:
    """The work of one extract process."""

    transparent: frozenset[str]
    kept: bool = True  # by a cache, which asks for the imprints

    def __call__(self, jobs: list[ExtractJob]) -> list[tuple[str, ModuleFacts | Notice]]:
        """The facts of each file, or a notice, by path."""
        # libcst is slow to import: only now is it known that something is to be extracted
        from session_lint.analysis.cst.parse import ExtractError
        from session_lint.analysis.extract.module import extract_module
        from session_lint.analysis.extract.state import ReadAs
        from session_lint.project.source import decode

        results: list[tuple[str, ModuleFacts | Notice]] = []
        with pool.without_collector():
            for job in jobs:
                path = job.index.path
                try:
                    text, _ = decode(job.data)
                    read = ReadAs(self.transparent, job.properties)
                    facts = extract_module(text, job.index, job.wanted, library_models(), read, kept=self.kept)
                    results.append((path, facts))
                except ExtractError as error:
                    results.append((path, Notice(path, f"cannot be analysed: {error}")))
        return results

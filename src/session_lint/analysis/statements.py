"""The files of statements of a project, read; and what select needs to know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from session_lint import registry
from session_lint.analysis.index.names import statements
from session_lint.analysis.project import Project
from session_lint.clients.named_statements import read_file
from session_lint.clients.statement_library import StatementLibrary
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.statement_file import StatementFile

Verbs = Mapping[str, frozenset[str]]


@lru_cache(maxsize=1)
def statement_libraries() -> tuple[StatementLibrary, ...]:
    """Every statement library of the room, by name."""
    from session_lint.clients import statement_libraries as room

    return registry.discover(room, StatementLibrary)


def statement_files(project: Project) -> dict[str, tuple[StatementFile, ...]]:
    """The files of statements that each Python file refers to, by its path."""
    files = {path: read_file(path, data) for path, data in project.statements.contents.items()}
    return {user: tuple(files[path] for path in paths) for user, paths in project.statements.users.items()}


def verbs_by_user(files: Mapping[str, tuple[StatementFile, ...]]) -> Verbs:
    """How the statements start ("sql delete") in the files that each Python file refers to."""
    return {user: frozenset().union(*(_verbs(file.text) for file in found)) for user, found in files.items()}


def libraries_in_use(files: Mapping[str, tuple[StatementFile, ...]], indexes: Sequence[ModuleIndex]) -> tuple[StatementLibrary, ...]:
    """The statement libraries that Python files import which refer to files of statements."""
    users = [index for index in indexes if index.path in files]
    imported = {target.partition(".")[0] for index in users for target in (*(t for _, t in index.imports), *index.inner_imports)}
    return tuple(library for library in statement_libraries() if library.package in imported) if users else ()


def verbs_by_name(files: Mapping[str, tuple[StatementFile, ...]], indexes: Sequence[ModuleIndex]) -> Verbs:
    """How the named statements start that are methods: where a library is in use that makes them so."""
    found: dict[str, frozenset[str]] = {}
    if not libraries_in_use(files, indexes):
        return found
    for file in {file.path: file for user in sorted(files) for file in files[user]}.values():
        for block in file.blocks:
            found[block.name] = found.get(block.name, frozenset()) | _verbs(block.text)
    return found


def _verbs(text: str) -> frozenset[str]:
    return statements(f"'{text}")

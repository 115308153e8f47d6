"""Texts of statements that are constants: of the file itself, and of those that it imports them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from session_lint.analysis.index.names import statements
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Const, Term, walk

_STEPS = 2  # files that hand on what they import
_NONE: Mapping[str, frozenset[str]] = {}

Verbs = Mapping[str, frozenset[str]]  # by name, how the statements start: "sql delete"


class ConstantTexts:
    """The constants of a project that hold SQL: variables of modules, and attributes of classes, members of an Enum among them.

    Of its own file a function is taken to run them all, since it may be handed one; of other files only those that it names.
    """

    def __init__(self, project: ProjectIndex) -> None:
        own = [_named(index) for index in project.files]
        self.own = [frozenset().union(*verbs.values()) for verbs in own]
        offered: list[Verbs] = list(own)
        for _ in range(_STEPS if any(own) else 0):
            offered = [_handed_on(project, number, own[number], offered) for number in range(len(own))]
        self._lent = [_lent(project, number, offered) for number in range(len(own))] if any(offered) else [_NONE] * len(own)

    def lent(self, node: Node) -> frozenset[str]:
        """How the statements start that a function names of other files: `DROP`, `queries.DROP`, `Sql.DROP`."""
        verbs = self._lent[node.file]
        if not verbs:
            return frozenset()
        names = (part for form in node.said for part in form.lstrip(":").removesuffix("(").split("."))
        return frozenset().union(*(verbs[name] for name in names if name in verbs))


def _handed_on(project: ProjectIndex, number: int, own: Verbs, offered: list[Verbs]) -> Verbs:
    """The constants of a file and those that it imports by name, which others may import from it; all, where it does nothing else."""
    index = project.files[number]
    only = not index.functions and not index.classes
    found = dict(own)
    for other in project.imported[number]:
        if verbs := offered[other]:
            starred = project.files[other].module in index.star_imports
            found |= verbs if starred or only else {name: verbs[last] for name, last in _imports(index) if last in verbs}
    return found


def _lent(project: ProjectIndex, number: int, offered: list[Verbs]) -> Verbs:
    """The constants of all that a file imports."""
    found: dict[str, frozenset[str]] = {}
    for other in project.imported[number]:
        for name, verbs in offered[other].items() if other != number else ():
            found[name] = found.get(name, frozenset()) | verbs
    return found


def _imports(index: ModuleIndex) -> Iterator[tuple[str, str]]:
    return ((name, target.rpartition(".")[2]) for name, target in index.imports)


def _named(index: ModuleIndex) -> Verbs:
    found: dict[str, frozenset[str]] = {}
    for name, term in _constants(index):
        verbs = _verbs(term)
        if verbs:
            found[name] = found.get(name, frozenset()) | verbs
    return found


def _constants(index: ModuleIndex) -> Iterator[tuple[str, Term]]:
    yield from index.variables
    for one in index.classes:
        yield from one.attributes


def _verbs(term: Term) -> frozenset[str]:
    texts = [part.value for part in walk(term) if isinstance(part, Const)]
    long = [text for text in texts if isinstance(text, str) and (" " in text or "\n" in text)]
    return statements("\n".join([f"'{text}" for text in long])) if long else frozenset()

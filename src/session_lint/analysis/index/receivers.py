"""The methods that a name means on a receiver of which only its own name is known."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from session_lint.analysis.index.defined import Defined
from session_lint.analysis.index.families import Families
from session_lint.analysis.index.node import Node, is_abstract
from session_lint.analysis.index.project_index import ProjectIndex, last_names
from session_lint.facts.module_index import ABOVE, ClassIndex, ModuleIndex
from session_lint.facts.terms import Param, Term

# Names that objects of every sort have: on a receiver that nothing is known of they mean a method only where its class is known.
_COMMON = frozenset(
    [name for kind in (dict, list, set, str, bytes, io.StringIO) for name in dir(kind)]
    + """
    acquire all apply begin call check clean commit connect create data delete discard end execute exists fetch filter first flush
    form handle id init is_valid last load lock log main merge name one order_by parse patch post process put query refresh render
    reset result rollback run save search select send set start state status stop submit sync test type upsert user validate value
    """.split()  # noqa: SIM905
)
_MANY = 6  # a method that so many classes have is as telling as those
_FEW = 12  # classes that objects kept under one name are of, or that are below one: what so many share tells nothing


class Receivers:
    """Answers, once for every file, receiver and name, which methods may be meant."""

    def __init__(self, project: ProjectIndex, defined: Defined, families: Families) -> None:
        self._project = project
        self._defined = defined
        self._families = families
        self._known: dict[tuple[int, str, str], tuple[Node, ...]] = {}

    def methods(self, file: int, receiver: str, name: str) -> tuple[Node, ...]:
        """The methods of a name that a receiver, written as in FunctionIndex.said, can have in a file.

        A name that all sorts of objects have means a method of a class that is known in the file, or of one whose objects a class of the
        project keeps under the receiver's name; of a class that leaves it to others, theirs.
        """
        named = self._defined.of(name)
        telling = name not in _COMMON and len(named.methods) < _MANY
        last = "" if telling else receiver.rpartition(".")[2].removeprefix(":")
        found = self._known.get((file, last, name))
        if found is None:
            meant = named.methods if telling else self._common(file, last, name)
            self._known[file, last, name] = found = tuple([n for n in meant if self._project.may_mean(file, name, n)])
        return found

    def _common(self, file: int, last: str, name: str) -> list[Node]:
        named = self._defined.of(name)
        kept = self._kept.get(last, frozenset())
        found = named.methods_of(self._families.at_or_above(file) | (kept if len(kept) <= _FEW else frozenset()))
        for abstract in [node for node in found if is_abstract(node)]:
            below = named.of_classes(self._families.family(abstract.owner.rpartition(".")[2]))
            found += [node for node in below if node not in found] if len(below) <= _FEW else []
        return found

    @cached_property
    def _kept(self) -> dict[str, frozenset[tuple[int, str]]]:
        """By the name of an attribute, the classes whose objects some class keeps in it, and those above them."""
        found: dict[str, set[str]] = defaultdict(set)
        for index in self._project.files:
            notes = _annotations(index) if index.classes else {}
            for item in index.classes:
                for attribute, term in _held(item, notes):
                    found[attribute].update(name for name in last_names(term) if name in self._project.classes)
        return {attribute: frozenset(self._with_bases(names)) for attribute, names in found.items() if names}

    def _with_bases(self, names: set[str]) -> Iterator[tuple[int, str]]:
        for name in names.union(*map(self._families.bases, names)):
            yield from ((number, name) for number, _ in self._project.classes.get(name, ()))


def _annotations(index: ModuleIndex) -> dict[tuple[str, str], dict[str, Term]]:
    """By class and method, what its parameters are annotated with."""
    return {
        (function.owner, function.name): {one.name: one.annotation for one in function.parameters if one.annotation is not None}
        for function in index.functions
        if function.owner is not None
    }


def _held(item: ClassIndex, notes: Mapping[tuple[str, str], Mapping[str, Term]]) -> Iterator[tuple[str, Term]]:
    """The attributes of a class with what they hold: a value, an annotation, or that of a parameter."""
    yield from item.attributes
    for attribute, method, term in item.instance:
        if attribute == ABOVE:
            continue
        note = notes.get((item.qualname, method), {}).get(term.name) if isinstance(term, Param) else None
        yield attribute, term if note is None else note

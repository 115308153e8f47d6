"""What each function does to stored state by itself, by the names it says and the evidence its library model asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from session_lint.analysis.getter_names import makes
from session_lint.analysis.index.constant_texts import ConstantTexts
from session_lint.analysis.index.ends import add_ends, other_ends
from session_lint.analysis.index.hints import compiled, hints_of
from session_lint.analysis.index.imported_packages import imported_packages
from session_lint.analysis.index.kinds import (
    ANSWER,
    ANY,
    CLEAR,
    INSERT,
    MAKE,
    OBTAIN,
    READ,
    UPSERT,
    Fitting,
    ModelNames,
    Own,
    Seeds,
    bit_of,
)
from session_lint.analysis.index.lent_texts import handed_on, lent_texts
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.runtime.going_on import go_on

# Handed on as a value they are hardly ever methods of a client.
_VAGUE = frozenset("all connection count cursor data database db first get last one query raw run select sql value values".split())  # noqa: SIM905

TEXT = "sql"  # the word for tables of clients that are told by text what to do
_READING = frozenset({"read", "read_text", "read_bytes", "get_data", "read_binary", "resource_string"})
_WORD = re.compile(r"[A-Za-z_]{3,}")
_OPENING = re.compile(r"\(\?i\)\(\?:([a-z|]+)\)")  # how a pattern begins that asks for one of some words first
RUNNERS = frozenset({"execute", "executemany", "executescript", "exec", "execute_many", "execute_values", "run", "query", "raw"})

_NOTHING: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
_MADE: Own = {MAKE: {ANY}}  # what most functions do, and nothing else: one object for all of them


class Seeded:
    """What the nodes of a project do by themselves: `own` by name, `whole` for the node.

    `named` have the name of a getter; those of them are `trusted` that the settings may mean.
    """

    def __init__(self, project: ProjectIndex, seeds: Seeds) -> None:
        self.own: dict[int, dict[str, Own]] = {}
        self.whole: dict[int, Own] = {}
        self.named: list[int] = []
        self._tells = cache(lambda name: seeds.is_getter(name) and seeds.tells(name))
        self._makes = cache(makes)
        is_getter = cache(seeds.is_getter)
        alike: dict[object, list[Fitting]] = {}  # many ask the same of a file
        for one in (one for model in seeds.models for one in model.evidence):
            alike.setdefault(one.asks, []).append(one)
        groups = list(alike.values())
        judges: dict[tuple[bool, ...], FileSeeds] = {}
        packages = frozenset(name.partition(".")[0] for group in groups for name in group[0].asks[0])
        self._judges: dict[int, tuple[FileSeeds, frozenset[str]]] = {}  # by file
        self._lent: dict[int, tuple[frozenset[str], frozenset[str]]] = {}  # by file: what others have read from files, and their names
        self._readers = {number for number, index in enumerate(project.files) if index.path in seeds.texts}
        self._ends, file, texts = other_ends(project), -1, handed_on(project, seeds.texts)
        self._constants = ConstantTexts(project)
        for node in project.nodes:
            if not node.real:
                continue
            go_on()
            if node.file != file:  # nodes come file by file
                file = node.file
                constants, imports = self._told(project, file, texts), imported_packages(project, file, packages)
                fitting = tuple([alike[0].fits(imports) for alike in groups])
                if fitting not in judges:
                    judges[fitting] = FileSeeds(seeds, [one for alike, fits in zip(groups, fitting, strict=True) if fits for one in alike])
                judge = judges[fitting]
                self._judges[file] = judge, constants - self._lent.get(file, _NOTHING)[0]
            self._note(node, judge.effects(node, constants | self._constants.lent(node)))
            if any(is_getter(name) for name in node.names) and (_has_key(node) or any(seeds.tells(name) for name in node.names)):
                self.named.append(node.number)
        self.trusted = frozenset([n for n in self.named if any(seeds.trusted(name) for name in project.nodes[n].names)])

    def add(self, number: int, found: dict[str, Own]) -> None:
        if not found:
            return
        add_ends(found, self._ends)
        own = self.own.setdefault(number, {})
        whole = self.whole[number] = {bit: set(hints) for bit, hints in self.whole.get(number, {}).items()}  # it may be shared
        for name, bits in found.items():
            mine = own[name] = {bit: set(hints) for bit, hints in own.get(name, {}).items()}
            for bit, hints in bits.items():
                mine.setdefault(bit, set()).update(hints)
                whole.setdefault(bit, set()).update(hints)

    def _told(self, project: ProjectIndex, file: int, texts: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """How the statements start that a file may run without their text in a function: its constants, and what it, or what it imports,
        reads from files."""
        own = self._constants.own[file] | texts.get(project.files[file].path, frozenset())
        lent, by = lent_texts(project, file, texts) if texts else _NOTHING
        if lent - own:
            self._lent[file] = lent - own, by
        return own | lent

    def touches(self, node: Node) -> bool:
        """Whether a function does something to stored state by itself."""
        return bool(self.whole.get(node.number, _MADE).keys() - {MAKE})

    def reads_text(self, node: Node) -> bool:
        """Whether a function may return the text of a file of statements."""
        if node.file not in self._readers or node.function is None or not node.function.returns_value:
            return False
        return not node.calls.isdisjoint(_READING)

    def judge(self, node: Node) -> tuple[FileSeeds, frozenset[str]]:
        """What judges the functions of a node's file, and what SQL the texts start with that it may hand on."""
        judge, own = self._judges[node.file]
        own |= self._constants.lent(node)
        lent, by = self._lent.get(node.file, _NOTHING)
        heads = (form.lstrip(":").partition(".")[0].removesuffix("(") for form in node.said) if by else ()
        return judge, own | lent if any(head in by for head in heads) else own

    def _note(self, node: Node, found: dict[str, Own]) -> None:
        for name in node.calls:
            if self._tells(name):
                found.setdefault(name, {}).setdefault(OBTAIN, set()).add("~" + name)
        add_ends(found, self._ends)
        made = any(self._makes(name) for name in node.calls)
        whole: Own = {MAKE: {ANY}} if made and found else _MADE if made else {}
        for one in found.values():
            for bit, hints in one.items():
                whole.setdefault(bit, set()).update(hints)
        if whole:
            self.whole[node.number] = whole
        if found:
            self.own[node.number] = found


def _has_key(node: Node) -> bool:
    """Whether a function with the name of a getter has something to tell its records apart: without, it is none (`getters.by_name`)."""
    function = node.function
    if function is None or any(p.kind not in ("args", "kwargs") and p.name not in ("self", "cls") for p in function.parameters):
        return True
    return bool(function.parameters) and not function.name.lstrip("_").startswith("ensure")


class FileSeeds:
    """Judges the functions of files whose imports have the same evidence."""

    __slots__ = ("_begun", "_evidence", "_handed", "_looking", "_loose", "_methods", "_named", "looking", "running", "vocabulary")

    def __init__(self, seeds: Seeds, evidence: list[Fitting]) -> None:
        self._loose: list[ModelNames] = [model for model in seeds.models if not model.evidence]
        self._evidence = evidence
        self._methods = frozenset([name for one in self._evidence for name in one.methods])
        bits = INSERT | CLEAR | READ
        self._begun = [one for one in evidence if one.bits & bits and one.says and not one.on_attribute and one.on_text != TEXT]
        self._looking = [one for one in evidence if one.bits & READ and one.on_text != TEXT]
        self.looking = frozenset([name for one in self._looking for name in one.methods])
        self.running = frozenset([name for one in self._begun for name in one.methods]) - _VAGUE
        self.vocabulary = frozenset([word for one in self._begun for word in _WORD.findall(one.says)]) | self._methods
        self._handed = [one for one in evidence if one.on_text == TEXT and one.bits & (INSERT | CLEAR)]
        told = [one for one in evidence if one.on_text == TEXT and one.words]
        self._named = {name: [one for one in told if not verbs.isdisjoint(one.words)] for name, verbs in seeds.named.items()}

    def about(self, names: set[str]) -> list[int]:
        """The evidence by which calls of these names may have been recognised, by identity."""
        return [id(one) for one in self._evidence if not one.methods.isdisjoint(names)]

    def runs(self, node: Node) -> frozenset[str]:
        """The names called in a function that would run what another one has begun."""
        return node.calls & self.running if any(form[0] == "." or form[-1] == "(" for form in node.said) else frozenset()

    def handed(self, node: Node, constants: frozenset[str]) -> list[Fitting]:
        """The kinds of statement whose text stands in a function, or in its module, and which it may hand to any other."""
        return [one for one in self._handed if not (node.words.isdisjoint(one.words) and constants.isdisjoint(one.words))]

    def says(self, node: Node, constants: frozenset[str], runs: frozenset[str]) -> Iterator[tuple[Fitting, set[str]]]:
        """What a function says of a client that one of the names would run, and what it is on."""
        text = f" {' '.join(node.said)} "
        for one in self._begun:
            if not runs.isdisjoint(one.methods) and _holds(one, text, node.words, constants):
                yield one, hints_of(one, text)

    def lacking(self, runs: frozenset[str], node: Node, constants: frozenset[str]) -> list[Fitting]:
        """What one of the names would run, and of which a function does not say enough by itself."""
        alone = f" {' '.join(node.said)} "
        return [one for one in self._begun if not runs.isdisjoint(one.methods) and not _holds(one, alone, node.words, constants)]

    def together(self, lacking: list[Fitting], node: Node, other: Node, constants: frozenset[str]) -> Iterator[tuple[Fitting, set[str]]]:
        """What two functions say of a client together, of what is `lacking` in the first."""
        joined, words = f" {' '.join(sorted({*node.said, *other.said}))} ", node.words | other.words
        for one in lacking:
            if _holds(one, joined, words, constants):
                yield one, hints_of(one, joined)

    def looked_at(self, names: frozenset[str], node: Node, other: Node, constants: frozenset[str]) -> Iterator[set[str]]:
        """What a function looks up by a query of which another one calls the last of some names, on what it is handed."""
        joined, words = f" {' '.join(sorted({*node.said, *other.said}))} ", node.words | other.words
        for one in self._looking:
            if not names.isdisjoint(one.methods) and _holds(one, joined, words, constants):
                yield hints_of(one, joined)

    def _loosely(self, node: Node) -> dict[str, Own]:
        """By their names alone: methods of models that ask for no evidence, and those that a library makes of named statements."""
        found: dict[str, Own] = {}
        for model in self._loose:
            if not node.words.isdisjoint(model.words):
                for name in node.calls & model.methods:
                    note(found, name, bit_of(name), {ANY})
        for name in node.calls & self._named.keys() if self._named else ():
            for one in self._named[name]:
                note(found, name, one.bits, {f"@{TEXT}"})
        return found

    def effects(self, node: Node, constants: frozenset[str]) -> dict[str, Own]:
        """The names that do something by themselves. `constants`: what SQL the text constants of the module start with."""
        found = self._loosely(node)
        if node.calls.isdisjoint(self._methods):
            return found
        text = f" {' '.join(node.said)} "
        called = frozenset([form[:-1].rpartition(".")[2] for form in node.said if form[-1] == "("])
        names = (node.calls - _VAGUE) | called  # one that is handed on is called by somebody else
        for one in self._evidence:
            here = names & one.methods
            if here and _holds(one, text, node.words, constants):
                hints = hints_of(one, text)
                for name in here:
                    note(found, name, one.bits, hints)
        return found


def note(found: dict[str, Own], name: str, bits: int, hints: set[str]) -> None:
    own = found.setdefault(name, {})
    for bit in (OBTAIN, INSERT, CLEAR, READ, UPSERT, ANSWER):
        if bits & bit and hints:
            own.setdefault(bit, set()).update(hints)


def _holds(one: Fitting, text: str, words: frozenset[str], constants: frozenset[str]) -> bool:
    return _worded(one, words, constants) and _says(one, text)


def _worded(one: Fitting, words: frozenset[str], constants: frozenset[str]) -> bool:
    return not one.words or not (words.isdisjoint(one.words) and constants.isdisjoint(one.words))


def _says(one: Fitting, text: str) -> bool:
    return not one.says or _is_said(one.says, text)


@lru_cache(maxsize=256)  # many ask the same of one text
def _is_said(pattern: str, text: str) -> bool:
    words = _opening(pattern)
    if words:
        low = text.lower()
        if not any(word in low for word in words):
            return False
    return compiled(pattern).search(text) is not None


@cache
def _opening(pattern: str) -> tuple[str, ...]:
    """The words of which one is in every text that a pattern is found in, in any case: trying them at each place takes long."""
    words = _OPENING.match(pattern)
    return tuple(words[1].split("|")) if words is not None else ()

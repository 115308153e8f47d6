"""Memories that are asked and never filled: the whole program starts them empty and puts nothing into them."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.memories import asks
from session_lint.facts.module_facts import FunctionFacts, Store
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Item, Mapping, Op, Param, Sequence, Term, dotted, strip, walk

_EMPTY = {"builtins.set", "builtins.dict", "builtins.list"}
_ONLY_READING = {"get", "keys", "values", "items", "copy", "__contains__"}


class Unfilled:
    """Judges the memories of one program."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._only_read: dict[str, bool] = {}

    def never_finds(self, full: str, test: Term) -> bool:
        """Whether a test asks an attribute of the object's own, or of its class, that stays empty."""
        memory = next((memory for memory, _ in asks(test)), None)
        if not isinstance(memory, Attr) or memory.base not in {Param("self"), Param("cls")}:
            return False
        function = self._known.symbols.functions.get(full)
        if function is None or function.owner is None:
            return False
        starts = list(_starts(self._known, function.owner, memory.name))
        if not starts or not all(map(_is_empty, starts)):
            return False
        if memory.name not in self._only_read:
            self._only_read[memory.name] = _only_read(self._known, memory.name)
        return self._only_read[memory.name]


def _starts(known: Knowledge, owner: str, name: str) -> Iterator[Term]:
    """What the attribute is bound to, in the class, in those above and in those below."""
    for one in dict.fromkeys(cls for above in known.symbols.mro(owner) for cls in (above, *known.symbols.below(above))):
        index = known.symbols.classes[one].index
        yield from (value for attribute, value in index.attributes if attribute == name and not _is_annotation(value))
        yield from (value for attribute, _, value in index.instance if attribute == name and not _is_annotation(value))


def _is_annotation(value: Term) -> bool:
    return isinstance(value, Op) and value.kind == "annotation"


def _is_empty(value: Term) -> bool:
    match strip(value):
        case Mapping(entries):
            return not entries
        case Sequence(_, items):
            return not items
        case Invoke(func, (), ()):
            return dotted(func) in _EMPTY
    return False


def _only_read(known: Knowledge, name: str) -> bool:
    """Whether every function that mentions an attribute of that name was read, and none of them changes it or hands it on."""
    for module, index in known.symbols.modules.items():
        if _mentions(index, name):
            return False
        for function in index.functions:
            if _mentions(function, name):
                facts = known.facts.get(known.symbols.facts_name(module, function.qualname, function.first_line))
                if facts is None or not _harmless(facts, name):
                    return False
    return True


def _mentions(index: ModuleIndex | FunctionIndex, name: str) -> bool:
    return name in index.reads or any(f".{name}." in one or one.endswith(f".{name}") for one in index.said)  # handed on is no read


def _harmless(facts: FunctionFacts, name: str) -> bool:
    for step in steps(facts.body):
        if isinstance(step, Store) and any(_is(part, name) for part in (step.target, *_owners(step.target), step.value)):
            return False
    for call in facts.calls:
        inside = (part for arg in (*call.args, *(value for _, value in call.kwargs)) for part in walk(arg))
        if any(_is(part, name) for part in inside):
            return False
        if isinstance(call.func, Attr) and call.func.name not in _ONLY_READING and any(_is(part, name) for part in walk(call.func.base)):
            return False
    return not any(_is(strip(term), name) for term in facts.returns)


def _owners(target: Term) -> Iterator[Term]:
    while isinstance(target, (Attr, Item)):
        target = strip(target.base)
        yield target


def _is(term: Term, name: str) -> bool:
    return isinstance(term, Attr) and term.name == name

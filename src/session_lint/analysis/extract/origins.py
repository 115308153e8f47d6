"""What a name stands for elsewhere in its file: by annotations, by what `__init__` stores, by the variables of the module."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Op, Param, Ref, Term, Unknown, strip

_ITSELF = frozenset({"self", "cls"})
_DEPTH = 4  # base classes, attributes of attributes
_ANSWERS = 4


class Origins:
    """Reads one file's index. An instance of a class is the term of a call of it."""

    __slots__ = ("_classes", "_functions", "_index", "_known")

    def __init__(self, index: ModuleIndex) -> None:
        self._index = index
        self._functions: dict[str, FunctionIndex] = {function.qualname: function for function in index.functions}
        self._classes: dict[str, ClassIndex] = {one.qualname: one for one in index.classes}
        self._known: dict[tuple[Term, str], tuple[Term, ...]] = {}

    def of(self, term: Term, qualname: str) -> tuple[Term, ...]:
        """What a term of the function stands for, one step back; nothing when the file does not say."""
        known = self._known.get((term, qualname))
        if known is None:
            known = self._known[term, qualname] = tuple(dict.fromkeys(self._of(strip(term), qualname, _DEPTH)))[:_ANSWERS]
        return known

    def _of(self, term: Term, qualname: str, depth: int) -> Iterator[Term]:
        match term:
            case Param(name):
                yield from self._parameter(qualname, name)
            case Ref(name):
                yield from self._global(name)
            case _ if depth > 0:
                yield from self._below(term, qualname, depth)
            case _:
                pass

    def _below(self, term: Term, qualname: str, depth: int) -> Iterator[Term]:
        match term:
            case Attr(base, name):
                for owner in self._owners(strip(base), qualname, depth):
                    yield from self._attribute(owner, name, depth)
            case Invoke(Ref(name), _, _):
                yield from self._returned(self._own(name))
            case Invoke(Attr(base, name), _, _):
                for owner in self._owners(strip(base), qualname, depth):
                    yield from self._returned(f"{owner.qualname}.{name}")
            case _:
                pass

    def _parameter(self, qualname: str, name: str) -> Iterator[Term]:
        function = self._functions.get(qualname)
        for parameter in function.parameters if function is not None else ():
            if parameter.name == name and parameter.kind not in ("args", "kwargs"):
                yield from _instance(parameter.annotation)

    def _global(self, name: str) -> Iterator[Term]:
        """A variable of the module, or what a nested function takes from the one around it."""
        own = self._own(name)
        for variable, value in self._index.variables:
            if variable == own and not isinstance(value, Unknown):
                yield value
        outer, _, last = own.rpartition(".")
        if outer:
            yield from self._parameter(outer, last)

    def _own(self, name: str) -> str:
        """The name inside the module, "" of what another one defines."""
        module = self._index.module
        if not module:
            return name
        return name[len(module) + 1 :] if name.startswith(module + ".") else ""

    def _owners(self, base: Term, qualname: str, depth: int) -> Iterator[ClassIndex]:
        """The classes of the file that a value may be an instance of, those above them too."""
        if isinstance(base, Param) and base.name in _ITSELF:
            function = self._functions.get(qualname)
            while function is not None and function.owner is None:  # a function inside a method
                function = self._functions.get(function.qualname.rpartition(".")[0])
            yield from self._family(function.owner if function is not None and function.owner is not None else "", depth)
            return
        made = (base,) if isinstance(base, Invoke) else self._of(base, qualname, depth - 1)
        for one in made:
            if isinstance(one, Invoke) and isinstance(one.func, Ref):
                yield from self._family(self._own(one.func.name), depth)

    def _family(self, qualname: str, depth: int) -> Iterator[ClassIndex]:
        found = self._classes.get(qualname)
        if found is None or depth <= 0:
            return
        yield found
        for base in found.bases:
            if isinstance(base, Ref):
                yield from self._family(self._own(base.name), depth - 1)

    def _attribute(self, owner: ClassIndex, name: str, depth: int) -> Iterator[Term]:
        for attribute, method, value in owner.instance:
            if attribute == name:
                yield from self._stored(value, f"{owner.qualname}.{method}", depth)
        for attribute, value in owner.attributes:
            if attribute == name:
                yield from self._stored(value, owner.qualname, depth)
        if name in owner.methods:  # a property
            yield from self._returned(f"{owner.qualname}.{name}")

    def _stored(self, value: Term, qualname: str, depth: int) -> Iterator[Term]:
        match value:
            case Op("annotation", (note,)):
                yield from _instance(note)
            case Unknown():
                pass
            case Param() | Attr(Param("self"), _):
                yield from self._of(value, qualname, depth - 1)
            case _:
                yield value

    def _returned(self, qualname: str) -> Iterator[Term]:
        function = self._functions.get(qualname)
        if function is not None:
            yield from _instance(function.returns)


def _instance(note: Term | None) -> Iterator[Term]:
    """An instance of what an annotation names."""
    if isinstance(note, (Ref, Attr)):
        yield Invoke(note)

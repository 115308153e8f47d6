"""Classes whose objects are only in the hands of functions that were read: what was not read calls none of their methods."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.link import Linker
from session_lint.facts.module_facts import Exit, FunctionFacts, Store
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Ref, Term, children, strip, walk


class Confined:
    """Judges the classes of one program."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._symbols = linker.symbols
        self._known: dict[str, bool] = {}

    def is_confined(self, cls: str) -> bool:
        """Whether every function that says the class, or one below it, was read, and its objects go no further than to others that were."""
        if cls not in self._known:
            family = (cls, *self._symbols.below(cls))
            self._known[cls] = not any(map(self._symbols.has_outside_base, family)) and self._is_kept(frozenset(family))
        return self._known[cls]

    def _is_kept(self, family: frozenset[str]) -> bool:
        names = {full.rpartition(".")[2] for full in family}
        for module, index in self._symbols.modules.items():
            if not names.isdisjoint(_said_by(index)) or any(not names.isdisjoint(_named(value)) for _, value in index.variables):
                return False
            for function in index.functions:
                facts = self._linker.facts.get(f"{module}.{function.qualname}")
                if _says(function, names) and (facts is None or not self._stays(f"{module}.{function.qualname}", facts, family)):
                    return False
        return True

    def _stays(self, full: str, facts: FunctionFacts, family: frozenset[str]) -> bool:
        """Whether a function only calls methods of the objects that it makes, or hands them to functions that were read."""
        kept = [step.value for step in steps(facts.body) if isinstance(step, Store)]
        given = [step.value for step in steps(facts.body) if isinstance(step, Exit) and step.value is not None]
        if any(_is_object(part, family) for term in (*kept, *given, *facts.returns) for part in _whole(term)):
            return False
        for site in facts.calls:
            handed = (*site.args, *(value for _, value in site.kwargs))
            if any(_is_object(part, family) for term in handed for part in _whole(term)):
                targets = self._linker.resolver.resolve(full, site).targets
                if not targets or any(target.full not in self._linker.facts for target in targets):
                    return False
        return True


def _said_by(index: ModuleIndex) -> frozenset[str]:
    """What the code of a module says, beside the classes that it defines: those it says once, there."""
    own = {one.qualname for one in index.classes} - index.repeated
    return index.calls - own


def _whole(term: Term) -> Iterator[Term]:
    """The parts of a value that are handed on with it: not what a call is handed that gives it, which is told where it is made."""
    inner = strip(term)
    yield inner
    for part in children(inner) if not isinstance(inner, (Attr, Invoke)) else ():
        yield from _whole(part)


def _is_object(part: Term, family: frozenset[str]) -> bool:
    """Whether a part of a value is such an object, or the class itself."""
    named = part.func if isinstance(part, Invoke) else part
    return isinstance(named, Ref) and named.name in family


def _says(function: FunctionIndex, names: set[str]) -> bool:
    noted = (parameter.annotation for parameter in function.parameters)
    terms = [term for term in (*noted, function.returns, *function.decorators) if term is not None]
    return (
        not names.isdisjoint(function.calls) or not names.isdisjoint(function.reads) or any(not names.isdisjoint(_named(t)) for t in terms)
    )


def _named(term: Term) -> set[str]:
    return {part.name.rpartition(".")[2] for part in walk(term) if isinstance(part, (Ref, Attr))}

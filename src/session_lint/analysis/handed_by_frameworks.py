"""What frameworks hand to methods of the project: an object of a class that the class of the method names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from session_lint.analysis.wiring import ProjectWiring
from session_lint.clients.framework import Framework
from session_lint.facts.imprint import imprint
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Ref


@dataclass(frozen=True, slots=True)
class Handed:
    """A parameter of a method, by its qualified name in the module, and the full name of the class of what it is handed."""

    method: str
    parameter: str
    cls: str


def handed(framework: Framework, wiring: ProjectWiring) -> Iterator[tuple[str, Handed]]:
    """The parameters that are not annotated, each with its module."""
    for name, (attribute, *bases) in framework.handed.items():
        for full in sorted(wiring.classes()):
            cls = wiring.classes()[full]
            if name not in cls.methods or not wiring.is_below(full, *bases):
                continue
            given = wiring.held(full, attribute)
            parameters = wiring.parameters(f"{full}.{name}")[1:2]
            if given and parameters and not wiring.annotation(f"{full}.{name}", parameters[0]):
                yield wiring.module_of(full), Handed(f"{cls.qualname}.{name}", parameters[0], given)


def with_handed(index: ModuleIndex, given: tuple[Handed, ...]) -> ModuleIndex:
    """An index in which these parameters are annotated."""
    if not given:
        return index
    known = {(one.method, one.parameter): one.cls for one in given}
    shape = imprint((index.shape, given)) if index.shape else ""
    return replace(index, functions=tuple(_annotated(one, known) for one in index.functions), shape=shape)


def _annotated(function: FunctionIndex, known: dict[tuple[str, str], str]) -> FunctionIndex:
    found = [known.get((function.qualname, one.name)) for one in function.parameters]
    if not any(found):
        return function
    told = zip(function.parameters, found, strict=True)
    return replace(function, parameters=tuple(replace(one, annotation=Ref(cls)) if cls else one for one, cls in told))

"""Which functions run where an attribute is read or stored: the properties of the classes that its owner may be of."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue
from session_lint.facts.property_reads import OF_CLASSES
from session_lint.facts.terms import Attr


def properties(inference: Inference, place: Attr, scope: str) -> Iterator[tuple[FunctionSymbol, ClassValue | InstanceValue]]:
    """The properties that an attribute may be, each with whose it is."""
    for value in inference.infer(place.base, scope):
        if isinstance(value, (InstanceValue, ClassValue)):
            yield from ((method, value) for method in inference.members.methods(value, place.name) if method.is_property)


def read(inference: Inference, place: Attr, scope: str) -> tuple[FunctionValue, ...]:
    """What reading an attribute calls. On a class it gives the property itself, unless it is one of the class."""
    found = dict.fromkeys(
        FunctionValue(method.full, receiver=place.base, through=ClassValue(value.full, value.own))
        for method, value in properties(inference, place, scope)
        if isinstance(value, InstanceValue) or not OF_CLASSES.isdisjoint(method.decorators)
    )
    return tuple(found)

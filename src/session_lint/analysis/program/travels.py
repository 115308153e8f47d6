"""Values on their way: into parameters, tables, and names that outlive a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.constructors import fields_given
from session_lint.analysis.program.decorations import Decorations
from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.puts import Put, additions, shared, table_names
from session_lint.analysis.program.reads import CUT
from session_lint.analysis.program.substitution import HANDED
from session_lint.analysis.program.symbols import ClassSymbol
from session_lint.analysis.program.values import (
    ClassValue,
    ContainerValue,
    ElementsValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    OutsideValue,
    RowsValue,
    TupleValue,
    Value,
)
from session_lint.facts.module_facts import CallSite, FunctionFacts, Store
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    strip,
)

_Key = TypeVar("_Key", str, tuple[str, str])

_CALLABLES = 8  # a parameter that is given more than this is given anything
_OBJECTS = 3
_ORDERED = 2  # the order of fewer says nothing
_DECORATED = 100  # functions with one decorator: inside its wrapper each of them is called
_OF_CLASS = (InstanceValue, RowsValue)


@dataclass(frozen=True, slots=True)
class Target:
    """One function a call may enter. `receiver` is bound to its first parameter when set."""

    full: str
    receiver: Term | None = None
    preset_args: tuple[Term, ...] = ()
    preset_kwargs: tuple[tuple[str, Term], ...] = ()
    constructs: str | None = None  # the class, when the call is a constructor


class Travels:
    """Notes in an Inference what callers hand over, and what is stored where others read it."""

    def __init__(self, inference: Inference, facts: Mapping[str, FunctionFacts], *, exact: bool) -> None:
        self._inference = inference
        self._symbols = inference.symbols
        self._facts = facts
        self._objects = _CALLABLES if exact else _OBJECTS
        self._full: set[object] = set()  # parameters and tables that hold too much to say anything
        self._puts: list[Put] = []
        self._kept: list[tuple[str, Attr, Term]] = []  # function, attribute of an object, value
        self._decorations = Decorations(inference)
        self._collect()
        self._read = [CUT] * len(self._puts)  # for each of them

    def _collect(self) -> None:
        stored: dict[str, list[tuple[str, Term]]] = {}
        added: list[Put] = []
        for full in sorted(self._facts):
            for step in steps(self._facts[full].body):
                if isinstance(step, Store) and isinstance(step.target, Ref):
                    stored.setdefault(step.target.name, []).append((full, step.value))
                elif isinstance(step, Store) and isinstance(step.target, Attr) and (owner := self._class_of(step.target.base, full)):
                    stored.setdefault(f"{owner}.{step.target.name}", []).append((full, step.value))
                elif isinstance(step, Store) and isinstance(step.target, Attr) and _travelling(step.value):
                    self._kept.append((full, step.target, step.value))
                elif isinstance(step, Store) and isinstance(step.target, Item) and shared(step.target.base):
                    self._puts.append((full, step.target.base, step.value, False, False))
            added.extend(additions(full, self._facts[full].calls))
        self._puts += added
        self._inference.stored = {name: tuple(values) for name, values in stored.items()}

    def _class_of(self, base: Term, full: str) -> str:
        """The class on which something is stored: `Service.x = y`, `cls.x = y`, `type(self).x = y`; "" for an object."""
        match strip(base):
            case Ref(name):
                symbol = self._symbols.lookup(name)
                return symbol.full if isinstance(symbol, ClassSymbol) else ""
            case Invoke(Ref("builtins.type"), (Param(),)) | Attr(Param("self"), "__class__"):
                function = self._symbols.functions.get(full)
                return (function.owner or "") if function is not None else ""
            case Param(name):
                function = self._symbols.functions.get(full)
                if function is not None and function.kind == "class" and function.index.parameters[:1][0].name == name:
                    return function.owner or ""
        return ""

    # -- objects -----------------------------------------------------------------------------------------------------

    def keep(self) -> bool:
        """Notes what functions put into attributes of objects that they are handed or make; whether that is news."""
        grown = False
        for full, target, value in self._kept:
            objects = [one for one in self._inference.infer(target.base, full) if isinstance(one, InstanceValue) and not one.own]
            values = self._telling(value, full) if objects else ()
            for one in objects if values else ():
                grown |= self._grow(self._inference.bindings, (one.full, target.name), values)
        return grown

    def construct(self, full: str, site: CallSite) -> bool:
        """Notes what objects of a class without a constructor of its own are made with; whether that is news."""
        grown = False
        for value in self._inference.infer(site.func, full):
            if isinstance(value, ClassValue) and self._symbols.method(value.full, "__init__") is None:
                for name, term in fields_given(self._symbols, value.full, site.args, site.kwargs):
                    values = self._telling(term, full) if _travelling(term) else ()
                    grown |= self._grow(self._inference.bindings, (value.full, name), values)
        return grown

    # -- tables ------------------------------------------------------------------------------------------------------

    def fill(self, mask: int) -> bool:
        """Notes what is put into tables and lists of modules, classes and enclosing functions; whether that is news.

        Only what has read any of a mask, or what has grown since, is looked at again.
        """
        grown, reads = False, self._inference.reads
        for number, (full, base, value, joining, nested) in enumerate(self._puts):
            if self._read[number] & (mask | reads.grown):
                reads.seen = 0
                values = self._telling(value, full) if _travelling(value) else ()
                if joining:
                    values = tuple(v for one in values for v in self._inference.members.elements(one))
                elif nested:
                    values = (ElementsValue(values),) if values else ()
                grown |= self._put(full, base, values)
                self._read[number] = reads.seen
        return grown

    def _put(self, full: str, base: Term, values: tuple[Value, ...]) -> bool:
        grown = False
        for place in table_names(self._inference, base, full) if values else ():
            grown |= self._grow(self._inference.contents, place, values)
        return grown

    def decorate(self) -> bool:
        """Notes the functions that decorators are given; whether that is news."""
        return self._decorations.hand_over(lambda key, values: self._grow(self._inference.bindings, key, values, most=_DECORATED))

    def hand_in(self) -> bool:
        """Notes what frameworks hand to middleware; whether that is news."""
        return self._decorations.hand_in(lambda key, values: self._grow(self._inference.bindings, key, values, most=_DECORATED))

    # -- parameters --------------------------------------------------------------------------------------------------

    def carries(self, site: CallSite) -> bool:
        """Whether the site hands over anything that may be called, or have methods."""
        return any(_travelling(term) for term in site.args) or any(_travelling(term) for _, term in site.kwargs)

    def hand_over(self, full: str, site: CallSite, target: Target, values: Mapping[str, Term]) -> bool:
        """Notes what one call gives the parameters of one function; whether that is news."""
        grown = False
        parameters = self._symbols.functions[target.full].index.parameters
        annotated = {p.name for p in parameters if p.annotation is not None}
        receiver = parameters[0].name if target.receiver is not None and parameters else ""
        for name, term in (*values.items(), *self._spread(full, site)):
            if name != receiver and _travelling(term):
                found = self._telling(term, full)
                if name in annotated:
                    found = tuple(v for v in found if isinstance(v, (FunctionValue, ClassValue)) or _is_opened(v))
                grown |= self._grow(self._inference.bindings, (target.full, name), found)
        for parameter in parameters:
            if parameter.kind == "args" and parameter.annotation is None:
                grown |= self._grow(self._inference.bindings, (target.full, parameter.name), self._gathered(self._rest(site, target), full))
            elif parameter.kind == "kwargs":
                named = tuple((Const(key), v) for key, v in site.kwargs if key and key not in values and _travelling(v))
                held: tuple[Value, ...] = (ContainerValue(MappingTerm(named), full),) if named else ()
                grown |= self._grow(self._inference.bindings, (target.full, parameter.name), held)
        return grown

    def _rest(self, site: CallSite, target: Target) -> tuple[Term, ...]:
        """The arguments that `*args` takes."""
        parameters = self._symbols.functions[target.full].index.parameters
        taken = sum(1 for p in parameters if p.kind in {"pos", "any"}) - (1 if target.receiver is not None else 0)
        return (*target.preset_args, *site.args)[max(taken, 0) :]

    def _gathered(self, rest: tuple[Term, ...], full: str) -> tuple[Value, ...]:
        """What `*args` takes, each in its place; all of another one that is handed on."""
        if len(rest) == 1 and isinstance(rest[0], Op) and rest[0].kind == "starred":
            return tuple(v for v in self._inference.infer(rest[0].operands[0], full) if isinstance(v, (TupleValue, ElementsValue)))
        parts = tuple(self._telling(term, full) if _travelling(term) else () for term in rest)
        return (TupleValue(parts),) if any(parts) else ()

    def _spread(self, full: str, site: CallSite) -> Iterator[tuple[str, Term]]:
        """The keyword arguments in `**options`, where the caller was given them by name."""
        for key, term in site.kwargs:
            for value in self._inference.infer(term, full) if not key else ():
                if isinstance(value, ContainerValue) and isinstance(value.term, MappingTerm):
                    yield from ((str(k.value), item) for k, item in value.term.entries if isinstance(k, Const))

    def _telling(self, term: Term, scope: str) -> tuple[Value, ...]:
        """The values of a term that can be called or have methods; containers as what they hold."""
        found: dict[Value, None] = {}
        for value in self._inference.infer(term, scope):
            if isinstance(value, (FunctionValue, ClassValue, InstanceValue, ModuleValue, RowsValue)) or _is_opened(value):
                found[value] = None
            elif (parts := self._parts(value)) is not None:
                found[parts] = None
            elif isinstance(value, (ContainerValue, ElementsValue, TupleValue)):
                held = tuple(
                    v for v in self._inference.members.elements(value) if isinstance(v, (FunctionValue, ClassValue, InstanceValue))
                )
                if held:
                    found[ElementsValue(tuple(dict.fromkeys(held)))] = None
        return tuple(found)

    def _parts(self, value: Value) -> TupleValue | None:
        """A list or tuple that is written out, as what each of its places holds: in their order, whoever is handed it."""
        if not isinstance(value, ContainerValue) or not isinstance(value.term, Sequence) or len(value.term.items) < _ORDERED:
            return None
        parts = tuple(
            tuple(v for v in self._inference.infer(item, value.scope) if isinstance(v, (FunctionValue, ClassValue, InstanceValue)))
            for item in value.term.items
        )
        return TupleValue(parts) if all(parts) else None

    def _grow(self, table: dict[_Key, tuple[Value, ...]], key: _Key, values: tuple[Value, ...], most: int = 0) -> bool:
        known = table.get(key, ())
        new = tuple(dict.fromkeys(v for v in values if v not in known))
        if not new or key in self._full:
            return False
        joined = known + new
        if len(joined) > (most or (self._objects if any(isinstance(v, _OF_CLASS) for v in joined) else _CALLABLES)):
            self._full.add(key)
            joined = tuple(v for v in known if not isinstance(v, _OF_CLASS))
        table[key] = joined
        self._inference.reads.grow(key)
        return True


def _is_opened(value: Value) -> bool:
    return isinstance(value, OutsideValue) and value.is_opened


def _travelling(term: Term) -> bool:
    match strip(term):
        case Ref() | Attr() | Param() | Item() | Phi() | Invoke() | Element() | Comprehension() | Sequence() | MappingTerm():
            return True
        case Op(kind, (first, *_)):
            return kind == HANDED or (kind == "starred" and _travelling(first))
    return False

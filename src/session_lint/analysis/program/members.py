"""`value.name`: methods, attributes, what containers hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.answers import Answers
from session_lint.analysis.program.class_stores import class_stores
from session_lint.analysis.program.given_to_bases import given_to_base
from session_lint.analysis.program.ports import Ports
from session_lint.analysis.program.reads import CUT
from session_lint.analysis.program.rows import MappedRows
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable, last_name
from session_lint.analysis.program.values import (
    QUEUING,
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
from session_lint.facts.terms import Comprehension, Const, Invoke, Item, Mapping, Op, Ref, Sequence, Term

_FEW = 3  # a call that may enter more functions than this says nothing
_MANY = 12
_TABLES = {"values", "items", "get", "pop", "keys", "copy", "setdefault"}
_ITSELF = QUEUING | {"func", "__wrapped__"}  # attributes of a function that are, or lead to, the function
_VAGUE = {"object", "Any", "Callable"}
_ENUMS = {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "TextChoices", "IntegerChoices", "Choices"}


class Members:
    """Finds members of values. `exact`: through `self`, only what classes in use have; else what is surely meant."""

    def __init__(self, answers: Answers, symbols: SymbolTable, *, exact: bool) -> None:
        self._answers = answers
        self._symbols = symbols
        self._exact = exact
        self._stores = class_stores(symbols)
        self._ports = Ports(symbols)
        self.rows = MappedRows(symbols)
        self.instantiated: set[str] = set()
        self._dispatched: dict[tuple[str, str, bool, str | None], tuple[FunctionSymbol, ...]] = {}
        self._unpacking: set[tuple[Term, str]] = set()

    def forget(self) -> None:
        """Drops what was found, after `instantiated` has grown."""
        if self._exact:
            self._dispatched.clear()

    def member(self, value: Value, name: str, base: Term) -> Iterator[Value]:
        """`value.name`; `base` is the term of the value, to which methods are bound."""
        match value:
            case InstanceValue() | ClassValue():
                yield from self._class_member(value, name, base)
            case ModuleValue(full):
                yield from self._answers.infer(Ref(f"{full}.{name}"), full)
            case OutsideValue(full, final):
                yield OutsideValue(f"{full}.{name}", final)
            case ContainerValue() | ElementsValue() if name in _TABLES:
                yield value
            case FunctionValue() if name in _ITSELF:
                yield value
            case RowsValue():
                yield from self.rows.member(value, name)

    # -- classes -----------------------------------------------------------------------------------------------------

    def classes(self, value: ClassValue | InstanceValue) -> tuple[str, ...]:
        """The classes that a value may be of: those below `self` that are in use."""
        if not (value.own and self._exact):
            return (value.full,)
        self._answers.reads.seen |= CUT  # others may be in use by then
        every = (value.full, *self._symbols.below(value.full))
        return tuple(c for c in every if c in self.instantiated or not self._symbols.subclasses(c)) or (value.full,)

    def methods(self, value: ClassValue | InstanceValue, name: str) -> tuple[FunctionSymbol, ...]:
        """The methods that `value.name` may be."""
        key = (value.full, name, value.own, value.after)
        if value.own and self._exact:
            self._answers.reads.seen |= CUT
        if key not in self._dispatched:
            self._dispatched[key] = self._exactly(value, name) if self._exact else self._surely(value, name)
        return self._dispatched[key]

    def _exactly(self, value: ClassValue | InstanceValue, name: str) -> tuple[FunctionSymbol, ...]:
        found = (self._symbols.method(cls, name, after=value.after) for cls in self.classes(value))
        distinct = tuple(dict.fromkeys(method for method in found if method is not None))
        return distinct if len(distinct) <= _MANY else distinct[:0]

    def _surely(self, value: ClassValue | InstanceValue, name: str) -> tuple[FunctionSymbol, ...]:
        """The method itself; for an abstract one, and for one that `self` lacks, those of the subclasses, if they are few."""
        method = self._symbols.method(value.full, name, after=value.after)
        if method is None and value.own and value.after is not None:  # behind the class for those below it: a mixin of a view
            behind = (self._symbols.method(cls, name, after=value.after) for cls in self._symbols.below(value.full))
            found = tuple(dict.fromkeys(one for one in behind if one is not None))
            return found if len(found) <= _MANY else ()
        if value.after is not None or (method is not None and not method.is_abstract) or (method is None and not value.own):
            return () if method is None else (method,)
        own = () if method is None else (method,)
        below: dict[FunctionSymbol, None] = {}
        for cls in self._symbols.below(value.full) or self._ports.implementing(value.full):
            other = self._symbols.method(cls, name)
            if other is not None and not other.is_abstract:
                below[other] = None
                if len(below) > (_MANY if value.own else _FEW):  # `self` is one of them for sure: a template method
                    return own
        return tuple(below) or own

    def _class_member(self, value: ClassValue | InstanceValue, name: str, base: Term) -> Iterator[Value]:
        found = [*self._own_member(value, name, base), *self.rows.member(value, name)]
        if not found and isinstance(value, InstanceValue):
            found = [v for inner in self._entered(value) for v in self._own_member(inner, name, base)]
        if not found and self._symbols.has_outside_base(value.full):
            found = [OutsideValue(f"{value.full}.{name}")]
        yield from found

    def _own_member(self, value: ClassValue | InstanceValue, name: str, base: Term) -> list[Value]:
        methods = self.methods(value, name)
        if methods:
            return [v for method in methods for v in self._method(method, value, base)]
        found = [v for cls in self.classes(value) for v in self._given(cls, name, value) or self._attribute(cls, name, value, base)]
        nested = self._symbols.classes.get(f"{value.full}.{name}")
        return list(dict.fromkeys(found)) if found or nested is None else [ClassValue(nested.full)]

    def _entered(self, value: InstanceValue) -> list[InstanceValue]:
        """`with Connection() as cursor:` gives what `__enter__` returns, when that is something else."""
        for hook in ("__enter__", "__aenter__"):
            method = self._symbols.method(value.full, hook)
            if method is not None:
                found = self._answers.returned(method.full)
                return [
                    v
                    for v in found
                    if isinstance(v, InstanceValue) and v.full != value.full and v.full not in self._symbols.mro(value.full)
                ]
        return []

    def _method(self, method: FunctionSymbol, value: ClassValue | InstanceValue, base: Term) -> Iterator[Value]:
        bound = isinstance(value, InstanceValue)
        if method.is_property:
            yield from self._answers.returned(method.full)
        elif method.kind == "static" or (method.kind == "instance" and not bound and value.after is None):
            yield FunctionValue(method.full)
        else:
            through = ClassValue(value.full, value.own)
            yield FunctionValue(method.full, receiver=base, through=through)

    def _given(self, cls: str, name: str, value: ClassValue | InstanceValue) -> list[Value]:
        """What objects of the class itself hand to a class above."""
        given = None if value.own else given_to_base(self._symbols, cls, name)
        return list(self._answers.infer(*given)) if given is not None else []

    def _attribute(self, cls: str, name: str, value: ClassValue | InstanceValue, base: Term) -> Iterator[Value]:
        """What the nearest class that has the attribute says of it; an annotation says more than values do."""
        found = self._symbols.attribute(cls, name)
        noted = [v for owner, _, term in found for v in self._noted(owner, term) if not _is_vague(v)]
        yield from noted
        for owner, setter, term in found if not noted else ():
            if setter:
                yield from self._answers.infer(term, f"{owner}.{setter}")
            elif isinstance(value, ClassValue) and isinstance(term, Const) and self._is_enum(owner):
                yield InstanceValue(owner)
            else:
                yield from self._in_body(owner, term, value, base)
        yield from self._handed(cls, name) if not noted else ()
        for owner in self._symbols.mro(cls):  # what is stored on the class itself, from anywhere
            for scope, term in (*self._answers.stored.get(f"{owner}.{name}", ()), *self._stores.get(f"{owner}.{name}", ())):
                yield from (v for v in self._answers.infer(term, scope) if not isinstance(v, OutsideValue))
        for owner in dict.fromkeys(owner for owner, _, _ in found):
            self._answers.reads.note(f"{owner}.{name}")
            held = self._answers.contents.get(f"{owner}.{name}")
            if held:
                yield ElementsValue(held)

    def _handed(self, cls: str, name: str) -> Iterator[Value]:
        """What objects of a class are made with, or get from others."""
        for owner in self._symbols.mro(cls):
            self._answers.reads.note((owner, name))
            yield from self._answers.bindings.get((owner, name), ())

    def _noted(self, owner: str, term: Term) -> Iterator[Value]:
        if isinstance(term, Op) and term.kind == "annotation":
            yield from self._answers.annotated(term.operands[0], self._symbols.classes[owner].module)

    def _in_body(self, owner: str, term: Term, value: ClassValue | InstanceValue, base: Term) -> Iterator[Value]:
        """A value in the class body; a function there is a method, under another name too (`start = partialmethod(change)`)."""
        module = self._symbols.classes[owner].module
        static = isinstance(term, Invoke) and last_name(term) == "staticmethod"
        for found in self._answers.infer(term, module):
            if isinstance(found, FunctionValue) and found.receiver is None and isinstance(value, InstanceValue) and not static:
                yield replace(found, receiver=base, through=ClassValue(value.full, value.own))
            else:
                yield found

    def _is_enum(self, cls: str) -> bool:
        return any(last_name(base) in _ENUMS for c in self._symbols.mro(cls) for base in self._symbols.classes[c].index.bases)

    # -- containers --------------------------------------------------------------------------------------------------

    def elements(self, value: Value) -> Iterator[Value]:
        """What a loop over the value gives."""
        match value:
            case ElementsValue(items):
                yield from items
            case TupleValue(parts):
                yield from (v for part in parts for v in part)
            case ContainerValue(term, scope):
                yield from self._held(term, scope)
            case RowsValue(full, ""):
                yield InstanceValue(full)
            case InstanceValue(full):
                method = self._symbols.method(full, "__iter__") or self._symbols.method(full, "__aiter__")
                for inner in self._answers.returned(method.full) if method is not None else ():
                    yield from inner.items if isinstance(inner, ElementsValue) else ()

    def _held(self, term: Term, scope: str) -> Iterator[Value]:
        """What a display or comprehension holds; of a dict the values."""
        match term:
            case Mapping(entries):
                for key, item in entries:
                    yield from self._answers.infer(item, scope) if key is not None else self._spread(Op("starred", (item,)), scope)
            case Sequence(_, items):
                yield from (v for item in items for v in self._spread(item, scope))
            case Comprehension(element, _):
                yield from self._spread(element, scope)
                if isinstance(element, Mapping):  # of a dict, or of a list of dicts
                    yield from (v for _, inner in element.entries for v in self._answers.infer(inner, scope))

    def _spread(self, item: Term, scope: str) -> Iterator[Value]:
        """An item of a display; a comprehension among them, or a spread list, gives what it holds."""
        match item:
            case Comprehension(element, _):
                yield from self._answers.infer(element, scope)
            case Op("starred", (inner,)):
                yield from self._unpacked(inner, scope)
            case _:
                yield from self._answers.infer(item, scope)

    def _unpacked(self, inner: Term, scope: str) -> list[Value]:
        """What `*inner` gives; a list that is unpacked into itself (`self.steps = [*self.steps, one]`) adds nothing more."""
        if (inner, scope) in self._unpacking:
            self._answers.reads.seen |= CUT
            return []
        self._unpacking.add((inner, scope))
        try:
            return [v for value in self._answers.infer(inner, scope) for v in self.elements(value)]
        finally:
            self._unpacking.discard((inner, scope))

    def handed(self, parts: tuple[Term, ...], scope: str) -> Iterator[Value]:
        """What a parameter gets of `*args` or `**kwargs`: of what is written out, what has its place or name."""
        for part in parts:
            for value in self._answers.infer(part.base, scope) if isinstance(part, Item) else ():
                if isinstance(part, Item) and _may_hold(value, part.key):
                    yield from self.item(value, part.key)

    def item(self, value: Value, key: Term) -> Iterator[Value]:
        """`value[key]`; all that the value holds when the key is not known."""
        position = key.value if isinstance(key, Const) and isinstance(key.value, int) else None
        match value:
            case TupleValue(parts) if position is not None:
                yield from parts[position] if -len(parts) <= position < len(parts) else ()
            case ContainerValue(Sequence(_, items), scope) if position is not None and _plain(items):
                yield from self._answers.infer(items[position], scope) if -len(items) <= position < len(items) else ()
            case ContainerValue(Mapping(entries), scope) if isinstance(key, Const) and any(k == key for k, _ in entries):
                yield from (v for k, item in entries if k == key for v in self._answers.infer(item, scope))
            case RowsValue() if isinstance(key, Op):  # a slice
                yield value
            case ElementsValue() | ContainerValue() | TupleValue() | RowsValue():
                yield from self.elements(value)


def _may_hold(value: Value, key: Term) -> bool:
    """Whether a collection may have something in a place, or under a name."""
    match value, key:
        case ContainerValue(Mapping(entries), _), Const(str()):
            return any(known == key or not isinstance(known, Const) for known, _ in entries)
        case ContainerValue(Mapping(), _), Const(int()):
            return False
        case ((ContainerValue(Sequence(), _) | TupleValue()), Const(str())):
            return False
    return True


def _is_vague(value: Value) -> bool:
    """Whether an annotation says nothing of what it is for: `object`, `Any`, `Callable`."""
    return isinstance(value, OutsideValue) and value.full.removesuffix("()").rpartition(".")[2] in _VAGUE


def _plain(items: tuple[Term, ...]) -> bool:
    return not any(isinstance(item, Comprehension) or (isinstance(item, Op) and item.kind == "starred") for item in items)

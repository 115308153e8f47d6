"""Types of terms: from annotations, constructors, return values, class attributes; never by a bare method name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import (
    Attr,
    Const,
    Comprehension,
    Element,
    Given,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    dotted,
)
from session_lint.program.symbols import ClassSymbol, FunctionSymbol, ModuleSymbol, SymbolTable, VariableSymbol
from session_lint.program.values import (
    ClassValue,
    ContainerValue,
    ElementsValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    OutsideValue,
    Value,
)

_DEPTH = 12
_CONTAINERS = {
    "list", "tuple", "set", "frozenset", "deque", "List", "Tuple", "Set", "Sequence", "Iterable", "Iterator", "Collection",
    "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Generator", "dict", "Dict", "Mapping", "MutableMapping", "defaultdict",
}  # fmt: skip
_WRAPPERS = {"Awaitable", "Coroutine", "ContextManager", "AsyncContextManager", "Annotated", "Depends", "Task", "Future", "ContextVar"}
_ADAPTERS = {"sync_to_async", "async_to_sync", "database_sync_to_async", "thread_sensitive"}
_PASS_THROUGH = {"create_task", "ensure_future", "wait_for", "shield", "copy", "deepcopy", "wraps", "run", "run_until_complete"}


class Inference:
    """Infers values of terms. Results are memoised; recursion is cut, not followed."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts]) -> None:
        self.symbols = symbols
        self.facts = facts
        self.bindings: dict[tuple[str, str], tuple[Value, ...]] = {}  # callables handed to a parameter by callers
        self._memo: dict[tuple[str, Term], tuple[Value, ...]] = {}
        self._busy: set[tuple[str, Term]] = set()

    def forget(self) -> None:
        """Drops memoised results, after `bindings` has grown."""
        self._memo.clear()

    def infer(self, term: Term, scope: str) -> tuple[Value, ...]:
        """What the term can be, in `scope` (a function's full name, or a module's)."""
        key = (scope, term)
        if key in self._memo:
            return self._memo[key]
        if key in self._busy or len(self._busy) > 60:
            return ()
        self._busy.add(key)
        try:
            found = tuple(dict.fromkeys(self._infer(term, scope)))[:_DEPTH]
        finally:
            self._busy.discard(key)
        self._memo[key] = found
        return found

    def _infer(self, term: Term, scope: str) -> Iterable[Value]:
        match term:
            case Ref(name):
                return self._reference(name)
            case Param(name):
                return self._parameter(name, scope)
            case Attr(base, name):
                return [v for value in self.infer(base, scope) for v in self.member(value, name, base, scope)]
            case Given(base):
                return self.infer(base, scope)
            case Phi(options):
                return [v for option in options for v in self.infer(option, scope)]
            case Item(base, key):
                return self._item(base, key, scope)
            case Element(source, _):
                return [v for value in self.infer(source, scope) for v in self._elements(value)]
            case Invoke():
                return self._invoke(term, scope)
            case MappingTerm() | Sequence() | Comprehension():
                return [ContainerValue(term, scope)]
            case Op("or" | "and" | "await", operands):
                return [v for operand in operands for v in self.infer(operand, scope)]
            case _:
                return ()

    def _reference(self, name: str) -> Iterable[Value]:
        symbol = self.symbols.lookup(name)
        match symbol:
            case FunctionSymbol(full=full):
                return [FunctionValue(full)]
            case ClassSymbol(full=full):
                return [ClassValue(full)]
            case ModuleSymbol(full=full):
                return [ModuleValue(full)]
            case VariableSymbol(full=full, module=module, value=value):
                return () if value == Ref(full) else self.infer(value, module)
            case _:
                return self._captured(name) or [OutsideValue(name)]

    def _captured(self, name: str) -> list[Value]:
        """A variable of an enclosing function, named `module.outer.variable`."""
        outer, _, variable = name.rpartition(".")
        function = self.symbols.functions.get(outer)
        if function is None:
            return []
        if any(p.name == variable for p in function.index.parameters):
            return list(self.infer(Param(variable), outer))
        facts = self.facts.get(outer)
        found: list[Value] = []
        for site in facts.calls if facts is not None else ():
            if site.target == variable:
                found.extend(self.infer(Invoke(site.func, site.args, site.kwargs, site.index), outer))
        return found

    def _parameter(self, name: str, scope: str) -> Iterable[Value]:
        function = self.symbols.functions.get(scope)
        if function is None:
            return ()
        parameters = function.index.parameters
        if function.owner is not None and parameters and parameters[0].name == name and function.kind != "static":
            return [ClassValue(function.owner) if function.kind == "class" else InstanceValue(function.owner)]
        found: list[Value] = []
        for parameter in parameters:
            if parameter.name != name:
                continue
            if parameter.annotation is not None:
                found.extend(self.annotated(parameter.annotation, function.module))
            default = parameter.default
            if isinstance(default, Invoke):
                found.extend(self._dependency(default, function.module))
            elif isinstance(default, Ref):
                found.extend(v for v in self.infer(default, function.module) if not isinstance(v, OutsideValue))
        return [*found, *self.bindings.get((scope, name), ())]

    def _dependency(self, default: Invoke, module: str) -> Iterator[Value]:
        """`Depends(f)` as a default: what f returns."""
        if (dotted(default.func) or "").rsplit(".", 1)[-1] in {"Depends", "Security", "Provide", "Inject"} and default.args:
            for value in self.infer(default.args[0], module):
                yield from self.called(value, Invoke(default.args[0]), module)

    def annotated(self, term: Term, module: str) -> Iterator[Value]:
        """The values of an annotation: an instance of each class it names."""
        match term:
            case Item(base, key):
                name = (dotted(base) or "").rsplit(".", 1)[-1]
                inside = list(key.items) if isinstance(key, Sequence) else [key]
                if name in _CONTAINERS:
                    yield ElementsValue(tuple(v for part in inside[-1:] for v in self.annotated(part, module)))
                elif name in _WRAPPERS:
                    yield from (v for part in (inside[:1] if name == "Annotated" else inside[-1:]) for v in self.annotated(part, module))
                elif name in {"Optional", "Union", "ClassVar", "Final", "Required", "NotRequired"}:
                    yield from (v for part in inside for v in self.annotated(part, module))
                elif name in {"type", "Type"}:
                    yield from (ClassValue(v.full) for part in inside for v in self.annotated(part, module) if isinstance(v, InstanceValue))
                else:
                    yield from self.annotated(base, module)
            case Op("|", operands):
                yield from (v for operand in operands for v in self.annotated(operand, module))
            case Ref() | Attr():
                for value in self.infer(term, module):
                    match value:
                        case ClassValue(full):
                            yield InstanceValue(full)
                        case OutsideValue(full):
                            yield OutsideValue(full + "()")
            case Const(str(text)) if text.isidentifier():
                yield from self.annotated(Ref(f"{module}.{text}"), module)

    def member(self, value: Value, name: str, base: Term, scope: str) -> Iterator[Value]:
        """`value.name`."""
        match value:
            case InstanceValue(cls, after):
                yield from self._class_member(cls, name, base, after, instance=True)
            case ClassValue(cls):
                yield from self._class_member(cls, name, base, None, instance=False)
            case ModuleValue(full):
                yield from self.infer(Ref(f"{full}.{name}"), full)
            case OutsideValue(full):
                yield OutsideValue(f"{full}.{name}")
            case ContainerValue() | ElementsValue() if name in {"values", "items", "get", "pop"}:
                yield value
            case FunctionValue(full) if name in {"delay", "apply_async", "s", "si", "func", "__wrapped__", "remote", "send", "kiq"}:
                yield value
            case _:
                return

    def _class_member(self, cls: str, name: str, base: Term, after: str | None, *, instance: bool) -> Iterator[Value]:
        method = self.symbols.method(cls, name, after=after)
        if method is not None:
            yield from self._method(method, base, instance=instance)
            return
        for owner, setter, value in self.symbols.attribute(cls, name):
            if setter:
                yield from self._instance_attribute(f"{owner}.{setter}", value)
            else:
                yield from self._class_attribute(self.symbols.classes[owner].module, value)
            return
        nested = self.symbols.classes.get(f"{cls}.{name}")
        if nested is not None:
            yield ClassValue(nested.full)
        elif self.symbols.has_outside_base(cls):
            yield OutsideValue(f"{cls}.{name}")

    def _method(self, method: FunctionSymbol, base: Term, *, instance: bool) -> Iterator[Value]:
        decorators = {(dotted(d.func if isinstance(d, Invoke) else d) or "").rsplit(".", 1)[-1] for d in method.index.decorators}
        if decorators & {"property", "cached_property", "classproperty", "hybrid_property"}:
            yield from self.returned(method.full)
        elif method.kind == "static" or (method.kind == "instance" and not instance):
            yield FunctionValue(method.full)
        else:
            yield FunctionValue(method.full, receiver=base)

    def _instance_attribute(self, setter: str, value: Term) -> Iterator[Value]:
        yield from self.infer(value, setter)

    def _class_attribute(self, module: str, value: Term) -> Iterator[Value]:
        if isinstance(value, (Ref, Item, Op)) or (isinstance(value, Attr) and dotted(value)):
            found = list(self.annotated(value, module))
            yield from found
            if any(isinstance(v, (InstanceValue, ElementsValue)) for v in found):
                return
        yield from self.infer(value, module)

    def _elements(self, value: Value) -> Iterator[Value]:
        match value:
            case ElementsValue(items):
                yield from items
            case ContainerValue(MappingTerm(entries), scope):
                for _, item in entries:
                    yield from self.infer(item, scope)
            case ContainerValue(Sequence(_, items), scope):
                for item in items:
                    yield from self.infer(item, scope)
            case ContainerValue(Comprehension(element, _), scope):
                yield from self.infer(element, scope)

    def _item(self, base: Term, key: Term, scope: str) -> Iterator[Value]:
        for value in self.infer(base, scope):
            match value:
                case ContainerValue(Sequence(_, items), inner) if isinstance(key, Const) and isinstance(key.value, int):
                    if -len(items) <= key.value < len(items):
                        yield from self.infer(items[key.value], inner)
                case ContainerValue(MappingTerm(entries), inner):
                    exact = [item for k, item in entries if k == key and isinstance(key, Const)]
                    for item in exact or [item for _, item in entries]:
                        yield from self.infer(item, inner)
                case ElementsValue() | ContainerValue():
                    yield from self._elements(value)

    def _invoke(self, term: Invoke, scope: str) -> Iterator[Value]:
        for value in self.infer(term.func, scope):
            yield from self.called(value, term, scope)

    def called(self, value: Value, call: Invoke, scope: str) -> Iterator[Value]:
        """What calling the value gives."""
        match value:
            case ClassValue(full):
                yield InstanceValue(full)
            case FunctionValue(full):
                yield from self.returned(full)
            case InstanceValue(full):
                method = self.symbols.method(full, "__call__")
                if method is not None:
                    yield from self.returned(method.full)
            case OutsideValue(full):
                yield from self._outside_call(full, call, scope)
            case ContainerValue() | ElementsValue():  # HANDLERS.get(key), HANDLERS.values()
                yield from self._container_call(value, call, scope)

    def _container_call(self, value: Value, call: Invoke, scope: str) -> Iterator[Value]:
        name = call.func.name if isinstance(call.func, Attr) else ""
        if name in {"get", "pop"} and isinstance(value, ContainerValue) and call.args:
            yield from self._item(value.term, call.args[0], value.scope)
            yield from (v for default in call.args[1:2] for v in self.infer(default, scope))
        elif name == "values":
            yield ElementsValue(tuple(self._elements(value)))
        elif name == "items":
            yield ElementsValue((ElementsValue(tuple(self._elements(value))),))

    def _outside_call(self, full: str, call: Invoke, scope: str) -> Iterator[Value]:
        name = full.rsplit(".", 1)[-1]
        function = self.symbols.functions.get(scope)
        if full == "builtins.super" and function is not None and function.owner is not None:
            yield InstanceValue(function.owner, after=function.owner)
        elif full == "builtins.type" and len(call.args) == 1:
            yield from (ClassValue(v.full) for v in self.infer(call.args[0], scope) if isinstance(v, InstanceValue))
        elif name in {"partial", "partialmethod"} and call.args:
            for value in self.infer(call.args[0], scope):
                if isinstance(value, FunctionValue):
                    yield FunctionValue(
                        value.full, value.receiver, (*value.preset_args, *call.args[1:]), (*value.preset_kwargs, *call.kwargs)
                    )
                else:
                    yield value
        elif name == "cast" and len(call.args) == 2:
            module = function.module if function is not None else scope
            yield from self.annotated(call.args[0], module)
        elif name in _ADAPTERS and call.args:
            yield from self.infer(call.args[0], scope)
        elif name in _PASS_THROUGH and call.args:
            yield from self.infer(call.args[0], scope)
        elif full == "builtins.getattr" and len(call.args) >= 2 and isinstance(call.args[1], Const) and isinstance(call.args[1].value, str):
            yield from self.infer(Attr(call.args[0], call.args[1].value), scope)
        else:
            yield OutsideValue(full + "()")

    def returned(self, full: str) -> tuple[Value, ...]:
        """What a function returns: its annotation, else the values of its return expressions."""
        function = self.symbols.functions[full]
        facts = self.facts.get(full)
        found: list[Value] = []
        for term in facts.returns if facts is not None else ():
            found.extend(v for v in self.infer(term, full) if not isinstance(v, OutsideValue))
        if not found and function.index.returns is not None:
            found.extend(self.annotated(function.index.returns, function.module))
            if function.index.is_generator:
                found = [v for value in found for v in (value.items if isinstance(value, ElementsValue) else (value,))]
        return tuple(dict.fromkeys(found))

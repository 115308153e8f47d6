"""What an annotation says a value is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from session_lint.analysis.program.reads import CUT, Reads
from session_lint.analysis.program.symbols import SymbolTable, VariableSymbol
from session_lint.analysis.program.values import ClassValue, ElementsValue, InstanceValue, OutsideValue, TupleValue, Value
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Ref, Sequence, Term, dotted

_CONTAINERS = {
    "list", "tuple", "set", "frozenset", "deque", "List", "Tuple", "Set", "Sequence", "Iterable", "Iterator", "Collection",
    "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Generator", "dict", "Dict", "Mapping", "MutableMapping", "defaultdict",
}  # fmt: skip
_YIELDED_FIRST = {"Generator", "AsyncGenerator"}
_WRAPPERS = {"Awaitable", "Coroutine", "ContextManager", "AsyncContextManager", "Annotated", "Depends", "Task", "Future", "ContextVar"}
_TRANSPARENT = {"Optional", "Union", "ClassVar", "Final", "Required", "NotRequired"}
_REST = (Const("..."), Const("Ellipsis"))

Infer = Callable[[Term, str], tuple[Value, ...]]


class Annotations:
    """Reads annotations. `infer` says what a plain term is."""

    def __init__(self, symbols: SymbolTable, infer: Infer, reads: Reads) -> None:
        self._symbols = symbols
        self._infer = infer
        self._reads = reads
        self._open: set[str] = set()  # aliases being read: `Json = dict[str, "Json"]` names itself

    def values(self, term: Term, module: str) -> Iterator[Value]:
        """The values of an annotation: an instance of each class it names."""
        match term:
            case Item(base, key):
                yield from self._generic(base, key, module)
            case Op("|", operands):
                yield from (v for operand in operands for v in self.values(operand, module))
            case Ref() | Attr():
                yield from self._named(term, module)
            case Const(str(text)) if text.isidentifier() and term not in _REST:
                yield from self.values(Ref(f"{module}.{text}"), module)

    def _generic(self, base: Term, key: Term, module: str) -> Iterator[Value]:
        name = (dotted(base) or "").rsplit(".", 1)[-1]
        inside = (key.items or _REST[:1]) if isinstance(key, Sequence) else (key,)  # `tuple[()]` is empty
        if name in {"tuple", "Tuple"} and inside[-1] not in _REST:
            yield TupleValue(tuple(tuple(self.values(part, module)) for part in inside))
        elif name in _CONTAINERS:
            part = inside[0] if name in _YIELDED_FIRST or inside[-1] in _REST else inside[-1]
            yield ElementsValue(tuple(self.values(part, module)))
        elif name in _WRAPPERS:
            yield from self.values(inside[0] if name == "Annotated" else inside[-1], module)
        elif name in _TRANSPARENT:
            yield from (v for part in inside for v in self.values(part, module))
        elif name in {"type", "Type"}:
            yield from (ClassValue(v.full) for part in inside for v in self.values(part, module) if isinstance(v, InstanceValue))
        else:
            yield from self.values(base, module)

    def _named(self, term: Term, module: str) -> Iterator[Value]:
        symbol = self._symbols.lookup(term.name) if isinstance(term, Ref) else None
        if isinstance(symbol, VariableSymbol) and symbol.value != term:
            aliased = self._aliased(symbol)
            if aliased is not None:
                yield from self._opened(symbol, aliased)
                return
        for value in self._infer(term, module):
            match value:
                case ClassValue(full):
                    yield InstanceValue(full)
                case OutsideValue(full):
                    yield OutsideValue(full + "()")

    def _opened(self, symbol: VariableSymbol, aliased: Term) -> list[Value]:
        if symbol.full in self._open:
            self._reads.seen |= CUT
            return []
        self._open.add(symbol.full)
        try:
            return list(self.values(aliased, symbol.module))
        finally:
            self._open.discard(symbol.full)

    def _aliased(self, symbol: VariableSymbol) -> Term | None:
        """What an alias or a type variable stands for."""
        match symbol.value:
            case Item() | Op("|"):
                return symbol.value
            case Invoke(func, args, _) as made:
                name = (dotted(func) or "").rsplit(".", 1)[-1]
                if name == "TypeVar":
                    bound = made.kwarg("bound")
                    return bound if bound is not None else Op("|", args[1:])
                return args[1] if name == "NewType" and len(args) == 2 else None
        return None

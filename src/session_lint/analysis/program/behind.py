"""What stands behind a term, step by step: the value of a variable or attribute, of an item of a table, what a function returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import SymbolTable, VariableSymbol
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue
from session_lint.facts.terms import Attr, Invoke, Item, Mapping, Param, Phi, Ref, Term, strip

Returned = Callable[[str], Term | None]  # the single return value of a project function, in its own terms
Held: TypeAlias = tuple[Term, str]  # a term, and the function or module it belongs to

_STEPS = 5


class Behind:
    """Follows terms to what they were made of."""

    def __init__(self, symbols: SymbolTable, inference: Inference, returned: Returned) -> None:
        self._symbols = symbols
        self._inference = inference
        self._returned = returned

    def all(self, term: Term, scope: str) -> Iterator[Held]:
        """A term, and what stands behind it; of an attribute of something that is not known what is behind that."""
        front, seen = [(strip(term), scope)], set[Held]()
        for _ in range(_STEPS):
            following: list[Held] = []
            for inner, where in front:
                if (inner, where) in seen:
                    continue
                seen.add((inner, where))
                yield inner, where
                held = [(strip(other), at) for other, at in self.step(inner, where)]
                following += held or ([(strip(inner.base), where)] if isinstance(inner, Attr) and not isinstance(inner.base, Param) else [])
            front = following

    def step(self, term: Term, scope: str) -> Iterator[Held]:
        """What is directly behind a term of a function or module."""
        match term:
            case Phi(options):
                return iter([(option, scope) for option in options])
            case Ref():
                return self._of_variable(term)
            case Attr():
                return self._stored(term, scope)
            case Item(base, key):
                return ((value, at) for held, at in self.step(strip(base), scope) for value in _entries(held, key))
            case Param(name):
                return self._depended_on(name, scope)
            case Invoke():
                return self._result(term, scope)
        return iter(())

    def _of_variable(self, term: Ref) -> Iterator[Held]:
        symbol = self._symbols.lookup(term.name)
        if isinstance(symbol, VariableSymbol) and symbol.value != term:
            yield symbol.value, symbol.module

    def _stored(self, term: Attr, scope: str) -> Iterator[Held]:
        for value in self._inference.infer(term.base, scope):
            if isinstance(value, (InstanceValue, ClassValue)):
                for owner, method, held in self._symbols.attribute(value.full, term.name):
                    yield held, f"{owner}.{method}" if method else self._symbols.classes[owner].module

    def _depended_on(self, name: str, scope: str) -> Iterator[Held]:
        """What a framework hands in that is told of a function in the default: `queries=Depends(get_queries)`."""
        function = self._symbols.functions.get(scope)
        for parameter in function.index.parameters if function is not None else ():
            if parameter.name == name and isinstance(parameter.default, Invoke) and len(parameter.default.args) == 1:
                yield Invoke(parameter.default.args[0]), scope

    def _result(self, call: Invoke, scope: str) -> Iterator[Held]:
        for value in self._inference.infer(call.func, scope):
            result = self._returned(value.full) if isinstance(value, FunctionValue) else None
            if isinstance(value, FunctionValue) and result is not None:
                function = self._symbols.functions[value.full]
                bound = value.receiver is not None and function.kind in ("instance", "class")
                names = [one.name for one in function.index.parameters if one.kind in ("pos", "any")]
                given = dict(zip(names[bound:], call.args, strict=False)) | dict(call.kwargs)
                if bound and names and value.receiver is not None:
                    given[names[0]] = value.receiver
                yield substitute(result, given), scope


def _entries(table: Term, key: Term) -> tuple[Term, ...]:
    """What stands under a key in a table that is written out."""
    entries = table.entries if isinstance(table, Mapping) else ()
    return tuple(value for known, value in entries if known == key)[-1:]

"""What nobody hands over in the code: a decorator is given the function below it, a middleware of a framework the view behind it."""

from __future__ import annotations

from collections.abc import Callable

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue, Value
from session_lint.facts.terms import Invoke, Term, dotted

Grow = Callable[[tuple[str, str], tuple[Value, ...]], bool]


class Decorations:
    """The functions of the program that are decorated, each with the decorators that are functions or classes of the project."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._symbols: SymbolTable = inference.symbols
        self._decorated = [
            (function, decorator)
            for _, function in sorted(self._symbols.functions.items())
            for decorator in function.index.decorators
            if self._is_own(decorator)
        ]

        flows = ((full, one.index.flow) for full, one in sorted(self._symbols.functions.items()) if full in inference.facts)
        self._handed = [(taken, full) for full, flow in flows if flow is not None for taken in flow.handed]

    def _is_own(self, decorator: Term) -> bool:
        name = dotted(decorator.func if isinstance(decorator, Invoke) else decorator)
        return name is not None and isinstance(self._symbols.lookup(name), (FunctionSymbol, ClassSymbol))

    def hand_over(self, grow: Grow) -> bool:
        """Notes what each decorator is given; whether that is news."""
        grown = False
        for function, decorator in self._decorated:
            for value in self._inference.infer(decorator, function.module):
                taker = self._taker(value)
                if taker is not None:
                    grown |= grow(taker, (FunctionValue(function.full),))
        return grown

    def hand_in(self, grow: Grow) -> bool:
        """Notes what frameworks hand to middleware; whether that is news."""
        grown = False
        for taken, full in self._handed:
            grown |= grow(taken, (FunctionValue(full),))
        return grown

    def _taker(self, value: Value) -> tuple[str, str] | None:
        """The parameter that takes the decorated function."""
        match value:
            case FunctionValue(full):
                function = self._symbols.functions.get(full)
                skipped = 1 if value.receiver is not None else 0
            case ClassValue(full):
                function = self._symbols.method(full, "__init__")
                skipped = 1
            case InstanceValue(full):  # `@limited(cost=5)`, a class with options
                function = self._symbols.method(full, "__call__")
                skipped = 1
            case _:
                return None
        taken = function.index.parameters[skipped : skipped + 1] if function is not None else ()
        return (function.full, taken[0].name) if function is not None and taken else None

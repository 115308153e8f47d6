"""What the variables around a wrapper are when it calls one decorated function: the arguments that are written at its decorator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from session_lint.analysis.program.resolution import Given, Resolver
from session_lint.analysis.program.substitution import rebuilt
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol
from session_lint.analysis.program.travels import Target
from session_lint.facts.terms import Attr, Const, Invoke, Op, Param, Ref, Term, dotted, strip, walk

_SAME = (Const, Ref, Attr)  # what means the same wherever it is said


def arguments(resolver: Resolver, callee: str, called: Term) -> Mapping[str, Term]:
    """The variables of the functions around a wrapper, where `called` is the one in which it has the decorated function `callee`.

    Of `@metered("search")`, `feature` is `"search"` in the wrapper; of a class with options, `self.feature` is. Nothing is told where a
    function has two such decorators, each with arguments of its own.
    """
    found = list(_written(resolver, callee, called.name)) if isinstance(called, Ref) else []
    return found[0] if len(found) == 1 else {}


def _written(resolver: Resolver, callee: str, variable: str) -> Iterator[dict[str, Term]]:
    symbols = resolver.symbols
    function = symbols.functions.get(callee)
    for decorator in function.index.decorators if function is not None else ():
        symbol = symbols.lookup(dotted(decorator.func) or "") if isinstance(decorator, Invoke) else None
        if isinstance(decorator, Invoke) and isinstance(symbol, (FunctionSymbol, ClassSymbol)) and variable.startswith(f"{symbol.full}."):
            yield _variables(resolver, symbol, decorator, variable)


def _variables(resolver: Resolver, symbol: FunctionSymbol | ClassSymbol, call: Invoke, variable: str) -> dict[str, Term]:
    maker = symbol if isinstance(symbol, FunctionSymbol) else resolver.symbols.method(symbol.full, "__init__")
    if maker is None:
        return {}
    spread = any(isinstance(arg, Op) and arg.kind == "starred" for arg in call.args) or any(not name for name, _ in call.kwargs)
    target = Target(maker.full, None if maker is symbol else Ref(symbol.full))
    bound = resolver.bind(target, Given(call.args, call.kwargs, spread)).values
    anew = {name for name, _ in resolver.facts[maker.full].names} if maker.full in resolver.facts else set(bound)
    known = {name: value for name, value in bound.items() if name not in anew and all(isinstance(part, _SAME) for part in walk(value))}
    if isinstance(symbol, FunctionSymbol):
        return {f"{symbol.full}.{name}": value for name, value in known.items()}
    method = resolver.symbols.functions.get(variable.rpartition(".")[0])  # `__call__`, which takes the function
    itself = f"{method.full}.{method.index.parameters[0].name}" if method is not None and method.index.parameters else ""
    stored = [(name, strip(value)) for name, _, value in symbol.index.instance if itself]
    once = [(name, value) for name, value in stored if sum(name == other for other, _ in stored) == 1]
    return {f"{itself}.{name}": known[value.name] for name, value in once if isinstance(value, Param) and value.name in known}


def with_arguments(term: Term, variables: Mapping[str, Term]) -> Term:
    """A term with the variables written out."""
    name = dotted(term) if isinstance(term, (Ref, Attr)) else None
    if name is not None and name in variables:
        return variables[name]
    return rebuilt(term, lambda part: with_arguments(part, variables))

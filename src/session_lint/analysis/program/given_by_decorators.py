"""What a decorator of the project puts before the arguments of the function below it: a session that it opens for each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from session_lint.analysis.program.substitution import rebuilt
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Const, Invoke, Op, Param, Ref, Term, dotted, strip, walk

Given: TypeAlias = tuple[tuple[Term, ...], tuple[tuple[str, Term], ...]]  # positional arguments, and those by name

_NOTHING: Given = ((), ())
_GLOBAL = (Invoke, Attr, Ref, Const)  # what means the same wherever it is said


class GivenByDecorators:
    """The arguments that the callers of decorated functions do not write, because a wrapper hands them in."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts]) -> None:
        self._symbols = symbols
        self._facts = facts
        self._known: dict[str, Given] = {}
        self._inside: dict[str, Given] = {}

    def to(self, full: str) -> Given:
        """What the decorators of a function hand to it, of several that do so nothing is told."""
        if full not in self._known:
            found = [given for decorator in self._decorators(full) if (given := self._by(decorator)) != _NOTHING]
            self._known[full] = found[0] if len(found) == 1 else _NOTHING
        return self._known[full]

    def _decorators(self, full: str) -> Iterator[str]:
        function = self._symbols.functions.get(full)
        for decorator in function.index.decorators if function is not None else ():
            name = dotted(decorator.func if isinstance(decorator, Invoke) else decorator)
            symbol = self._symbols.lookup(name) if name else None
            if isinstance(symbol, FunctionSymbol):
                yield symbol.full

    def _by(self, decorator: str) -> Given:
        """What the one call of a decorator's function opens for it; with a second call, the caller may decide which is made."""
        if decorator not in self._inside:
            inner = self._nested.get(decorator, ())
            calls = [site for facts in inner for site in facts.calls if self._is_of_the_function(site, decorator)]
            self._inside[decorator] = _opened(calls[0]) if len(calls) == 1 else _NOTHING
        return self._inside[decorator]

    @cached_property
    def _nested(self) -> Mapping[str, Sequence[FunctionFacts]]:
        """The functions inside each function, at any depth."""
        found: dict[str, list[FunctionFacts]] = {}
        for full, facts in self._facts.items():
            outer = full.rpartition(".")[0]
            while outer in self._symbols.functions:
                found.setdefault(outer, []).append(facts)
                outer = outer.rpartition(".")[0]
        return found

    def _is_of_the_function(self, site: CallSite, decorator: str) -> bool:
        outer, _, name = site.func.name.rpartition(".") if isinstance(site.func, Ref) else ("", "", "")
        function = self._symbols.functions.get(outer) if f"{outer}.".startswith(f"{decorator}.") else None
        return function is not None and any(parameter.name == name for parameter in function.index.parameters)


def _opened(site: CallSite) -> Given:
    """`func(session, *args)`, `func(self, session, *args)`, `func(*args, session=session)`: the calls of what the modules say."""
    args = [strip(arg) for arg in site.args]
    if args and isinstance(args[0], Param):
        args = args[1:]
    made = tuple(_anew(arg) for arg in args if isinstance(arg, Invoke) and _is_global(arg))
    rest = args[len(made) :]
    named = tuple(
        (name, _anew(held)) for name, value in site.kwargs if name and isinstance(held := strip(value), Invoke) and _is_global(held)
    )
    if [_anew(arg) for arg in args[: len(made)]] != list(made) or not all(_is_passed_on(arg) for arg in rest):
        return _NOTHING
    return made, named


def _is_passed_on(arg: Term) -> bool:
    return isinstance(arg, Param) or (isinstance(arg, Op) and arg.kind == "starred" and isinstance(strip(arg.operands[0]), Param))


def _is_global(call: Invoke) -> bool:
    return all(isinstance(part, _GLOBAL) for part in walk(call))


def _anew(term: Term) -> Term:
    """A call as it is made for each call of the function, and so those that it is made on: `connect().cursor()`."""
    made = rebuilt(term, _anew)
    return Invoke(made.func, made.args, made.kwargs, -1) if isinstance(made, Invoke) else made

"""Values that are made on the spot, so that no other request has the same: a random name, an identifier, the time to the second."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.above import Handed, handed
from session_lint.analysis.program.keys import anew, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.rounded import is_rounded, unrounded
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import FunctionSymbol, VariableSymbol
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.telling_names import names_made_up
from session_lint.facts.terms import Invoke, Mapping, Param, Ref, Sequence, Term, root, strip, walk

_CALLERS = 3  # calls through which such a value is handed down
_MOST = 40  # functions that are asked what they give


def is_fresh(value: Term, linker: Linker, full: str) -> bool:
    """Whether a value, in terms of function `full`, is made on the spot. A day is not: other requests of that day have it."""
    inner = strip(value)
    return not is_rounded(inner) and (anew(inner) or _Search(linker).has_fresh(inner, full))


def is_made_up(value: Term, linker: Linker, full: str, callers: int = _CALLERS) -> bool:
    """The same, or that it is handed in by callers who each make it up."""
    return is_fresh(value, linker, full) or _is_handed(linker, Handed(full, value), callers)


def _is_handed(linker: Linker, one: Handed, steps: int) -> bool:
    above = list(handed(linker, one)) if steps else []
    return bool(above) and all(is_fresh(caller.value, linker, caller.function) or _is_handed(linker, caller, steps - 1) for caller in above)


class _Search:
    """Goes down from one value to the functions that may make it up; each is asked once."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._told: dict[str, bool] = {}
        self._ran = 0

    def has_fresh(self, value: Term, full: str) -> bool:
        """Whether a part of a value of function `full` is made up."""
        return any(isinstance(part, Invoke) and self._makes(part, full) for part in unrounded(value))

    def _makes(self, call: Invoke, full: str) -> bool:
        """Whether a call makes a value up, or is one of a function of the project that asks no database and does: `new_name()`."""
        if names_made_up(name_of(call.func) or ""):
            return True
        values = self._linker.resolver.inference.infer(call.func, full)
        called = [self._linker.symbols.functions.get(value.full) for value in values if isinstance(value, FunctionValue)]
        return bool(called) and all(one is not None and (self._gives(one) or self._runs(one, call, full)) for one in called)

    def _gives(self, function: FunctionSymbol) -> bool:
        """Whether a function makes up what it returns: by itself, or by another one whose result that is."""
        if function.full not in self._told and len(self._told) < _MOST:
            self._told[function.full] = False  # met again below, it adds nothing
            self._told[function.full] = self._is_giver(function)
        return self._told.get(function.full, False)

    def _is_giver(self, function: FunctionSymbol) -> bool:
        returned = self._returned(function)
        if self._asks(function):
            return False
        if any(is_rounded(part) for term in returned for part in walk(term)):
            return any(self.has_fresh(term, function.full) for term in returned)
        if any(map(names_made_up, function.index.calls)) or any(self.has_fresh(term, function.full) for term in returned):
            return True
        unread = function.full not in self._linker.facts
        return unread and any(meant and all(map(self._gives, meant)) for meant in _said(function, self._linker))

    def _runs(self, function: FunctionSymbol, call: Invoke, full: str) -> bool:
        """Whether a function gives what one makes up that it is handed, or a method of what it is handed: `return make()`."""
        returned = [strip(term) for term in self._returned(function)]
        runs = [term for term in returned if isinstance(term, Invoke) and _is_given(term.func)]
        if not runs or len(runs) < len(returned) or self._ran >= _MOST:
            return False
        self._ran += 1
        entered = self._linker.resolver.enter(full, call)
        told = [substitute(term, entered[1].values) for term in runs] if entered is not None else []
        return bool(told) and all(isinstance(term, Invoke) and not is_rounded(term) and self._is_other(term, call, full) for term in told)

    def _is_other(self, told: Invoke, call: Invoke, full: str) -> bool:
        return told.func != call.func and self._makes(told, full)

    def _asks(self, function: FunctionSymbol) -> bool:
        walked = self._linker.walks.get(function.full)
        return walked is not None and any(event.effect is not None for event in walked.events)

    def _returned(self, function: FunctionSymbol) -> tuple[Term, ...]:
        facts = self._linker.facts.get(function.full)
        return facts.returns if facts is not None else () if function.index.result is None else (function.index.result,)


def _is_given(func: Term) -> bool:
    """Whether what is called was handed in, or is a method of what was."""
    start = root(func)
    return isinstance(start, Param) and start.name not in ("self", "cls")


def _said(function: FunctionSymbol, linker: Linker) -> Iterator[tuple[FunctionSymbol, ...]]:
    """The functions of the project that one calls which was not looked into, by their names: those that each of its calls may mean."""
    for form in function.index.said:
        receiver, _, name = form.removesuffix("(").rpartition(".")
        own = receiver == "self" and function.owner is not None
        found = linker.symbols.method(function.owner or "", name) if own else linker.symbols.lookup(f"{function.module}.{form.strip('(')}")
        if isinstance(found, FunctionSymbol):
            yield (found,) if form.endswith("(") else ()
        elif isinstance(found, VariableSymbol) and isinstance(strip(found.value), (Mapping, Sequence)):  # `TABLE["name"]()`
            refs = [part.name for part in walk(found.value) if isinstance(part, Ref)]
            yield tuple(one for ref in refs if isinstance(one := linker.symbols.lookup(ref), FunctionSymbol))
        elif form.endswith("(") and "." in form:  # a method of what is made or kept in this module
            named = (one for one in linker.symbols.modules[function.module].functions if one.name == name and one.owner)
            fulls = (f"{function.module}.{one.qualname}" for one in named)
            yield tuple(linker.symbols.functions[full] for full in fulls if full in linker.symbols.functions)

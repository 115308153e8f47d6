"""Values that are made on the spot, so that no other request has the same: a random name, an identifier, the time to the second."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.above import Handed, handed
from session_lint.analysis.program.keys import anew, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol, VariableSymbol
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.telling_names import names_made_up
from session_lint.facts.terms import Attr, Invoke, Mapping, Ref, Sequence, Term, strip, walk

_CALLERS = 3  # calls through which such a value is handed down
_DEEP = 6  # functions that each only hand on what the next one makes up


def is_fresh(value: Term, linker: Linker, full: str) -> bool:
    """Whether a value, in terms of function `full`, is made on the spot. A day is not: other requests of that day have it."""
    inner = strip(value)
    return not _is_day(inner) and (anew(inner) or _has_fresh(inner, linker, full, _DEEP))


def is_made_up(value: Term, linker: Linker, full: str, callers: int = _CALLERS) -> bool:
    """The same, or that it is handed in by callers who each make it up."""
    return is_fresh(value, linker, full) or _is_handed(linker, Handed(full, value), callers)


def _is_handed(linker: Linker, one: Handed, steps: int) -> bool:
    above = list(handed(linker, one)) if steps else []
    return bool(above) and all(is_fresh(caller.value, linker, caller.function) or _is_handed(linker, caller, steps - 1) for caller in above)


def _is_day(value: Term) -> bool:
    return isinstance(value, Invoke) and isinstance(value.func, Attr) and value.func.name in ("date", "isocalendar")


def _has_fresh(value: Term, linker: Linker, full: str, depth: int) -> bool:
    return any(isinstance(part, Invoke) and _makes(part, linker, full, depth) for part in walk(value))


def _makes(call: Invoke, linker: Linker, full: str, depth: int) -> bool:
    """Whether a call makes a value up, or is one of a function of the project that asks no database and does: `new_name()`."""
    if names_made_up(name_of(call.func) or ""):
        return True
    if not depth:
        return False
    values = linker.resolver.inference.infer(call.func, full)
    called = [linker.symbols.functions.get(value.full) for value in values if isinstance(value, FunctionValue)]
    return bool(called) and all(one is not None and _gives(one, linker, depth - 1) for one in called)


def _gives(function: FunctionSymbol, linker: Linker, depth: int) -> bool:
    """Whether a function makes up what it returns: by itself, or by another one whose result that is."""
    walked = linker.walks.get(function.full)
    facts = linker.facts.get(function.full)
    returned = facts.returns if facts is not None else () if function.index.result is None else (function.index.result,)
    if (walked is not None and any(event.effect is not None for event in walked.events)) or any(map(_is_day, map(strip, returned))):
        return False
    if any(map(names_made_up, function.index.calls)):
        return True
    if any(_has_fresh(term, linker, function.full, depth) for term in returned):
        return True
    return (
        depth > 0
        and facts is None
        and any(meant and all(_gives(one, linker, depth - 1) for one in meant) for meant in _said(function, linker))
    )


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

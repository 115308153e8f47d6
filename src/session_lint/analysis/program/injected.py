"""What a framework hands to the parameters of what it calls itself, once in a request: the results of dependencies, and by their names
what it takes from the request.

From FastAPI's documentation of dependencies: a dependency has the same sorts of parameters as an endpoint; one that several declare is
called once for a request, and its value is used for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.program.symbols import SymbolTable, VariableSymbol, last_name
from session_lint.facts.module_facts import CallSite
from session_lint.facts.module_index import Parameter
from session_lint.facts.telling_names import DEPENDS
from session_lint.facts.terms import Const, Invoke, Item, Param, Ref, Sequence, Term, Unknown

_DEPENDS = Ref("fastapi.Depends")
_PLACES = frozenset({"Body", "Cookie", "File", "Form", "Header"})  # of a request; a path and a query share their names


def dependency(parameter: Parameter, symbols: SymbolTable) -> Term | None:
    """What a framework is told to call for a parameter, also by the name of an annotation: `Db = Annotated[Session, Depends(get_db)]`."""
    if parameter.injected is not None or not isinstance(parameter.annotation, Ref):
        return parameter.injected
    symbol = symbols.lookup(parameter.annotation.name)
    value = symbol.value if isinstance(symbol, VariableSymbol) else None
    if not isinstance(value, Item) or last_name(value.base) != "Annotated" or not isinstance(value.key, Sequence):
        return None
    calls = (one for one in value.key.items[1:] if isinstance(one, Invoke) and one.args and last_name(one.func) in DEPENDS)
    return next((one.args[0] for one in calls), None)


def left_out(parameter: Parameter, site: object, symbols: SymbolTable) -> Term:
    """What a parameter gets that a call leaves out: its default. That of a dependency gets what the framework has, in terms of the function
    that it is called for."""
    if not isinstance(site, CallSite) or not site.injected:
        return Unknown("missing", -1) if parameter.default is None else parameter.default
    return _taken(parameter, symbols)


def shared(values: Mapping[str, Term], site: CallSite, full: str, symbols: SymbolTable) -> Mapping[str, Term]:
    """The values of a dependency's parameters, where the function that it is called for has the same of the request: as its parameter."""
    function = symbols.functions.get(full)
    if not site.injected or function is None:
        return values
    mine = {_taken(one, symbols): Param(one.name) for one in function.index.parameters}
    return {name: mine.get(value, value) for name, value in values.items()}


def _taken(parameter: Parameter, symbols: SymbolTable) -> Term:
    """What a framework hands to a parameter: the value of a dependency, or what the request has by a name and in one place; parameters
    of one name are one value."""
    called = dependency(parameter, symbols)
    if called is not None:
        return Invoke(_DEPENDS, (called,))
    place = parameter.default
    if isinstance(place, Invoke) and (last_name(place.func) in _PLACES or place.kwarg("alias") is not None):
        return Invoke(place.func, (place.kwarg("alias") or Const(parameter.name),))
    return Param(parameter.name)

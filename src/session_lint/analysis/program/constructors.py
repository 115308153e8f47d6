"""What an object keeps of what its constructor is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, strip


def fields(symbols: SymbolTable, cls: str) -> list[str]:
    """The annotated attributes of a dataclass, pydantic model or named tuple, in order."""
    return list(dict.fromkeys(key for owner in reversed(symbols.mro(cls)) for key, _ in symbols.classes[owner].index.attributes))


def fields_given(symbols: SymbolTable, cls: str, args: Sequence[Term], kwargs: Sequence[tuple[str, Term]]) -> Iterator[tuple[str, Term]]:
    """What such an object is made with, by attribute."""
    yield from zip(fields(symbols, cls), args, strict=False)
    yield from ((name, value) for name, value in kwargs if name)


def argument(symbols: SymbolTable, cls: ClassSymbol, call: Invoke, name: str) -> Term | None:
    """The argument a constructor keeps under the attribute `name`."""
    init = symbols.method(cls.full, "__init__")
    if init is None:  # dataclass, pydantic model, named tuple: the annotated attributes in order
        order = fields(symbols, cls.full)
        value = call.kwarg(name)
        if value is None and name in order and order.index(name) < len(call.args):
            value = call.args[order.index(name)]
        if value is not None or name not in order or any(key == "" for key, _ in call.kwargs):
            return value
        return Const(None)
    for attribute, setter, value in symbols.classes[init.owner or cls.full].index.instance:
        if attribute == name and setter == "__init__":
            values = _bound(init.index.parameters[1:], call)
            return substitute(value, values)
    return None


def _bound(parameters: Sequence[Parameter], call: Invoke) -> Mapping[str, Term]:
    values: dict[str, Term] = {}
    args = list(call.args)
    for parameter in parameters:
        keyword = call.kwarg(parameter.name)
        if keyword is not None:
            values[parameter.name] = keyword
        elif args and parameter.kind in {"pos", "any"}:
            values[parameter.name] = args.pop(0)
        elif parameter.default is not None:
            values[parameter.name] = parameter.default
    return values


def kept_by(symbols: SymbolTable, term: Term) -> Term:
    """A connection, where it is kept by an object that is made here: what the object was given. What it opens by itself stays its own,
    however often that is named."""
    part = strip(term)
    made = strip(part.base) if isinstance(part, Attr) else None
    symbol = symbols.lookup(made.func.name) if isinstance(made, Invoke) and isinstance(made.func, Ref) else None
    if not isinstance(symbol, ClassSymbol) or not isinstance(made, Invoke) or not isinstance(part, Attr):
        return part
    given = argument(symbols, symbol, made, part.name)
    inner = strip(given) if given is not None else None
    return part if inner is None or isinstance(inner, Const) or (isinstance(inner, Invoke) and inner.site < 0) else inner

"""What a constructor keeps of its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence as Seq

from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Const, Invoke, Term


def argument(symbols: SymbolTable, cls: ClassSymbol, call: Invoke, name: str) -> Term | None:
    """The argument a constructor keeps under the attribute `name`."""
    init = symbols.method(cls.full, "__init__")
    if init is None:  # dataclass, pydantic model, named tuple: the annotated attributes in order
        fields = [key for owner in reversed(symbols.mro(cls.full)) for key, _ in symbols.classes[owner].index.attributes]
        order = list(dict.fromkeys(fields))
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


def _bound(parameters: Seq[Parameter], call: Invoke) -> Mapping[str, Term]:
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

"""What a class gives to a class above it: by the constructor that it calls there, or in the place of a type variable.

`class Users(Repository[User])` and `super().__init__(User, session)` say which class `self.model` is in a method of `Repository`.
"""

from __future__ import annotations

from typing import TypeAlias

from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable
from session_lint.facts.module_index import ABOVE
from session_lint.facts.terms import Attr, Invoke, Item, Param, Ref, Sequence, Term, dotted, strip, walk

Given: TypeAlias = tuple[Term, str]  # a term, and the function or module that says it

_INIT = "__init__"
_GENERIC = ("Generic", "Protocol")


def given_to_base(symbols: SymbolTable, cls: str, attribute: str) -> Given | None:
    """What objects of a class have under an attribute that the constructor of a class above keeps of what it is handed."""
    held = symbols.attribute(cls, attribute)
    kept = [(owner, strip(value)) for owner, setter, value in held if setter == _INIT]
    if len(kept) != 1 or not isinstance(kept[0][1], Param) or kept[0][0] == cls:
        return None
    owner, parameter = kept[0][0], kept[0][1].name
    above = symbols.method(owner, _INIT)
    return None if above is None else _handed(symbols, cls, above, parameter) or _typed(symbols, cls, owner, above, parameter)


def _handed(symbols: SymbolTable, cls: str, above: FunctionSymbol, parameter: str) -> Given | None:
    """What the constructor of the class hands to that of the base."""
    init = symbols.method(cls, _INIT)
    if init is None or init.owner is None or init.full == above.full:
        return None
    calls = (value for name, _, value in symbols.classes[init.owner].index.instance if name == ABOVE)
    call = next((one for one in calls if isinstance(one, Invoke)), None)
    found = _argument(call, above, parameter) if call is not None else None
    return (found, init.full) if isinstance(found, (Ref, Attr)) else None


def _argument(call: Invoke, above: FunctionSymbol, parameter: str) -> Term | None:
    names = [one.name for one in above.index.parameters][1:]
    position = names.index(parameter) if parameter in names else len(call.args)
    found = call.kwarg(parameter) or (call.args[position] if position < len(call.args) else None)
    return strip(found) if found is not None else None


def _typed(symbols: SymbolTable, cls: str, owner: str, above: FunctionSymbol, parameter: str) -> Given | None:
    """What stands for the type variable that the parameter is annotated with: `model: type[M]`."""
    note = next((one.annotation for one in above.index.parameters if one.name == parameter), None)
    variables = _variables(symbols, owner)
    wanted = next((part for part in walk(note) if part in variables), None) if note is not None else None
    return _argument_of(symbols, cls, owner, variables.index(wanted)) if wanted is not None else None


def _argument_of(symbols: SymbolTable, cls: str, owner: str, number: int) -> Given | None:
    """What a class says in the place of a type variable of a class above it, itself or by one in between."""
    for base in symbols.classes[cls].index.bases:
        term = strip(base)
        named = symbols.lookup(dotted(term.base if isinstance(term, Item) else term) or "")
        if not isinstance(named, ClassSymbol) or owner not in symbols.mro(named.full):
            continue
        said = _parts(term.key) if isinstance(term, Item) else ()
        if named.full == owner:
            return (said[number], symbols.classes[cls].module) if number < len(said) else None
        inner = _argument_of(symbols, named.full, owner, number)
        variables = _variables(symbols, named.full)
        if inner is not None and inner[0] in variables:
            place = variables.index(inner[0])
            return (said[place], symbols.classes[cls].module) if place < len(said) else None
        return inner
    return None


def _variables(symbols: SymbolTable, cls: str) -> list[Term]:
    """The type variables of a generic class in their order."""
    written = [strip(base) for base in symbols.classes[cls].index.bases]
    generic = [base for base in written if isinstance(base, Item) and (dotted(base.base) or "").rpartition(".")[2] in _GENERIC]
    return list(dict.fromkeys(part for base in generic or written if isinstance(base, Item) for part in _parts(base.key)))


def _parts(key: Term) -> tuple[Term, ...]:
    return key.items if isinstance(key, Sequence) else (key,)

"""The parts of a look-up's key: what they are called, the constants behind states, and whether columns are all that it goes by."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.clients.retirement import is_state
from session_lint.facts.effects import SPREAD
from session_lint.facts.terms import Attr, Const, Invoke, Op, Param, Ref, Sequence, Term, show, strip

_JOINING = {"Q", "or_", "and_", "not_"}
_OWN = (Param("self"), Param("cls"))


def is_composed(value: Term) -> bool:
    """Whether a condition is one of several that are joined, and no column: `Q(name=name) | Q(alias=name)`."""
    inner = strip(value)
    return isinstance(inner, Op) or (isinstance(inner, Invoke) and name_of(inner.func) in _JOINING)


def is_loose(read: Event) -> bool:
    """Whether a look-up has conditions that are no columns with a value: one of two, or what cannot be read. What it goes by is no key."""
    joined = any(name in ("", SPREAD) and is_composed(value) for name, value in read.columns)
    return joined or (read.effect is not None and not read.effect.complete)


def called(name: str, value: Term) -> str:
    """What a part of a key is called in a message: its column, `**kwargs`, or the condition as it is written."""
    if name and name != SPREAD:
        return name
    spread = name == SPREAD and isinstance(strip(value), (Param, Ref))
    return f"**{show(value, 40)}" if spread else show(value, 40)


def stated(symbols: SymbolTable, full: str, name: str, value: Term) -> Term:
    """The value of a column in a function; of a state the constant behind `Status.OPEN`, `Order.OPEN`, `self.OPEN`, `Status.OPEN.value`."""
    inner = strip(value)
    told = strip(inner.base) if isinstance(inner, Attr) and inner.name == "value" else inner
    if not is_state(name) or not isinstance(told, (Attr, Ref)):
        return inner
    owner, member = _member(told, symbols, full)
    held = symbols.attribute(owner, member) if owner in symbols.classes else ()
    found = strip(held[0][2]) if len(held) == 1 and not held[0][1] else None
    if isinstance(found, Sequence) and found.items:  # a choice with its label
        found = strip(found.items[0])
    return found if isinstance(found, Const) else inner


def with_constants(symbols: SymbolTable, full: str, event: Event) -> Event:
    """An event of a function with the constants behind the states in its key."""
    columns = tuple((name, stated(symbols, full, name, value)) for name, value in event.columns)
    return event if columns == event.columns else replace(event, columns=columns)


def _member(term: Attr | Ref, symbols: SymbolTable, full: str) -> tuple[str, str]:
    """The class, and the name in it."""
    if isinstance(term, Ref):
        owner, _, member = term.name.rpartition(".")
    elif (base := strip(term.base)) in _OWN:
        function = symbols.functions.get(full)
        owner, member = (function.owner or "") if function is not None else "", term.name
    else:
        owner, member = base.name if isinstance(base, Ref) else "", term.name
    symbol = symbols.lookup(owner) if owner else None
    return getattr(symbol, "full", owner), member

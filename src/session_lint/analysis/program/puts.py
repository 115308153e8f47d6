"""What is put into tables and lists that outlive the function: where that is, and what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.symbols import VariableSymbol
from session_lint.analysis.program.values import ClassValue, InstanceValue
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Invoke, Item, Ref, Term, strip

# function, table, value, whether all that the value holds is put into it, whether it is put into a list there
Put: TypeAlias = tuple[str, Term, Term, bool, bool]
_ADDING = frozenset({"append", "add", "appendleft", "insert"})
_JOINING = frozenset({"extend", "update"})


def additions(full: str, calls: Iterable[CallSite]) -> Iterator[Put]:
    """The calls that put something into a table or list that others see, or into a list in one."""
    for site in calls:
        func = site.func
        if isinstance(func, Attr) and func.name in _ADDING | _JOINING and site.args and shared(func.base):
            yield full, func.base, site.args[-1], func.name in _JOINING, False
        elif (put := by_key(site)) is not None:
            yield full, put[0], put[2], False, True


def by_key(site: CallSite) -> tuple[Term, Term, Term] | None:
    """What a call puts into a list that is kept under a key of a table: the table, the key, and what is put there."""
    func = site.func
    match strip(func.base) if isinstance(func, Attr) and func.name in _ADDING and site.args else None:
        case Item(table, key) if shared(table):
            return table, key, site.args[-1]
        case Invoke(Attr(table, "setdefault"), (key, *_)) if shared(table):
            return table, key, site.args[-1]
    return None


def table_names(inference: Inference, base: Term, full: str) -> Iterator[str]:
    """The names under which a table is known: a variable, or an attribute of a class."""
    base = strip(base)
    if isinstance(base, Ref):
        symbol = inference.symbols.lookup(base.name)
        yield symbol.full if isinstance(symbol, VariableSymbol) else base.name
    elif isinstance(base, Attr):
        for value in inference.infer(base.base, full):
            if isinstance(value, (InstanceValue, ClassValue)):
                owners = inference.symbols.attribute(value.full, base.name)
                yield from dict.fromkeys(f"{owner}.{base.name}" for owner, _, _ in owners)


def shared(base: Term) -> bool:
    """Whether a table outlives the function: a global or captured name, an attribute."""
    return isinstance(strip(base), (Ref, Attr))

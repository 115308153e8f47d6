"""Managers of a project that give some of the rows of a class only: `get_queryset()` with conditions of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import ClassSymbol
from session_lint.facts.chain import ChainStep
from session_lint.facts.schema import Answer, Covered, UniqueSet
from session_lint.facts.terms import Attr, Invoke, Op, Ref, Term, chain, strip

_ROWS = "get_queryset"
_PICKING = frozenset({"filter", "exclude"})


def among_some(linker: Linker, event: Event, found: Answer, step: ChainStep) -> Answer:
    """The answer for a key, where the manager that the call at a step is made on adds what completes a unique set: whether the new row has
    that too is not known."""
    if found.covered is not Covered.NO or found.table is None:
        return found
    columns = _columns(linker, step)
    by = next(found.table.within([*(name for name, _ in event.columns), *columns]), None) if columns else None
    return found if by is None else replace(found, covered=Covered.UNKNOWN, why=_why(by))


def _why(by: UniqueSet) -> str:
    return f"its manager gives some of the rows, which {by.shown} may keep apart"


def _columns(linker: Linker, step: ChainStep) -> tuple[str, ...]:
    """The columns by which the manager picks rows on which the call at a step is made."""
    site = linker.site_of(step)
    start, links = chain(site.func) if site is not None else (None, ())
    if not isinstance(start, Ref) or not links:
        return ()
    owner = linker.symbols.lookup(start.name)
    values = linker.symbols.attribute(owner.full, links[0].name) if isinstance(owner, ClassSymbol) else ()
    return tuple(name for _, _, value in values for name in _picked(linker, strip(value)))


def _picked(linker: Linker, manager: Term) -> Iterator[str]:
    made = manager.func if isinstance(manager, Invoke) else None
    symbol = linker.symbols.lookup(made.name) if isinstance(made, Ref) else None
    method = linker.symbols.method(symbol.full, _ROWS) if isinstance(symbol, ClassSymbol) else None
    result = method.index.result if method is not None else None
    while isinstance(result, Invoke) and isinstance(result.func, Attr):
        if result.func.name in _PICKING:
            yield from (name for name, _ in result.kwargs)
            yield from (name for one in result.args for name in _joined(one))
        result = strip(result.func.base)


def _joined(condition: Term) -> Iterator[str]:
    """The columns of `Q(...)`."""
    match strip(condition):
        case Op(_, parts):
            for part in parts:
                yield from _joined(part)
        case Invoke(_, _, kwargs):
            yield from (name for name, _ in kwargs)

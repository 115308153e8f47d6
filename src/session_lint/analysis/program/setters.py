"""Setters: functions that write what they are given into a record that is there already. They obtain nothing: to leave out one of two
calls would lose what it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.blocks import with_tests
from session_lint.analysis.program.events import Columns, Event, same_resource
from session_lint.analysis.program.getters import INFRASTRUCTURE_NAMES, base_sites, is_connection
from session_lint.analysis.program.keys import name_of, small
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import TELLING, EffectKind
from session_lint.facts.module_facts import CallSite, Condition, Do, FunctionFacts, Store
from session_lint.facts.terms import (
    Attr,
    Const,
    Given,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Param,
    Ref,
    Template,
    Term,
    chain,
    root,
    strip,
    walk,
)

_CHANGING = {"update_one", "update_many", "find_one_and_update", "replace_one", "update_from_dict", "update_item"}
_UPDATING = {"update", "aupdate"}
_RUNNING = {
    *("execute", "executemany", "execute_many", "exec", "run", "query", "raw"),
    *("fetch", "fetchrow", "fetchval", "fetch_one", "fetch_all"),
}
_UNTOLD = "?"  # in place of a column: the call of which a caller knows what it writes
_OF_HANDED = "?update"  # the same of `update()` on what a caller hands in: a query, or a dict
_MOST = 8  # values that callers are told of
_DEEPEST = 20  # terms inside a value


Spelled = Callable[[Term], Term]  # a term with what is known of its parts written out


@dataclass(frozen=True, slots=True)
class Write:
    """A value written into a row that may be there already. `record` is the row, None where a statement picks it."""

    record: Term | None
    name: str
    value: Term
    conditions: tuple[Condition, ...]


def writes(facts: FunctionFacts, walked: Walk, updated: Mapping[int, Columns], spelled: Spelled) -> Iterator[Write]:
    """What a function writes into rows; `updated` is what the callee of a call site writes by statements of its own."""
    kept: dict[int, list[tuple[Term, Term]]] = {}
    for (target, value), site in zip(walked.kept, walked.kept_by, strict=True):
        kept.setdefault(site, []).append((target, value))
    for step, conditions in with_tests(facts.body, ()):
        match step:
            case Store(Attr(base, name), value):
                yield Write(base, name, spelled(value), conditions)
            case Do(site):
                call = facts.calls[site]
                yield from (Write(record, name, spelled(value), conditions) for record, name, value in _set(call))
                told = (*_stated(call, spelled), *updated.get(site, ()))
                yield from (Write(None, name, value, conditions) for name, value in told if name != _OF_HANDED)
                for target, value in kept.get(site, ()):
                    if isinstance(target, Attr):
                        yield Write(target.base, target.name, value, conditions)


def written(
    getter: Event, walked: Walk, found: Iterable[Write], function: FunctionSymbol, symbols: SymbolTable
) -> tuple[Columns, tuple[tuple[str, Term], ...]]:
    """What a getter writes into a record that it finds: its arguments that are no part of the key, and constants."""
    reads = [e for e in walked.events if e.kind in {EffectKind.READ, EffectKind.OBTAIN} and same_resource(e.resource, getter.resource)]
    sites = {e.site for e in reads}
    key = {part.name for _, value in getter.columns for part in walk(value) if isinstance(part, Param)}
    connections = {root(e.effect.connection) for e in walked.events if e.effect is not None and e.effect.connection is not None}
    aside = key | {p.name for p in function.index.parameters if is_connection(p, connections)} | {"self", "cls"} | INFRASTRUCTURE_NAMES
    arguments: dict[tuple[str, Term], None] = {}
    constants: dict[tuple[str, Term], None] = {}
    for write in found:
        if write.record is not None and not sites & set(base_sites(write.record, symbols, identity=False)):
            continue
        if _only_new(write.conditions, sites, symbols):
            continue
        if isinstance(write.value, Const):
            constants[write.name, write.value] = None
        elif small(write.value) and any(isinstance(part, Param) and part.name not in aside for part in walk(write.value)):
            arguments[write.name, _asked_for(write)] = None
    return tuple(arguments)[:_MOST], tuple(constants)[:_MOST]


def only_sets(walked: Walk, sites: set[int]) -> bool:
    """Whether a function does nothing else to what is stored than to obtain the record and to write into it."""
    return all(e.site in sites or e.resource is None for e in walked.events if e.kind in TELLING)


def stated(
    facts: FunctionFacts,
    updated: Mapping[int, Columns],
    spelled: Spelled,
    is_handed: Callable[[Term], bool],
    is_known: Callable[[CallSite], bool],
) -> Columns:
    """What the statements of a function write into rows, in terms of what it is handed or takes from around it. What a call of a
    function that `is_known` writes, that function says itself."""
    left = ((site, () if is_known(site) else _untold(site, is_handed)) for site in facts.calls)
    own = (pair for site, untold in left for pair in (*_stated(site, spelled), *untold, *updated.get(site.index, ())))
    return tuple(dict.fromkeys(pair for pair in own if small(pair[1]) and any(map(is_handed, walk(pair[1])))))[:_MOST]


def bound(columns: Columns, values: Mapping[str, Term]) -> Columns:
    """The same in terms of a caller, with what a text that it hands in writes."""
    return tuple(pair for name, value in columns if small(term := substitute(value, values)) for pair in _told(name, term))


def _told(name: str, term: Term) -> Iterator[tuple[str, Term]]:
    call = strip(term)
    known = name == _UNTOLD and isinstance(call, Invoke) and _is_text(call.args[0])
    if isinstance(call, Invoke) and (known or (name == _OF_HANDED and not isinstance(_base(call), Param))):
        return _stated(call, strip)
    return iter(((name, term),))


def _is_text(term: Term) -> bool:
    return all(isinstance(part, (Const, Ref, Invoke, Template)) for part in walk(term))


def _untold(call: CallSite, is_handed: Callable[[Term], bool]) -> Iterator[tuple[str, Term]]:
    """A call that may run a text that is handed in, or change the rows of a query that is: whether it writes, and what, a caller knows."""
    if call.args and is_handed(strip(call.args[0])) and name_of(call.func) in _RUNNING:
        yield _UNTOLD, Invoke(call.func, call.args, call.kwargs)
    elif name_of(call.func) in _UPDATING and isinstance(base := _base(call), Param) and is_handed(base):
        yield _OF_HANDED, Invoke(call.func, call.args, call.kwargs)


def _base(call: CallSite | Invoke) -> Term | None:
    """What the method that is called is one of."""
    return strip(call.func.base) if isinstance(call.func, Attr) else None


def remaining(columns: Columns, values: Mapping[str, Term], presence: Presence) -> Columns:
    """What is written for a caller: an argument that it does not give, and that is only written when it is given, is not."""
    told = bound(columns, values)
    return tuple((name, term) for name, term in told if not (isinstance(term, Given) and presence.present(term.base) is False))


def is_open(written: tuple[str, Term]) -> bool:
    """Whether something is only written when it is given, and a caller says whether it is."""
    _, term = written
    return isinstance(term, Given) and any(isinstance(part, Param) and part.name not in ("self", "cls") for part in walk(term.base))


def _asked_for(write: Write) -> Term:
    """The value, marked where it is only written when it was given: `if name: row.name = name`."""
    parts = {part for part in walk(write.value) if isinstance(part, Param)}
    given = isinstance(write.value, Given) or any(c.holds and strip(c.term) in parts for c in write.conditions)
    return Given(strip(write.value)) if given else write.value


def _only_new(conditions: Iterable[Condition], sites: set[int], symbols: SymbolTable) -> bool:
    """Whether it happens only to a record that was not there: `if row is None:`, `if created:`."""
    for condition in conditions:
        term = strip(condition.term)
        flag = isinstance(term, Item) and term.key == Const(1)
        of = term.base if isinstance(term, Item) and flag else term
        if condition.holds is flag and sites & set(base_sites(of, symbols)):
            return True
    return False


def _set(call: CallSite) -> Iterator[tuple[Term, str, Term]]:
    """`setattr(row, name, value)`."""
    if call.func == Ref("builtins.setattr") and len(call.args) == 3:
        name = call.args[1]
        yield call.args[0], name.value if isinstance(name, Const) and isinstance(name.value, str) else "", call.args[2]


def _stated(call: CallSite | Invoke, spelled: Spelled) -> Iterator[tuple[str, Term]]:
    """What a statement that changes rows writes: `UPDATE ...`, `.filter(...).update(...)`, `update(T).values(...)`, `update_one(...)`."""
    if _is_change(call):
        yield from (pair for arg in call.args for pair in _entries(spelled(arg)))
        yield from ((name, spelled(value)) for name, value in call.kwargs)
    elif call.args and any(_is_update(part) for part in _texts(spelled(call.args[0]))):
        yield from (("", spelled(value)) for value in (*call.args[1:], *(value for _, value in call.kwargs)))


def _entries(arg: Term) -> Iterator[tuple[str, Term]]:
    if isinstance(arg, MappingTerm):
        yield from ((key.value if isinstance(key, Const) and isinstance(key.value, str) else "", value) for key, value in arg.entries)
    else:
        yield "", arg


def _is_change(call: CallSite | Invoke) -> bool:
    name = name_of(call.func) or ""
    if name in _CHANGING:
        return True
    if name not in {"update", "values"} or not isinstance(call.func, Attr):
        return False
    origin, links = chain(call.func.base)
    if name == "values":
        return (isinstance(origin, Invoke) and name_of(origin.func) == "update") or any(link.name == "update" for link in links)
    base = strip(call.func.base)
    return any(link.call is not None for link in links) or (isinstance(base, Ref) and (name_of(base) or "")[:1].isupper())


def _texts(arg: Term) -> Iterator[Term]:
    """The text of a statement, also in `text(...)` or put together."""
    for _, part in zip(range(_DEEPEST), walk(arg), strict=False):
        yield part


def _is_update(part: Term) -> bool:
    return isinstance(part, Const) and isinstance(part.value, str) and part.value.lstrip().upper().startswith("UPDATE ")

"""Where it is said what a call does that only sends what another one has made: a statement, a builder, the text of a helper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.simplify import filled, with_items
from session_lint.facts.effects import NEW_ROWS, EffectKind
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, chain, strip, walk

_SENDERS = {"execute", "exec", "scalar", "scalars", "scalar_one", "first", "one"}
_VERBS = {"insert", "upsert", "delete", "update", "replace", "insert_many", "replace_many"}


def stated(known: Knowledge, full: str, site: CallSite) -> CallSite:
    """The call that says what happens: `.insert(row)`, or a function that gives such a statement, where `.execute()` only sends it."""
    if name_of(site.func) not in _SENDERS:
        return site
    sent = [site.func.base] if isinstance(site.func, Attr) else []
    return made_for(known, full, site, (*sent, *site.args[:1]))


def made_for(known: Knowledge, full: str, site: CallSite, sent: Iterable[Term]) -> CallSite:
    """The call before a call of a function that makes the statement which is sent; else that call itself."""
    begun = (_begun(known, full, term, site.index) for term in sent)
    found = next((one for one in begun if one is not None), None)
    return site if found is None else known.facts[full].calls[found]


def _begun(known: Knowledge, full: str, term: Term, before: int) -> int | None:
    """The call site at which a statement is begun: of functions that each go on with what they are handed, the first."""
    origin, links = chain(term)
    for call in (*(link.call for link in links), origin):
        if not isinstance(call, Invoke) or not 0 <= call.site < before:
            continue
        if _is_verb(call):
            return call.site
        if _gives_statement(known, full, call):
            inner = (_begun(known, full, arg, call.site) for arg in call.args)
            return next((one for one in inner if one is not None), call.site)
    return None


def is_told(found: Event, bound: Event) -> bool:
    """Whether a caller says what an event of its callee does: which statement, or which row goes in by a method of the row itself."""
    if found.kind is EffectKind.OPEN:
        return bound.kind is not EffectKind.OPEN
    if found.kind not in NEW_ROWS or found.effect is None or bound.resource in (None, found.resource) or _is_own(bound.resource):
        return False
    return found.resource is None or _is_own(found.effect.resource)


def _is_own(table: Term | None) -> bool:
    """A row, or its class, that only the caller of a method knows."""
    inner = strip(table) if table is not None else None
    made = inner.func if isinstance(inner, Invoke) else inner
    return isinstance(made, Param) and made.name in ("self", "cls")


def parts(call: Invoke | None, values: Mapping[str, Term]) -> Iterator[Term]:
    """What a caller hands to a call of a callee, or what that takes from around it."""
    for part in walk(call) if call is not None else ():
        if isinstance(part, (Param, Ref)) and part.name in values:
            yield values[part.name]


def _gives_statement(known: Knowledge, full: str, call: Invoke) -> bool:
    given = known.spelled(full, call)
    return given != call and is_statement(given)


def is_statement(term: Term) -> bool:
    """Whether a term is made by a call that begins to write: `table.insert(row)`."""
    origin, links = chain(term)
    return any(isinstance(one, Invoke) and _is_verb(one) for one in (*(link.call for link in links), origin))


def _is_verb(call: Invoke) -> bool:
    name = name_of(call.func) or ""
    return name in _VERBS or name.endswith("_insert")


def filled_in(values: Mapping[str, Term], presence: Presence) -> dict[str, Term]:
    """What is handed to a callee, with what was put into it, or into the rows of a statement that it is: other calls are made already."""
    found: dict[str, Term] = {}
    for name, value in values.items():
        whole = with_items(value, presence)
        inner = strip(value)
        is_made = whole is value and isinstance(inner, Invoke) and is_statement(inner)
        found[name] = filled(inner, presence) if is_made and isinstance(inner, Invoke) else whole
    return found

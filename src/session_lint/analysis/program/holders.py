"""How a caller has a record at hand that its callee obtains for want of an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.getters import base_sites
from session_lint.analysis.program.keys import IDENTITY, unconverted
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.lifted import inner_of
from session_lint.analysis.program.places import is_record
from session_lint.analysis.program.substitution import HANDED
from session_lint.analysis.program.values import InstanceValue
from session_lint.facts.module_facts import FunctionFacts, Store
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Phi, Ref, Sequence, Term, children, strip, walk

_HANDED_DOWN = 6  # calls
# Names that every kind of record may have: alone they do not say which one is meant.
_OF_ANY_KIND = IDENTITY | {
    *("name", "key", "slug", "code", "title", "number", "ident", "identifier", "guid", "ref"),
    *("obj", "object", "record", "row", "item", "instance", "model", "entity", "data", "value", "result"),
}


def wanted_of(known: Knowledge, callee: str, found: Event, *, inside: bool, omitted: str) -> str:
    """The argument that a callee leaves out for want of a parameter of its own; of a lambda it is the one around it that leaves it out."""
    if omitted or inside:
        return "" if omitted else found.wanted
    name = found.omitted
    has = any(one.name == name or one.kind in ("args", "kwargs") for one in known.symbols.functions[callee].index.parameters)
    return "" if has or name in _OF_ANY_KIND else name


def leaving_out(known: Knowledge, event: Event) -> tuple[int, Event]:
    """How many functions are in between that have no parameter for what is wanted, and the event of the last of them that leaves it out."""
    between = 0
    while not event.omitted and (inner := inner_of(known.walks, event)) is not None:
        event, between = inner, between + 1
    return between, event


def in_hand(known: Knowledge, full: str, event: Event, walker: Walking) -> str:
    """The parameter of that name, or a field of a parameter (`ctx.session_id`), by which function `full` has what a callee obtains for
    want of an argument. "" when it has it nowhere."""
    function, name = known.symbols.functions.get(full), event.omitted or event.wanted
    _, there = leaving_out(known, event)
    if function is None or not _takes(known, there.callee, Param(name), there.source):
        return ""
    absent = {strip(c.term) for c in walker.conditions if not c.holds}
    kind = event.resource.name if isinstance(event.resource, Ref) else ""
    return next(_holders(known, full, function.index.parameters, name, absent, kind), "")


def _holders(known: Knowledge, full: str, parameters: Iterable[Parameter], name: str, absent: set[Term], kind: str) -> Iterator[str]:
    for candidate in parameters:
        types = {v.full for v in known.resolver.inference.infer(Param(candidate.name), full) if isinstance(v, InstanceValue)}
        if candidate.name == name:
            if name not in _OF_ANY_KIND or kind in types:
                yield "" if Param(name) in absent else name
            continue
        if Attr(Param(candidate.name), name) in absent:
            continue
        if (kind in types and name in IDENTITY) or (name not in _OF_ANY_KIND and any(known.symbols.attribute(one, name) for one in types)):
            yield f"{candidate.name}.{name}"


def _takes(known: Knowledge, full: str, held: Term, number: int, depth: int = _HANDED_DOWN) -> bool:
    """Whether a parameter may stand for the record of an event of a function, or its id: not where another part of the record takes its
    place, there or in a helper that it is handed to, or that takes it from around it."""
    facts, walked = known.facts.get(full), known.walks.get(full)
    if facts is None or walked is None or not walked.events:
        return True
    if not 0 <= number < len(walked.events):  # of a getter as a whole: what it gives is the record
        sites = {event.site for event in walked.events if event.callee}
        return any(_gives(one, held, sites) for one in facts.returns) or (
            depth > 0 and any(_takes(known, full, held, one, depth - 1) for one in range(len(walked.events)))
        )
    event = walked.events[number]
    beside = [option for term in _terms(facts) for option in _beside(term, held)]
    of_record = [option for option in beside if event.site in set(base_sites(_whole(option), known.symbols))]
    if of_record:
        return any(event.site in set(base_sites(one, known.symbols)) and not _is_part(known, full, one) for one in of_record)
    below = list(_handed_down(known, full, facts, held, event)) if depth else []
    return any(_takes(known, event.callee, one, event.source, depth - 1) for one in below)


def _gives(term: Term, held: Term, sites: set[int]) -> bool:
    """Whether a value is made of another one, and not only by calls at some sites: of what these do with it, they tell themselves."""
    inner = strip(term)
    return inner == held or (
        not (isinstance(inner, Invoke) and inner.site in sites) and any(_gives(p, held, sites) for p in children(inner))
    )


def _handed_down(known: Knowledge, full: str, facts: FunctionFacts, held: Term, event: Event) -> Iterator[Term]:
    """What a parameter is in the callee of an event."""
    site = facts.calls[event.site] if event.callee and event.site >= 0 else None
    presence = known.presence(full, known.walks[full], known.walks[full].kept)
    for target in known.resolver.resolve(full, site).targets if site is not None else ():
        if target.full == event.callee and site is not None:
            for name, value in known.resolver.bind(target, site).values.items():
                yield from _as_handed(name, strip(known.simplified(full, value, presence)), held)
            if target.full.startswith(f"{full}."):  # it may take it from here
                yield Ref(f"{full}.{held.name}") if isinstance(held, Param) else held


def _as_handed(name: str, value: Term, held: Term) -> Iterator[Term]:
    """What a value is in a callee whose parameter is given another one: that, a part of its `*args` or `**kwargs`, or one of those of the
    caller."""
    match value:
        case Sequence(_, items):
            yield from (Item(Param(name), Const(number)) for number, item in enumerate(items) if strip(item) == held)
        case Mapping(entries):
            yield from (Item(Param(name), key) for key, item in entries if key is not None and strip(item) == held)
        case Op(kind, parts) if kind == HANDED:
            key = Const(held.name) if isinstance(held, Param) else None
            if any(part == held or (isinstance(part, Item) and part.key == key) for part in parts):
                yield Param(name)
        case _ if value == held:
            yield Param(name)


def _is_part(known: Knowledge, full: str, value: Term) -> bool:
    """Whether a helper gives another part of a record than its id: `size_of(name)` that returns `row.size`."""
    given = unconverted(known.spelled(full, value))
    return given != unconverted(value) and isinstance(given, (Attr, Item)) and not is_record(given)


def _terms(facts: FunctionFacts) -> Iterator[Term]:
    yield from facts.returns
    for call in facts.calls:
        yield from (call.func, *call.args, *(value for _, value in call.kwargs))
    yield from (step.value for step in facts.body if isinstance(step, Store))


def _beside(term: Term, held: Term) -> Iterator[Term]:
    """What a name holds that else is the parameter."""
    for part in walk(term):
        if isinstance(part, Phi) and any(strip(option) == held for option in part.options):
            yield from part.options


def _whole(term: Term) -> Term:
    """What a part is of: `row` of `row.limit`."""
    term = strip(term)
    return strip(term.base) if isinstance(term, Attr) else term

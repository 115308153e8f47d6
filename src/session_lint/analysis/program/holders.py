"""How a caller has a record at hand that its callee obtains for want of an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.getters import base_sites
from session_lint.analysis.program.keys import IDENTITY, unconverted
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.places import is_record
from session_lint.analysis.program.values import InstanceValue
from session_lint.facts.module_facts import FunctionFacts, Store
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Item, Param, Phi, Ref, Term, strip, walk

_HANDED_DOWN = 6  # calls
# Names that every kind of record may have: alone they do not say which one is meant.
_OF_ANY_KIND = IDENTITY | {
    *("name", "key", "slug", "code", "title", "number", "ident", "identifier", "guid", "ref"),
    *("obj", "object", "record", "row", "item", "instance", "model", "entity", "data", "value", "result"),
}


def in_hand(known: Knowledge, full: str, event: Event, walker: Walking) -> str:
    """The parameter of that name, or a field of a parameter (`ctx.session_id`), by which function `full` has what a callee obtains for
    want of an argument. "" when it has it nowhere."""
    function, name = known.symbols.functions.get(full), event.omitted
    if function is None or not _takes(known, event.callee, name, event.source):
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


def _takes(known: Knowledge, full: str, parameter: str, number: int, depth: int = _HANDED_DOWN) -> bool:
    """Whether a parameter may stand for the record of an event of a function, or its id: not where another part of the record takes its
    place, there or in a helper that it is handed to."""
    facts, walked = known.facts.get(full), known.walks.get(full)
    if facts is None or walked is None or not 0 <= number < len(walked.events):
        return True
    event = walked.events[number]
    beside = [option for term in _terms(facts) for option in _beside(term, parameter)]
    of_record = [option for option in beside if event.site in set(base_sites(_whole(option), known.symbols))]
    if of_record:
        return any(event.site in set(base_sites(one, known.symbols)) and not _is_part(known, full, one) for one in of_record)
    below = list(_handed_down(known, full, facts, parameter, event)) if depth else []
    return not below or any(_takes(known, event.callee, one, event.source, depth - 1) for one in below)


def _handed_down(known: Knowledge, full: str, facts: FunctionFacts, parameter: str, event: Event) -> Iterator[str]:
    """The parameters under which the callee of an event has a parameter."""
    site = facts.calls[event.site] if event.callee and event.site >= 0 else None
    for target in known.resolver.resolve(full, site).targets if site is not None else ():
        if target.full == event.callee and site is not None:
            yield from (name for name, value in known.resolver.bind(target, site).values.items() if strip(value) == Param(parameter))


def _is_part(known: Knowledge, full: str, value: Term) -> bool:
    """Whether a helper gives another part of a record than its id: `size_of(name)` that returns `row.size`."""
    given = unconverted(known.spelled(full, value))
    return given != unconverted(value) and isinstance(given, (Attr, Item)) and not is_record(given)


def _terms(facts: FunctionFacts) -> Iterator[Term]:
    yield from facts.returns
    for call in facts.calls:
        yield from (call.func, *call.args, *(value for _, value in call.kwargs))
    yield from (step.value for step in facts.body if isinstance(step, Store))


def _beside(term: Term, parameter: str) -> Iterator[Term]:
    """What a name holds that else is the parameter."""
    for part in walk(term):
        if isinstance(part, Phi) and any(strip(option) == Param(parameter) for option in part.options):
            yield from part.options


def _whole(term: Term) -> Term:
    """What a part is of: `row` of `row.limit`."""
    term = strip(term)
    return strip(term.base) if isinstance(term, Attr) else term

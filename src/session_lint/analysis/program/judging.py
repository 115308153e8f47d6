"""What becomes of a callee's events for one caller: which of them happen, and under which conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from session_lint.analysis.program.events import Event, Summary, same_resource
from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.getters import INFRASTRUCTURE_NAMES
from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.keys import name_of, small, unknown
from session_lint.analysis.program.mutexes import is_kept
from session_lint.analysis.program.setters import is_open, remaining
from session_lint.analysis.program.substitution import HANDED, substitute
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable, VariableSymbol
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.values import QUEUING, FunctionValue
from session_lint.facts.effects import EffectKind
from session_lint.facts.flow import is_flow, written
from session_lint.facts.module_facts import CallSite, Condition, FunctionFacts
from session_lint.facts.property_reads import place_read
from session_lint.facts.terms import Attr, Const, Element, Item, Op, Param, Ref, Term, root, strip, walk

# of a condition of a callee: whether it holds for the caller; what remains of it to be tested; the parameter, not given, that it tests
Judged: TypeAlias = tuple[bool | None, Condition | None, str | None]
Happening: TypeAlias = tuple[Event, int, bool, tuple[Condition, ...], str]  # of a callee: what `alive` says of each event


def judge(event: Event, values: Mapping[str, Term], walker: Walking, known: dict[int, Judged]) -> tuple[bool, tuple[Condition, ...], str]:
    """Whether the event still happens for this caller, under which conditions, and which parameter would prevent it.

    `known` keeps what was found of conditions, by identity: as long as the walk does not go on, it stays true.
    """
    if any(walker.presence.present(substitute(one, values)) is False for one in event.over):
        return False, (), ""
    remaining: list[Condition] = []
    omitted = ""
    for condition in event.conditions:
        found = known.get(id(condition))
        if found is None:
            found = known[id(condition)] = judged(condition, values, walker)
        holds, mine, prevents = found
        if holds is False or (holds is None and not condition.holds and _is_given(event, mine)):
            return False, (), ""
        if prevents is not None:
            omitted = prevents
        if mine is not None:
            remaining.append(mine)
    if contradicts(walker.conditions, remaining):
        return False, (), ""
    return True, tuple(remaining), omitted


def _is_given(event: Event, left: Condition | None) -> bool:
    """Whether a framework makes a record only where it was not given one, and was given something: whatever that is, it is there."""
    if not is_flow(event.path[-1].function):
        return False
    return left is None or not isinstance(root(left.term), Param)


def judged(condition: Condition, values: Mapping[str, Term], walker: Walking) -> Judged:
    """What becomes of a condition of a callee for one caller."""
    mine = Condition(substitute(condition.term, values), condition.holds)
    holds = walker.presence.holds(mine)
    prevents = None
    name = _argument(strip(condition.term))
    if not condition.holds and name and mine.term == Const(None):
        prevents = "" if name in INFRASTRUCTURE_NAMES else name
    return holds, mine if holds is None and small(mine.term) and not unknown(mine.term) else None, prevents


def _argument(subject: Term) -> str:
    """The argument that a test looks at: a parameter, or what a function would hand on of its `**kwargs`; "" for anything else."""
    if isinstance(subject, Param):
        return subject.name
    handed = subject.operands if isinstance(subject, Op) and subject.kind == HANDED else ()
    keys = [part.key.value for part in handed if isinstance(part, Item) and isinstance(part.key, Const) and isinstance(part.key.value, str)]
    return keys[0] if len(keys) == 1 else ""


def is_other_function(conditions: tuple[Condition, ...], full: str, inference: Inference, told: Callable[[Term], Term]) -> bool:
    """Whether an event happens only where a function was handed in of which every known caller hands in another one; `told` is what is
    known of a term here, such as the field of an object that was made here."""
    for condition in conditions:
        match condition:
            case Condition(Op("==", (Param() | Attr() as handed, Ref(wanted))), True):
                values = inference.infer(told(handed) if isinstance(handed, Attr) else handed, full)
                if values and all(isinstance(value, FunctionValue) and value.full != wanted for value in values):
                    return True
    return False


def which(called: Term, target: Target, facts: Mapping[str, FunctionFacts]) -> tuple[Condition, ...]:
    """The test by which a caller tells which function is entered, where that is one that was handed in, also in a field of an object, or
    that a nested function takes from the function or the loop around it."""
    outer, _, name = called.name.rpartition(".") if isinstance(called, Ref) else ("", "", "")
    moments = facts[outer].moments if outer in facts else ()
    taken = any(key == name and isinstance(value, (Element, Item, Param)) for _, moment in moments for key, value in moment)
    return (Condition(Op("==", (called, Ref(target.full))), holds=True),) if taken or _is_handed_in(called, target) else ()


def _is_handed_in(called: Term, target: Target) -> bool:
    if isinstance(called, Param):
        return True
    held = isinstance(called, Attr) and isinstance(base := strip(called.base), Param) and base.name not in ("self", "cls")
    return held and target.receiver is None  # what has a receiver is a method of the object


def of_this(found: Iterable[Happening], meant: str) -> Iterator[Happening]:
    """The events of a callee that is handed one function of a list: those of that function, without the test that tells it."""
    for event, number, hidden, conditions, omitted in found:
        telling = [c.term for c in conditions if c.holds and isinstance(c.term, Op) and c.term.kind == "==" and _is_element(c.term)]
        if all(term.operands[1] == Ref(meant) for term in telling):
            yield event, number, hidden, tuple(c for c in conditions if c.term not in telling), omitted


def _is_element(test: Op) -> bool:
    return isinstance(test.operands[1], Ref) and any(isinstance(part, Element) for part in walk(test.operands[0]))


def hides(getter: Event | None, event: Event) -> bool:
    """Whether what is obtained is the business of a getter: not where another function was handed in than that getter."""
    if getter is None or not same_resource(event.resource, getter.resource):
        return False
    mine, others = _chosen(getter), _chosen(event)
    return all(others.get(handed, function) == function for handed, function in mine.items())


def _chosen(event: Event) -> dict[Term, Term]:
    """The functions that were handed in, where an event happens."""
    tests = (condition.term for condition in event.conditions if condition.holds and isinstance(condition.term, Op))
    return {test.operands[0]: test.operands[1] for test in tests if test.kind == "==" and isinstance(test.operands[1], Ref)}


def is_queued(site: CallSite, target: Target) -> bool:
    """`task.delay(x)` of a task that was handed in."""
    return isinstance(site.func, Attr) and site.func.name in QUEUING and written(target.full).rpartition(".")[2] != site.func.name


def is_handed(site: CallSite, target: Target) -> bool:
    """Whether the call does not name the function that it enters: one of a list, one that a decorator was given."""
    name = written(target.full).rpartition(".")[2]
    said = place_read(site.func) or site.func
    return target.constructs is None and name != "__call__" and name_of(said) != name


def leaves_open(site: CallSite, target: Target, symbols: SymbolTable) -> bool:
    """The same, unless what it names is another name of that function: `from .members import member_doc as entity_of`."""
    func = strip(site.func)
    found = symbols.lookup(func.name) if isinstance(func, Ref) else None
    if isinstance(found, VariableSymbol) and isinstance(found.value, Ref):
        found = symbols.lookup(found.value.name)
    return is_handed(site, target) and not (isinstance(found, FunctionSymbol) and found.full == target.full)


def is_named(site: CallSite, targets: Sequence[Target]) -> bool:
    """Whether the call says which function it enters by a constant key of a table: `HANDLERS["start"](user)`."""
    table = strip(site.func)
    return len(targets) == 1 and isinstance(table, Item) and isinstance(table.key, Const) and isinstance(root(table), Ref)


def alive(summary: Summary, values: Mapping[str, Term], walker: Walking) -> Iterator[Happening]:
    """The events of a callee that happen for this caller: the number of each, whether it is hidden in a getter, its conditions, and
    what was omitted."""
    known: dict[int, Judged] = {}  # events of one callee share their conditions
    for event, number in zip(summary.events, summary.numbers, strict=True):
        hidden = event.kind is EffectKind.OBTAIN and hides(summary.getter, event)
        if (hidden and event is not summary.getter) or internal(event, summary):
            continue
        sets = remaining(event.sets, values, walker.presence) if event.sets else ()
        open_ = hidden and all(map(is_open, sets))
        if sets and hidden and not (summary.wraps or open_):
            continue  # a setter obtains nothing
        happens, conditions, omitted = judge(event, values, walker, known)
        if happens:
            event = replace(event, fallback=False) if event.fallback and _lacks(event, known) else event
            yield event if sets == event.sets else replace(event, sets=sets), number, hidden and (open_ or not sets), conditions, omitted


def _lacks(event: Event, known: dict[int, Judged]) -> bool:
    """Whether an object that is handed in is known to lack what the event fills: `Turn(learner_id, text)` without its `session_id`."""
    missing = (c for c in event.conditions if not c.holds and known[id(c)][0])
    return any(isinstance(one := strip(c.term), Attr) and isinstance(one.base, Param) and one.base.name != "self" for c in missing)


def internal(event: Event, summary: Summary) -> bool:
    """A getter is atomic: its look-up, and the insert when nothing was found, are not effects of their own."""
    if summary.getter is None or event.kind not in {EffectKind.READ, EffectKind.INSERT, EffectKind.UPSERT}:
        return False
    if is_kept(event):  # what it has locked stays locked for the caller
        return False
    return event.kind is EffectKind.READ or bool(event.conditions) or same_resource(event.resource, summary.getter.resource)

"""Records that are made in the same run: nothing hangs on them yet, so what clears the rows of one clears nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from session_lint.analysis.program.blocks import with_tests
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.given import is_given
from session_lint.analysis.program.keys import ANEW, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.substitution import HANDED, exchanged, substitute
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.walked import Walk
from session_lint.clients.call_shapes import is_record_class
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import CallSite, Condition, Do
from session_lint.facts.terms import Attr, Invoke, Item, Op, Param, Ref, Term, root, strip

_IDENTITY = {"id", "pk", "_id", "uuid"}
_CREATING = {"create", "acreate"}
_OF_SAVING = frozenset({"sender", "instance", "created"})
_HELPERS = 2  # calls from such a handler down to what it does
_CALLERS = 6  # calls through which a record may be handed down


def of_new_record(linker: Linker, full: str, clear: Event, callers: int = _CALLERS) -> bool:
    """Whether a clear is for the rows of a record that was made before it in the same run, by the function or whoever calls it, up to so
    many calls above."""
    if any(_saved_first(linker, full, value, clear.conditions, _HELPERS) for _, value in clear.columns):
        return True
    return any(_is_new(linker, full, value, callers) for _, value in clear.columns)


def _saved_first(linker: Linker, full: str, value: Term, tests: Sequence[Condition], steps: int) -> bool:
    """Whether a value is the record of which Django says to a function that it was saved for the first time, or its id: it calls the
    handlers of `post_save` with `sender`, `instance` and `created`. `steps`: calls below a handler."""
    record, function = _record(value), linker.symbols.functions.get(full)
    given = {parameter.name for parameter in function.index.parameters} if function is not None else set()
    if given.issuperset(_OF_SAVING):
        return record == Param("instance") and any(one.holds and strip(one.term) == Param("created") for one in tests)
    if not steps or not isinstance(record, Param):
        return False
    calls = [call for caller in sorted(linker.known_callers(full)) for call in _calls(linker, caller, full)]
    return bool(calls) and all(
        _saved_first(linker, caller, substitute(record, linker.values(caller, site, target)), around, steps - 1)
        for caller, site, target, around in calls
    )


def _calls(linker: Linker, caller: str, full: str) -> Iterator[tuple[str, CallSite, Target, tuple[Condition, ...]]]:
    """The calls of a function in another one, each with the tests that lead to it."""
    facts = linker.facts[caller]
    for step, tests in with_tests(facts.body, ()):
        for target in linker.resolver.resolve(caller, facts.calls[step.site]).targets if isinstance(step, Do) else ():
            if isinstance(step, Do) and target.full == full:
                yield caller, facts.calls[step.site], target, tests


def _is_new(linker: Linker, full: str, value: Term, steps: int) -> bool:
    if is_given(linker, full, value):
        return True
    walked = linker.walks[full]
    record = _record(linker.simplified(full, value, linker.presence(full, walked, walked.kept)))
    if isinstance(_start(record), Ref):
        return _is_new_around(linker, record, steps)
    if isinstance(record, Invoke) and record.site >= 0 and _is_inserted(walked, record):
        return True
    told = linker.spelled(full, record) if isinstance(record, Invoke) and record.site >= 0 else record  # what a function gives
    if isinstance(told, Invoke) and (_is_built(linker, told) or (told.site < 0 and _creates(told))):
        return True
    return _is_handed(record) and _always_new(linker, full, record, steps)


def _is_handed(record: Term) -> bool:
    """Whether a record is what a function was handed, or a part of it."""
    start = root(record)
    return (isinstance(start, Param) and start.name not in ("self", "cls")) or (isinstance(start, Op) and start.kind == HANDED)


def _start(record: Term) -> Term:
    """What a record is a part of."""
    inner = strip(record)
    while isinstance(inner, Attr):
        inner = strip(inner.base)
    return inner


def _is_new_around(linker: Linker, record: Term, steps: int) -> bool:
    """The same of a variable that a nested function takes from the function around it, or a part of one."""
    variable = _start(record)
    outer, _, name = variable.name.rpartition(".") if isinstance(variable, Ref) else ("", "", "")
    parts: list[str] = []
    while outer and outer not in linker.facts:  # a part that is spelled with the name: `work.crate`
        parts.append(name)
        outer, _, name = outer.rpartition(".")
    held = dict(linker.facts[outer].names).get(name) if outer else None
    for part in reversed(parts if held is not None else []):
        held = Attr(held, part)  # type: ignore[arg-type]
    return held is not None and held != variable and steps > 0 and _is_new(linker, outer, exchanged(record, variable, held), steps - 1)


def _creates(call: Invoke) -> bool:
    return name_of(call.func) in _CREATING and isinstance(root(call.func), Ref)


def _record(value: Term) -> Term:
    """The record of which a value is the id."""
    inner = strip(value)
    if isinstance(inner, Attr) and inner.name in _IDENTITY:
        inner = strip(inner.base)
    return strip(inner.operands[0]) if isinstance(inner, Op) and inner.kind == ANEW else inner


def _is_inserted(walked: Walk, call: Invoke) -> bool:
    """Whether a call gives the row that it inserts: `Page.objects.create(...)`, or a function that makes one and returns it."""
    made = (event for event in walked.events if event.site == call.site and event.kind is EffectKind.INSERT)
    return any(len(event.path) == 1 or event.returned for event in made)


def _is_built(linker: Linker, call: Invoke) -> bool:
    """Whether a call builds a record of its own: one of a class, without an id that may be that of another."""
    named = any(name in _IDENTITY or not name for name, _ in call.kwargs)
    built = is_record_class(call.func) and linker.symbols.outside_base(_name(call.func)) != ""
    return built and not named and not call.args


def _name(func: Term) -> str:
    inner = strip(func)
    return getattr(inner, "name", "") if not isinstance(inner, (Attr, Item)) else ""


def _always_new(linker: Linker, full: str, record: Term, steps: int) -> bool:
    """Whether what a function was handed, or a part of it, is such a record in every known call."""
    found = False
    for caller in sorted(linker.known_callers(full)) if steps > 0 else ():
        for site in linker.facts[caller].calls if caller in linker.facts else ():
            for target in linker.resolver.resolve(caller, site).targets:
                if target.full != full:
                    continue
                value = substitute(record, linker.values(caller, site, target))
                if caller == full or not _is_new(linker, caller, value, steps - 1):
                    return False
                found = True
    return found

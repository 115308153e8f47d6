"""Records that are made in the same run: nothing hangs on them yet, so what clears the rows of one clears nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.above import Handed, handed, start_of
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.given import is_given, is_repeated, joined
from session_lint.analysis.program.just_inserted import is_just_inserted
from session_lint.analysis.program.keys import ANEW, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.substitution import exchanged
from session_lint.analysis.program.walked import Walk
from session_lint.clients.call_shapes import is_record_class
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Term, root, strip

_IDENTITY = {"id", "pk", "_id", "uuid"}
_NUMBERED = ("pk", "id")
_CREATING = {"create", "acreate"}
_OF_SAVING = frozenset({"sender", "instance", "created"})
_HELPERS = 6  # calls from such a handler down to what it does
_GIVING = 3  # functions that each give what the next one makes
_CALLERS = 6  # calls through which a record may be handed down


def of_new_record(linker: Linker, full: str, clear: Event, callers: int = _CALLERS) -> bool:
    """Whether a clear is for the rows of a record that was made before it in the same run, by the function or whoever calls it, up to so
    many calls above."""
    if any(_saved_first(linker, Handed(full, value, clear.conditions), _HELPERS) for _, value in clear.columns):
        return True
    if any(_is_new(linker, Handed(full, value, clear.conditions), callers) for _, value in clear.columns):
        return True
    return callers > 0 and _is_of_object(clear) and _is_new_above(linker, full, clear, callers)


def _is_of_object(event: Event) -> bool:
    """Whether a part of the object whose method it is says which rows it is about."""
    return any(isinstance(strip(value), Attr) and root(value) == Param("self") for _, value in event.columns)


def _is_new_above(linker: Linker, full: str, event: Event, callers: int) -> bool:
    """Whether each known caller of a method makes the record itself that the object has: with the object."""
    above = [(caller, _as_called(linker, caller, full, event)) for caller in linker.known_callers(full)]
    return bool(above) and all(
        found and all(of_new_record(linker, caller, one, callers - 1) for one in found) for caller, found in above if caller != full
    )


def _as_called(linker: Linker, caller: str, full: str, event: Event) -> list[Event]:
    """What an event is for a caller of its function."""
    return [one for one in linker.walks[caller].events if one.callee == full and one.place == event.place and one.kind is event.kind]


def _had_no_id(test: Condition, record: Term) -> bool:
    """Whether a test holds only where a record had no id, and was saved for the first time since: `is_new = not self.pk`."""
    inner = strip(test.term)
    if not isinstance(inner, Attr) or not isinstance(record, Param):
        return False
    if test.holds:
        return inner == Attr(Attr(record, "_state"), "adding")
    return inner.name in _IDENTITY and strip(inner.base) == record


def _saved_first(linker: Linker, one: Handed, steps: int) -> bool:
    """Whether a value is a record that was saved for the first time, or its id: since it had none before, or since Django says so, which
    calls the handlers of `post_save` with `sender`, `instance` and `created`. `steps`: calls below such a function."""
    record, function = _known(linker, one), linker.symbols.functions.get(one.function)
    if any(_had_no_id(test, record) for test in one.tests):
        return True
    given = {parameter.name for parameter in function.index.parameters} if function is not None else set()
    if given.issuperset(_OF_SAVING):
        tests = (_written(linker, one.function, test.term) for test in one.tests if test.holds)
        return record == Param("instance") and any(strip(test) == Param("created") for test in tests)
    above = list(handed(linker, replace(one, value=record))) if steps else []
    return bool(above) and all(_saved_first(linker, caller, steps - 1) for caller in above)


def _is_new(linker: Linker, one: Handed, steps: int) -> bool:
    """Whether a record is made where it is handed on from, in every known call."""
    if is_given(linker, one.function, one.value) or is_just_inserted(linker, one) or is_just_inserted(linker, _plainly(linker, one)):
        return True
    if parts := joined(one.value):
        return any(_is_new(linker, replace(one, value=part), steps) for part in parts)
    record, full = _known(linker, one), one.function
    if isinstance(record, Invoke) and record.site >= 0 and _is_inserted(linker.walks[full], record):
        return True
    if any(record in (bare, _written(linker, full, bare)) for bare in _copies(linker.walks[full])):
        return True
    told = _told(linker, one, record)
    if isinstance(told, Invoke) and (_is_built(linker, told) or (told.site < 0 and _creates(told))):
        return True
    inner = strip(one.value)  # the id of it is handed on as that: a service may have given it
    told = Attr(record, inner.name) if isinstance(inner, Attr) and inner.name in _IDENTITY else record
    above = list(handed(linker, replace(one, value=told))) if steps > 0 else []
    return bool(above) and all(caller.function != full and _is_new(linker, caller, steps - 1) for caller in above)


def _told(linker: Linker, one: Handed, record: Term) -> Term:
    """A record that a function gives, or a part of what it gives, as what that is."""
    start = start_of(record)
    made = _plain(start)
    if not isinstance(made, Invoke) or made.site < 0:
        return record
    told = exchanged(record, start, _spelled(linker, one.function, made))
    return told if isinstance(record, Invoke) else _spelled(linker, one.function, _known(linker, replace(one, value=told)))


def _spelled(linker: Linker, full: str, term: Term) -> Term:
    """What a function gives, and what gives that, whatever of it is made anew."""
    for _ in range(_GIVING):
        told = _plain(linker.spelled(full, term))
        if told == term:
            break
        term = told
    return term


def _plain(term: Term) -> Term:
    """A value without the note that it is made anew."""
    inner = strip(term)
    return strip(inner.operands[0]) if isinstance(inner, Op) and inner.kind == ANEW else inner


def _plainly(linker: Linker, one: Handed) -> Handed:
    """The same with what is known of the value and of the tests written out."""
    full = one.function
    tests = tuple(replace(test, term=_written(linker, full, test.term)) for test in one.tests if test.holds)
    return replace(one, value=_spelled(linker, full, _written(linker, full, one.value)), tests=tests)


def _known(linker: Linker, one: Handed) -> Term:
    """The record of a value, with what is known of it written out."""
    return _record(_written(linker, one.function, _record(one.value)))


def _written(linker: Linker, full: str, value: Term) -> Term:
    """A value with what is known of it written out."""
    walked = linker.walks[full]
    return linker.simplified(full, value, linker.presence(full, walked, walked.kept))


def _creates(call: Invoke) -> bool:
    return name_of(call.func) in _CREATING and isinstance(root(call.func), Ref) and not is_repeated(call)


def _record(value: Term) -> Term:
    """The record of which a value is the id."""
    inner = strip(value)
    if isinstance(inner, Attr) and inner.name in _IDENTITY:
        inner = strip(inner.base)
    return _plain(inner)


def _is_inserted(walked: Walk, call: Invoke) -> bool:
    """Whether a call gives the row that it inserts: `Page.objects.create(...)`, or a function that makes one and returns it."""
    made = (event for event in walked.events if event.site == call.site and event.kind is EffectKind.INSERT)
    return any(len(event.path) == 1 or event.returned for event in made)


def _copies(walked: Walk) -> Iterator[Term]:
    """The records whose primary key a function takes away: each is a copy of itself from then on."""
    for target, value in walked.kept:
        if isinstance(target, Attr) and target.name in _NUMBERED and value == Const(None):
            yield target.base


def _is_built(linker: Linker, call: Invoke) -> bool:
    """Whether a call builds a record of its own: one of a class, without an id that may be that of another."""
    named = any(name in _IDENTITY or not name for name, _ in call.kwargs)
    built = is_record_class(call.func) and linker.symbols.outside_base(_name(call.func)) != ""
    return built and not named and not call.args


def _name(func: Term) -> str:
    inner = strip(func)
    return getattr(inner, "name", "") if not isinstance(inner, (Attr, Item)) else ""

"""Why a getter or an upsert of a library does no harm although nothing unique covers its key: no other request can be about the same key
at the same time, or nobody minds two rows."""

from __future__ import annotations

from session_lint.analysis.program.answering import taken_as_one
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.fresh import is_made_up
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.clients.retirement import is_flag
from session_lint.facts.module_facts import CallSite

_CALLERS = 3  # calls up to where several rows are answered


def spared_by(linker: Linker, full: str, event: Event, *, alone: bool, spared: frozenset[str]) -> str:
    """What spares a call of a function, in words; "" for nothing. `alone`: a lock is held; `spared`: the functions that are only called
    under one.

    A key that is nothing but a flag asks for any of many rows. Where several rows are answered nobody fails.
    """
    if event.effect is not None and event.effect.conflict is not None and event.effect.conflict.columns:
        return ""  # it fails, whoever runs it
    if _is_answered(linker, full, event.site, _CALLERS):
        return "that there are several rows is answered: around this call, or around each known call of its function"
    if alone or full in spared:
        return f"{'a lock is held' if alone else 'every known call of this function is made under a lock'}: nobody else comes in between"
    if linker.scripts.is_run_alone(full):
        return "only scripts, commands or the start of the program lead here: no second request does this at the same time"
    if all(is_flag(*pair) for pair in event.columns):
        return "its key is nothing but a state: any of many rows will do"
    return _by_key(linker, full, event)


def _by_key(linker: Linker, full: str, event: Event) -> str:
    if any(is_made_up(value, linker, full) for _, value in event.columns):
        return "a part of the key is made up on the spot: no other request has the same"
    return "the record whose rows these are is made in the same run: it has none yet" if of_new_record(linker, full, event) else ""


def _is_answered(linker: Linker, full: str, site: int, callers: int) -> bool:
    """Whether several rows are answered around a call, or around each known call of its function, so many calls above."""
    if site in taken_as_one(linker.facts[full]):
        return True
    above = linker.known_callers(full) if callers else frozenset[str]()
    calls = [(one, call.index) for one in above for call in linker.facts[one].calls if _enters(linker, one, call, full)]
    return bool(calls) and all(_is_answered(linker, one, index, callers - 1) for one, index in calls)


def _enters(linker: Linker, caller: str, call: CallSite, full: str) -> bool:
    return any(target.full == full for target in linker.resolver.resolve(caller, call).targets)

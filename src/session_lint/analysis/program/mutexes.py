"""Locks of a program itself: `lock.acquire()` and `lock.release()`, and a mark in a cache that only one can set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeGuard

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.values import OutsideValue, Value
from session_lint.analysis.program.walked import State, Walk
from session_lint.facts.effects import Effect, EffectKind
from session_lint.facts.module_facts import Condition
from session_lint.facts.telling_names import is_lock, names_lock
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, root, strip

_MUTEX = "lock"  # what stands for the client of such an effect
_TAKEN = {"acquire", "lock", "acquire_lock"}
_LET_GO = {"release", "unlock", "release_lock"}
_TELLING = {"acquire_lock", "release_lock"}  # whatever they are called on
_CACHES = "django.core.cache."

Infer = Callable[[Term], Iterable[Value]]


def is_lock_of(values: Iterable[Value]) -> bool:
    """Whether a value is a lock of a library, whatever it is called: `guard = asyncio.Lock()`."""
    return any(isinstance(value, OutsideValue) and names_lock(value.full.removesuffix("()").rpartition(".")[2]) for value in values)


def handling(func: Term, infer: Infer, spelled: Callable[[Term], Term]) -> Effect | None:
    """The effect of a call that takes a lock or lets it go. `spelled` writes out what a function of the project gives."""
    if not handles(func):
        return None
    base, name = func.base, func.name
    if (
        name not in _TELLING
        and not is_lock(base)
        and not is_lock_of(infer(base))
        and not is_lock(whole := spelled(base))
        and not is_lock_of(infer(whole))
    ):
        return None
    return Effect(EffectKind.READ, _MUTEX, connection=base, locks=name in _TAKEN, verb=f".{name}()")


def handles(func: Term) -> TypeGuard[Attr]:
    """Whether a call takes a lock or lets it go, if it is made on one."""
    return isinstance(func, Attr) and (func.name in _TAKEN or func.name in _LET_GO)


def is_kept(event: Event) -> bool:
    """Whether an event is a lock for the callers too: on rows, one that is taken by hand, or the end of one."""
    return event.effect is not None and (event.effect.locks or event.effect.client == _MUTEX)


def takes(event: Event) -> bool:
    """Whether an event takes such a lock."""
    return event.effect is not None and event.effect.client == _MUTEX and event.effect.locks


def let_go(event: Event, state: State, walked: Walk) -> None:
    """Ends the locks that are held, where an event lets one go."""
    if event.effect is not None and event.effect.client == _MUTEX and not event.effect.locks:
        for index in [one for one in state if takes(walked.events[one])]:
            del state[index]


def is_won(conditions: Iterable[Condition], spelled: Callable[[Term], Term]) -> bool:
    """Whether a test passes for one request alone: it has set a mark that was not there. `spelled` writes out what a function gives."""
    return any(one.holds and (_sets_first(one.term) or _sets_first(spelled(one.term))) for one in conditions)


def _sets_first(term: Term) -> bool:
    """`redis.set(key, value, nx=True)`, `redis.setnx(key, value)`, Django's `cache.add(key, value)`: true for the first one."""
    call = strip(term)
    if not isinstance(call, Invoke) or not isinstance(call.func, Attr):
        return False
    if call.func.name == "set":
        return ("nx", Const(value=True)) in call.kwargs
    start = root(call.func)
    cached = isinstance(start, Ref) and start.name.startswith(_CACHES)
    return call.func.name == "setnx" or (call.func.name in ("add", "aadd") and cached)

"""What is obtained once and kept: behind a guard on the place where it is kept, a second call costs nothing."""

from __future__ import annotations

from collections.abc import Callable

from session_lint.analysis.program.events import KEPT, Event
from session_lint.analysis.program.getters import base_sites
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Sequence, Term, dotted, strip

PARTS = Const("parts of it")  # the place of what is put into a memory without a key
_FILLING = {"set", "setdefault", "put", "add", "store", "update", "append"}
_KEEPING = _FILLING | {"clear"}
_OF_ONE = {"add", "append"}  # they put in what they are handed first: a helper may hand on more, of which there is none

Spelled = Callable[[Term], Term]  # a term with what project functions return in the place of their calls


def kept_back(event: Event, walked: Walk, symbols: SymbolTable, spelled: Spelled) -> bool:
    """Whether the event only fills a memory that guards it: `if self._x is None: self._x = get()`, `CACHE[k] = ...`."""
    if not walked.kept and not walked.remembered:
        return False
    guards = [one for c in event.conditions if not c.holds for one in dict.fromkeys((strip(c.term), strip(spelled(c.term))))]
    if not guards:
        return False
    stored = ((target, value, site) for (target, value), site in zip(walked.kept, walked.kept_by, strict=True))
    for target, value, site in (*stored, *walked.remembered):
        own = event.site in set(base_sites(value, symbols)) or (value == KEPT and site == event.site)
        if own and any(_guards(guard, target) for guard in guards):
            return True
    return False


def fills_context(event: Event, walked: Walk, symbols: SymbolTable) -> bool:
    """Whether the event fills an attribute of an object that the caller handed in, when it is missing: `ctx.session_id = get()["id"]`.

    The object's own memory (`self._session`) lives longer than the execution that fills it, and is none of the caller's business.
    """
    guards = {strip(c.term) for c in event.conditions if not c.holds}
    return event.kind is EffectKind.OBTAIN and any(
        isinstance(target, Attr)
        and isinstance(target.base, Param)
        and target.base.name not in {"self", "cls"}
        and target in guards
        and (event.site in set(base_sites(value, symbols)) or (value == KEPT and site == event.site))
        for (target, value), site in zip(walked.kept, walked.kept_by, strict=True)
    )


def remembers(site: CallSite, told: Spelled) -> tuple[Term, Term] | None:
    """What a call keeps, and where: `cache.set(key, value)`, `current.set(value)` of a memory that outlives the function."""
    func = strip(site.func)
    if not isinstance(func, Attr) or func.name not in _KEEPING:
        return None
    memory = strip(told(func.base))
    if not isinstance(memory, (Ref, Attr, Param)):
        return None
    if func.name == "clear" and not site.args and isinstance(memory, (Attr, Param)):
        return Item(memory, PARTS), Sequence("list", ())
    if func.name not in _FILLING or not site.args:
        return None
    keyed = len(site.args) > 1 and func.name not in _OF_ONE
    return Item(memory, site.args[0] if keyed else PARTS), site.args[1 if keyed else 0]


def _guards(guard: Term, target: Term) -> bool:
    target = strip(target)
    if guard == target or _memory(guard) == target:
        return True
    if isinstance(target, Item):
        memory = strip(target.base)
        return _memory(guard) == memory or (isinstance(guard, Op) and guard.kind == "in" and strip(guard.operands[-1]) == memory)
    if isinstance(target, Attr) and isinstance(guard, Invoke) and (dotted(guard.func) or "").endswith(("hasattr", "getattr")):
        return guard.args[:1] == (target.base,) or strip(guard.args[0]) == strip(target.base)
    return False


def _memory(guard: Term) -> Term | None:
    """The memory behind `memory.get(key)`."""
    if isinstance(guard, Invoke) and isinstance(guard.func, Attr) and guard.func.name in {"get", "fetch", "lookup"}:
        return strip(guard.func.base)
    return strip(guard.base) if isinstance(guard, Item) else None

"""Effects of which only a part is told by the function that has them: callers may know more."""

from __future__ import annotations

from dataclasses import replace

from session_lint.facts.effects import WRITES, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Item, Op, Param, Ref, Term, root, strip


def is_unclear(effect: Effect) -> bool:
    """Whether more of an effect may be told where its parts are known."""
    if effect.kind is EffectKind.INVALIDATE:  # `session.delete(row)`: the rows that a caller loops over
        return effect.resource is not None and isinstance(strip(effect.resource), (Param, Ref))
    if isinstance(effect.resource, Param) and effect.resource.name not in ("self", "cls"):
        return True
    if _is_named_on_handed(effect):
        return True
    if effect.kind not in WRITES | {EffectKind.READ, EffectKind.OBTAIN}:
        return False
    if effect.resource is None or (effect.kind in WRITES and _is_of_what_is_handed(effect.resource)):
        return True
    if effect.kind is EffectKind.CLEAR:
        if effect.selection is Selection.MEMBERS:  # of a collection that a caller hands in: it may be a difference
            return True
        return effect.selection is Selection.UNKNOWN or not all(name for name, _ in effect.columns)
    return effect.kind in WRITES and not effect.complete and (not effect.columns or not all(name for name, _ in effect.columns))


def _is_named_on_handed(effect: Effect) -> bool:
    """`rows.get_or_create(...)` on what is handed in: only its name says what it does, and whoever knows the rows knows more."""
    called = effect.resource.operands[0] if isinstance(effect.resource, Op) and effect.resource.kind == "call" else None
    start = root(called.base) if isinstance(called, Attr) else None
    return not effect.client and isinstance(start, Param) and start.name not in ("self", "cls")


def _is_of_what_is_handed(resource: Term) -> bool:
    """`db.chunks` of a database that is handed in: whoever knows the database knows it by its name."""
    start = root(inner) if isinstance(inner := strip(resource), (Attr, Item)) else None
    return isinstance(start, Param) and start.name not in ("self", "cls")


def reread(event_effect: Effect | None, found: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Of the effects that a call turned out to have, those that an earlier reading saw without their parts: several where it is of one
    of several things, `session.add(found or Cart(...))`."""
    if event_effect is None:
        return ()
    kinds = {event_effect.kind} | ({EffectKind.CLEAR} if event_effect.kind is EffectKind.INVALIDATE else set())
    alike = [effect for effect in found if effect.kind in kinds]
    told = alike if len(alike) == 1 else [effect for effect in alike if effect.resource is not None]
    return tuple(replace(one, locks=one.locks or event_effect.locks) for one in told)

"""Effects, conditions and unresolved calls in plain words, for explanations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from session_lint.analysis.program.events import Event
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.location import Span
from session_lint.facts.module_facts import CallSite, Condition
from session_lint.facts.terms import Const, Op, Param, Term, root, show, strip

_KEY = 40  # characters of one value in a key
_BOUNDARIES = {
    EffectKind.BEGIN: "opens a transaction",
    EffectKind.COMMIT: "commits",
    EffectKind.ROLLBACK: "rolls back",
    EffectKind.OPEN: "does what cannot be told here: the statement, the table or the object is handed in, or could not be followed",
}
_ROWS = {
    Selection.DIFFERENCE: " that are no longer wanted (a set difference)",
    Selection.RANGE: " picked by a range, a pattern, an age or a number",
    Selection.ALL: ", all of them (no filter)",
}
_WHY = {
    "callable parameter": "`{base}` is a parameter, and no call that was read says which function it gets",
    "called result": "it calls what another call returned, and that is not known",
    "module attribute": "the module has no `{last}` that could be found",
    "too deep": "its value goes through too many steps",
    "unknown member": "the class of `{owner}` is known, but no `{last}` was found in it",
    "unknown value": "what `{base}` holds cannot be told from the code",
    "untyped attribute": "what `{owner}` holds is not known: it has no annotation that leads to a class of the project",
    "untyped parameter": "the parameter `{base}` has no type of the project, and no call that was read says what it gets",
    "untyped value": "what `{owner}` holds is not known",
}


def resource_words(resource: Term | None) -> str:
    """The table, collection or record kind as the user names it."""
    match resource:
        case None:
            return "a table that cannot be told"
        case Const(value):
            return f"`{value}`"
        case Op("function" | "call", (inner,)):
            return f"what `{show(inner, 40)}()` returns"
        case Param(name):
            return f"whatever the parameter `{name}` is"
    return f"`{show(resource, 40)}`"


def effect_words(event: Event) -> str:
    """What the event does: "clears rows of `lines` for cart_id", and where that is written, if not in the code."""
    origin = event.effect.origin if event.effect is not None else ""
    return _doing(event) + (f" (the statement is in {origin})" if origin else "")


def _doing(event: Event) -> str:
    on = resource_words(event.resource)
    match event.kind:
        case EffectKind.CLEAR:
            return _clear_words(event, on)
        case EffectKind.INSERT:
            return f"inserts {_rows(event)} into {on}"
        case EffectKind.UPSERT:
            return f"writes {_rows(event)} of {on}, or changes what is there (an upsert)"
        case EffectKind.OBTAIN:
            return f"gets or creates the record of {on}{f' for {event.key}' if event.key else ''}"
        case EffectKind.READ:
            return f"looks up {on}"
        case EffectKind.INVALIDATE:
            return f"ends the record of {on}"
    return _BOUNDARIES[event.kind]


def _rows(event: Event) -> str:
    return "rows" if event.effect is not None and event.effect.many else "a row"


def _clear_words(event: Event, on: str) -> str:
    verb = "retires" if event.effect is not None and event.effect.soft else "clears"
    named = listed([name for name, _ in event.columns if name], "and")
    rows = _ROWS.get(event.effect.selection, "") if event.effect is not None else ""
    return f"{verb} rows of {on}{f' for {named}' if named and not rows else rows}"


def condition_words(conditions: Iterable[Condition]) -> str:
    """When an event happens: "`session_id` is missing, or false, and not `mode == 'new'`"; "" without a condition that can be read."""
    said = []
    for condition in conditions:
        term, text = strip(condition.term), show(condition.term, 50)
        if isinstance(term, Op) and term.kind not in {"or", "and"}:
            said.append(f"`{text}`" if condition.holds else f"not `{text}`")
        elif "…" not in text:
            said.append(f"`{text}` is {'given, or true' if condition.holds else 'missing, or false'}")
    return ", and ".join(list(dict.fromkeys(said))[-3:])


def unresolved_words(reason: str, func: Term) -> str:
    """Why a call could not be followed to a function."""
    text = show(func, 60)
    owner, _, last = text.rpartition(".")
    words = _WHY.get(reason, reason).format(base=show(root(func), 40), owner=owner or text, last=last)
    return f"this call is not followed: {words}"


def as_written(key: str, site: CallSite) -> str:
    """A key in the words of the call that has it: the argument that stands there, in the place of what it stands for."""
    for value, text in _arguments(site):
        shown = show(value, _KEY)
        if shown != text and len(text) <= _KEY:
            key = re.sub(rf"(?<![\w.]){re.escape(shown)}(?![\w.(\[])", lambda _match, text=text: text, key)  # type: ignore[misc]
    return key


def _arguments(site: CallSite) -> Iterator[tuple[Term, str]]:
    """The arguments of a call, each with how it is written."""
    text = site.text.replace("…", "...")
    try:
        call = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if not isinstance(call, ast.Call) or any(isinstance(one, ast.Starred) for one in call.args):
        return
    named = dict(site.kwargs)
    pairs = [*zip(site.args, call.args, strict=False), *((named[one.arg], one.value) for one in call.keywords if one.arg in named)]
    yield from ((value, ast.get_source_segment(text, node) or "") for value, node in pairs if not isinstance(node, ast.Constant))


def inside(inner: Span, outer: Span) -> bool:
    """Whether a call stands inside another, as its receiver or an argument: it is how that is written."""
    return (outer.row, outer.column) <= (inner.row, inner.column) and (inner.end_row, inner.end_column) <= (outer.end_row, outer.end_column)


def listed(words: Sequence[str], last: str) -> str:
    """The words as a list in a sentence: "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

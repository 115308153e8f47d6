"""Calls whose value is known: dict(), text methods, getattr; and methods that change a local list or dict."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from session_lint.analysis.extract.effects import called_name
from session_lint.analysis.extract.expressions import seen_item, shortened, starred
from session_lint.analysis.extract.state import State
from session_lint.analysis.extract.text import format_call, is_text, joined, trimmed
from session_lint.facts.module_facts import Store
from session_lint.facts.terms import Attr, Comprehension, Const, Invoke, Item, Mapping, Op, Param, Ref, Sequence, Term, strip

_TRIMMING = frozenset({"strip", "lstrip", "rstrip"})
_ENTERING = frozenset({"enter_context", "enter_async_context", "closing", "aclosing"})
_DISPLAYS = {"builtins.list": "list", "builtins.tuple": "tuple", "builtins.set": "set"}


def shaped(state: State, _node: cst.Call, call: Invoke) -> Term | None:
    """The value of a call that the analysis itself understands, or None."""
    func = call.func
    if isinstance(func, Ref):
        return _function(state, call, func.name)
    if isinstance(func, Attr):
        return _method(state, call, func)
    return None


def _function(state: State, call: Invoke, name: str) -> Term | None:
    if name == "builtins.dict":
        return _dict(state, call)
    if name in _DISPLAYS:
        return _display(_DISPLAYS[name], call)
    if name in {"builtins.getattr", "builtins.setattr"}:
        return _named_attribute(state, call, name)
    last = name.rsplit(".", 1)[-1]
    if last in _ENTERING and len(call.args) == 1:
        return call.args[0]
    if last == "dedent" and len(call.args) == 1 and is_text(strip(call.args[0])):
        return trimmed(strip(call.args[0]), last)
    return None


def _dict(state: State, call: Invoke) -> Term | None:
    entries: list[tuple[Term | None, Term]] = []
    for arg in call.args:
        inner = strip(arg)
        if isinstance(inner, Mapping):
            entries.extend(inner.entries)
        elif isinstance(inner, Op) or len(call.args) > 1:
            return None
        else:
            entries.append((None, inner))
    if call.args and not call.kwargs and entries == [(None, strip(call.args[0]))]:
        return None
    entries.extend((Const(key) if key else None, value) for key, value in call.kwargs)
    return shortened(state, Mapping(tuple(entries)))


def _display(kind: str, call: Invoke) -> Term | None:
    if not call.args:
        return Sequence(kind, ())
    inner = strip(call.args[0])
    if isinstance(inner, Comprehension):
        return inner
    return Sequence(kind, inner.items) if isinstance(inner, Sequence) else None


def _named_attribute(state: State, call: Invoke, name: str) -> Term | None:
    """`getattr(a, "b")` and `setattr(a, "b", v)` with a constant name."""
    if len(call.args) < 2:
        return None
    attribute = call.args[1]
    if not (isinstance(attribute, Const) and isinstance(attribute.value, str)):
        return None
    if name == "builtins.getattr":
        return state.attribute(call.args[0], attribute.value)
    if len(call.args) == 3:
        state.store(Attr(strip(call.args[0]), attribute.value), call.args[2])
        return Const(None)
    return None


def _method(state: State, call: Invoke, func: Attr) -> Term | None:
    base = strip(func.base)
    if is_text(base):
        return _text_method(state, call, base, func.name)
    if func.name in _ENTERING and len(call.args) == 1:
        return call.args[0]
    if func.name == "dedent" and len(call.args) == 1 and is_text(strip(call.args[0])):
        return trimmed(strip(call.args[0]), func.name)
    if func.name == "get" and isinstance(base, Mapping) and call.args:
        return seen_item(base, call.args[0])
    if func.name == "copy" and isinstance(base, (Mapping, Sequence)):
        return base
    if func.name == "result" and not call.args and isinstance(base, Invoke) and base.site >= 0 and state.calls[base.site].concurrent:
        return base
    return None


def _text_method(state: State, call: Invoke, base: Term, name: str) -> Term | None:
    value: Term | None = None
    if name in _TRIMMING and not call.args:
        value = trimmed(base, name)
    elif name == "format":
        value = format_call(base, call, state.unknown)
    elif name == "join":
        value = joined(base, call.arg(0))
    return None if value is None else state.made(value)


def grow(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """A method that adds to a local list or dict changes what its name stands for; None when it is no such call."""
    if not isinstance(node.func, cst.Attribute) or not isinstance(node.func.value, cst.Name):
        return None
    name = node.func.value.value
    display = state.env.names.get(name)
    added: Sequence | Mapping | None
    if isinstance(display, Sequence):
        added = _added(state, name, node.func.attr.value, display, call)
    elif isinstance(display, Mapping):
        added = _updated(node.func.attr.value, display, call)
    else:
        if node.func.attr.value == "update" and isinstance(display, (Invoke, Param)):
            _note_items(state, display, call)
        return None
    if added is None:
        return None
    state.env.names[name] = shortened(state, added)
    return seen_item(added, call.args[0]) if node.func.attr.value == "setdefault" else Const(None)


def _note_items(state: State, made: Invoke | Param, call: Invoke) -> None:
    """`row.update({"day": day})` of a dict that a function gave, or was handed: what is put into it under which key."""
    display = strip(call.args[0]) if len(call.args) == 1 else None
    entries = display.entries if isinstance(display, Mapping) else ()
    for key, value in (*entries, *((Const(name) if name else None, value) for name, value in call.kwargs)):
        if key is not None:
            state.emit(Store(Item(made, key), value))


def _added(state: State, name: str, method: str, display: Sequence, call: Invoke) -> Sequence | None:
    if method == "clear":
        return Sequence(display.kind, ())
    if not call.args:
        return None
    if method in {"append", "add", "appendleft"}:
        new: tuple[Term, ...] = (call.args[0],)
    elif method == "insert" and len(call.args) == 2:
        new = (call.args[1],)
    elif method in {"extend", "update"}:
        new = tuple(starred(call.args[0]))
    else:
        return None
    return Sequence(display.kind, (*display.items, *repeated(state, name, new)))


def repeated(state: State, name: str, items: tuple[Term, ...]) -> tuple[Term, ...]:
    """What is added to a display: many of it, when the display is older than the loop around."""
    loops = state.loops
    if len(loops) <= len(state.born.get(name, ())):
        return items
    return tuple(one if isinstance(one, Comprehension) else Comprehension(one, loops[-1]) for one in items)


def _updated(method: str, display: Mapping, call: Invoke) -> Mapping | None:
    if method == "clear":
        return Mapping(())
    if method == "setdefault" and call.args:
        if seen_item(display, call.args[0]) is not None:
            return display
        return Mapping((*display.entries, (call.args[0], call.args[1] if len(call.args) > 1 else Const(None))))
    if method != "update":
        return None
    entries: list[tuple[Term | None, Term]] = []
    for arg in call.args:
        inner = strip(arg)
        entries.extend(inner.entries if isinstance(inner, Mapping) else ((None, inner),))
    entries.extend((Const(key) if key else None, value) for key, value in call.kwargs)
    result = display
    for key, value in entries:
        result = put(result, key, value)
    return result


def put(display: Mapping, key: Term | None, value: Term) -> Mapping:
    """The mapping with one more entry; a constant key replaces the entry it had."""
    if isinstance(key, Const) and any(known == key for known, _ in display.entries):
        return Mapping(tuple((known, value if known == key else old) for known, old in display.entries))
    return Mapping((*display.entries, (key, value)))


_PURE: Callable[[str], bool] = frozenset(
    {"len", "bool", "print", "str", "repr", "isinstance", "enumerate", "zip", "sorted", "list", "any", "all"}
).__contains__


def spoil(state: State, node: cst.Call, call: Invoke) -> None:
    """A call may fill what it is given: an empty local display, the attributes of its receiver and arguments."""
    func = call.func
    if isinstance(func, Ref) and func.name.startswith("builtins.") and _PURE(called_name(func)):
        return
    if isinstance(func, Attr):
        state.env.spoil(func.base)
    for arg, value in zip([a for a in node.args if not a.star and a.keyword is None], call.args, strict=False):
        state.env.spoil(value)
        if isinstance(arg.value, cst.Name) and value in (Sequence("list", ()), Mapping(()), Sequence("set", ())):
            state.env.names[arg.value.value] = state.unknown("filled")

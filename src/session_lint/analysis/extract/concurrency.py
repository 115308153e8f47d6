"""Calls made on the user's behalf: callables handed to executors, tasks and partials; coroutines run together."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from session_lint.analysis.extract.effects import called_name
from session_lint.analysis.extract.started import mark
from session_lint.analysis.extract.state import State
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Mapping, Op, Param, Phi, Ref, Sequence, Term, dotted, strip

Kwargs = tuple[tuple[str, Term], ...]

# Name of the call -> how the callable is run, and its position among the arguments.
_HANDED = {
    "to_thread": ("thread", 0),
    "submit": ("thread", 0),
    "run_sync": ("thread", 0),
    "run_in_threadpool": ("thread", 0),
    "run_in_executor": ("thread", 1),
    "add_task": ("task", 0),
    "start_soon": ("task", 0),
    "spawn": ("task", 0),
    "call_soon": ("task", 0),
    "call_soon_threadsafe": ("task", 0),
    "call_later": ("task", 1),
    "call_at": ("task", 1),
    "add_done_callback": ("task", 0),
    "on_commit": ("", 0),
}
_COMMON = frozenset({"submit", "run_sync", "add_task", "spawn"})  # methods of much else: more evidence is wanted
_THREADS = frozenset({"Thread", "Process", "Timer"})
_KEYED = frozenset({"sorted", "sort", "min", "max"})
_TASKS = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe"})
_TOGETHER = frozenset({"asyncio.as_completed", "asyncio.wait"})
_WAITING = frozenset({"wait_for", "shield", "create_task", "ensure_future"})  # awaited around a call: the call is awaited
_WRAPPERS = frozenset({"sync_to_async", "database_sync_to_async", "async_to_sync", "asyncify", "syncify", "partial"})
_POOLS = ("executor", "pool")


def sees_through(func: Term, *, awaited: bool) -> bool:
    """Whether a call waits for the coroutine that is its first argument, so that the inner call is the awaited one."""
    name = called_name(func)
    return name == "run_until_complete" or dotted(func) == "asyncio.run" or (awaited and name in _WAITING)


def unwrapped(state: State, func: Term, args: tuple[Term, ...], kwargs: Kwargs) -> tuple[Term, tuple[Term, ...], Kwargs, bool]:
    """`partial(f, x)(y)` and `sync_to_async(f)(x)` as calls of `f`; the last part says whether anything was unwrapped."""
    indirect = False
    func = strip(func)
    while isinstance(func, Invoke) and func.args and _wraps(state, func.func):
        if called_name(func.func) == "partial":
            args, kwargs = (*func.args[1:], *args), (*func.kwargs, *kwargs)
        func, indirect = strip(func.args[0]), True
    return func, args, kwargs, indirect


def _wraps(state: State, func: Term) -> bool:
    func = strip(func)
    if called_name(func) in _WRAPPERS:
        return True
    return isinstance(func, Ref) and func.name in state.module.transparent


def hand_over(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """The call that an executor, task or thread makes of a callable it is handed; its value, None when there is none."""
    name = called_name(call.func)
    if name in _HANDED:
        mode, position = _HANDED[name]
        return _handed(state, node, call, mode, position)
    if name in _THREADS:
        return _thread(state, node, call)
    if name in {"map", "filter", "reduce"}:
        return _map(state, node, call)
    if name in _KEYED:
        return _key(state, node, call)
    if name in {"delay", "apply_async"}:
        return _queued(state, node, call)
    return None


def _handed(state: State, node: cst.Call, call: Invoke, mode: str, position: int) -> Term | None:
    if len(call.args) <= position:
        return None
    func = call.args[position]
    if not _callable(state, func):
        mark(state, func, mode or "task")
        return None
    if called_name(call.func) in _COMMON and isinstance(strip(func), (Param, Item)) and not _is_pool(call.func):
        return None
    kwargs = tuple((key, value) for key, value in call.kwargs if key not in {"name", "context"})
    written = _written(node, position)
    value = _indirect(state, node, written, func, call.args[position + 1 :], kwargs, mode)
    return value if mode == "thread" else None


def _thread(state: State, node: cst.Call, call: Invoke) -> Term | None:
    timer = called_name(call.func) == "Timer"
    func = call.arg(1, "function") if timer else call.arg(1, "target")
    if func is None or not _callable(state, func):
        return None
    args = call.arg(2 if timer else 3, "args")
    kwargs = call.kwarg("kwargs")
    written = next((a.value for a in node.args if a.keyword is not None and a.keyword.value in {"target", "function"}), node.func)
    _indirect(state, node, written, func, _items(args), _entries(kwargs), "thread")
    return None


def _queued(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """A celery task: `f.delay(x)`, `f.apply_async(args=[x])`; a process pool: `pool.apply_async(f, (x,))`."""
    if not isinstance(call.func, Attr) or not isinstance(node.func, cst.Attribute):
        return None
    task = strip(call.func.base)
    written: cst.CSTNode
    if call.func.name == "delay":
        func, args, kwargs, written = task, call.args, call.kwargs, node.func.value
    elif call.args and _callable(state, call.args[0]):
        func, args, kwargs, written = call.args[0], _items(call.arg(1, "args")), _entries(call.arg(2, "kwds")), _written(node, 0)
    else:
        func, args, kwargs, written = task, _items(call.arg(0, "args")), _entries(call.arg(1, "kwargs")), node.func.value
    if isinstance(func, (Ref, Attr)):
        _indirect(state, node, written, func, args, kwargs, "queue")
    return None


def _map(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """`map(f, xs)`, `filter(f, xs)`, `reduce(f, xs)`, `executor.map(f, xs)`: a call of `f` for each element."""
    plain = call.func in {Ref("builtins.map"), Ref("builtins.filter"), Ref("functools.reduce")}
    if len(call.args) < 2 or not (plain or _is_pool(call.func)) or not _callable(state, call.args[0]):
        return None
    number = state.next_loop()
    with state.capture() as steps, state.inside(number):
        args: tuple[Term, ...] = tuple(Element(strip(source), number) for source in call.args[1:])
        if call.func == Ref("functools.reduce"):
            args = (state.unknown("reduced"), *args[:1])
        _indirect(state, node, _written(node, 0), call.args[0], args, (), "" if plain else "thread")
    state.looped(number, "comprehension", tuple(steps))
    return None


def _key(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """`sorted(xs, key=f)`: a call of `f` for each element."""
    func = call.kwarg("key")
    source = call.func.base if isinstance(call.func, Attr) else call.arg(0)
    if func is None or source is None or not _callable(state, func):
        return None
    written = next((a.value for a in node.args if a.keyword is not None and a.keyword.value == "key"), node.func)
    number = state.next_loop()
    with state.capture() as steps, state.inside(number):
        _indirect(state, node, written, func, (Element(strip(source), number),), (), "")
    state.looped(number, "comprehension", tuple(steps))
    return None


def _is_pool(func: Term) -> bool:
    """Whether a `map` is that of an executor: by the name of the receiver or of the class it was made from."""
    base = strip(func.base) if isinstance(func, Attr) else None
    while isinstance(base, (Invoke, Item)):
        base = strip(base.func if isinstance(base, Invoke) else base.base)
    return base is not None and any(word in called_name(base).lower() for word in _POOLS)


def _callable(state: State, func: Term) -> bool:
    """Whether a value can be a function: a name, an attribute, or a partial of one."""
    func = strip(func)
    if isinstance(func, Phi):
        return any(_callable(state, option) for option in func.options)
    if isinstance(func, Invoke):
        return bool(func.args) and _wraps(state, func.func)
    return isinstance(func, (Ref, Attr, Param, Item))


def _written(node: cst.Call, position: int) -> cst.CSTNode:
    plain = [arg.value for arg in node.args if arg.keyword is None and not arg.star]
    return plain[position] if position < len(plain) else node.func


def _items(term: Term | None) -> tuple[Term, ...]:
    term = strip(term) if term is not None else None
    if term is None:
        return ()
    return term.items if isinstance(term, Sequence) else (Op("starred", (term,)),)


def _entries(term: Term | None) -> Kwargs:
    term = strip(term) if term is not None else None
    if term is None or term == Const(None):
        return ()
    if not isinstance(term, Mapping):
        return (("", term),)
    return tuple((str(key.value) if isinstance(key, Const) else "", value) for key, value in term.entries)


def _indirect(state: State, node: cst.Call, written: cst.CSTNode, func: Term, args: tuple[Term, ...], kwargs: Kwargs, mode: str) -> Term:
    """Record the call of a callable that was handed over. Handing it over under an await runs it in sequence."""
    awaited = id(node) in state.awaited
    partial = written.args[0].value if isinstance(written, cst.Call) and written.args else written
    func, args, kwargs, _ = unwrapped(state, func, args, kwargs)
    site = indirect_call(state, node, partial, func, args, kwargs)
    return state.call(replace(site, awaited=awaited, concurrent="" if awaited else mode, target=state.calls[-1].target))


def indirect_call(
    state: State, node: cst.CSTNode, written: cst.CSTNode, func: Term, args: tuple[Term, ...] = (), kwargs: Kwargs = ()
) -> CallSite:
    """The site of a call made on the user's behalf: `node` is where it happens, `written` names what is called."""
    return CallSite(
        index=-1,
        func=func,
        args=args,
        kwargs=kwargs,
        spread=spreads(args, kwargs),
        span=state.span(node),
        name_span=state.name_span(written),
        awaited=False,
        concurrent="",
        target="",
        indirect=True,
        effects=(),
        loops=(),
    )


def spreads(args: tuple[Term, ...], kwargs: Kwargs) -> bool:
    """Whether some of the arguments are `*args` or `**kwargs`."""
    return any(isinstance(a, Op) and a.kind == "starred" for a in args) or any(key == "" for key, _ in kwargs)


def run_together(state: State, node: cst.Call, call: Invoke) -> Term | None:
    """Coroutines that are run concurrently, and calls whose value is that of the coroutine they are given."""
    name = called_name(call.func)
    if name == "gather" or dotted(call.func) in _TOGETHER:
        for arg in call.args:
            mark(state, arg, "gather")
        return _gathered(call) if name == "gather" else None
    if not call.args:
        return None
    if name in _TASKS:
        mark(state, call.args[0], "task")
        return call.args[0]
    if sees_through(call.func, awaited=id(node) in state.awaited):
        inner = strip(call.args[0])
        return inner if isinstance(inner, Invoke) and state.calls[inner.site].awaited else None
    return None


def _gathered(call: Invoke) -> Term | None:
    """The results of `gather`, in the order of its arguments."""
    if any(isinstance(arg, Op) and arg.kind == "starred" for arg in call.args):
        return None
    return Sequence("list", call.args)


def depends(state: State, node: cst.Call, annotation: Term | None, parameter: str) -> None:
    """`Depends(f)` of a parameter: the framework calls `f` before the function. `Depends()` calls the annotated class."""
    first = node.args[0] if node.args and node.args[0].keyword is None else None  # the other ones are options
    if isinstance(annotation, Item) and isinstance(annotation.key, Sequence):  # `Annotated[Seats, Depends()]`
        annotation = annotation.key.items[0]
    func = strip(state.evaluate(first.value)) if first is not None else annotation
    if func is None:
        return
    site = indirect_call(state, node, first.value if first is not None else node.func, func)
    state.call(replace(site, injected=True, target=parameter))

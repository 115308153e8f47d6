"""What calls of Python's own functions and of well-known wrappers give."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from session_lint.analysis.program.answers import Answers
from session_lint.analysis.program.managers import MADE_FROM
from session_lint.analysis.program.members import Members
from session_lint.analysis.program.rows import ASKING
from session_lint.analysis.program.symbols import last_name
from session_lint.analysis.program.values import (
    ClassValue,
    ContainerValue,
    ElementsValue,
    FunctionValue,
    InstanceValue,
    OutsideValue,
    Value,
)
from session_lint.facts.terms import Attr, Const, Element, Invoke, Sequence, Term

_ADAPTERS = {"sync_to_async", "async_to_sync", "database_sync_to_async", "thread_sensitive"}
_PASS_THROUGH = {"create_task", "ensure_future", "wait_for", "shield", "copy", "deepcopy", "run", "run_until_complete"}
_SAME_ELEMENTS = {"sorted", "list", "tuple", "set", "frozenset", "reversed", "iter", "deque"}


class LibraryCalls:
    """Infers the value of a call of something outside the project."""

    def __init__(self, answers: Answers, members: Members) -> None:
        self._answers = answers
        self._members = members
        self._builtins: dict[str, Callable[[Invoke, str], Iterator[Value]]] = {
            "super": self._super,
            "type": self._type,
            "getattr": self._getattr,
            "next": self._element,
            "enumerate": self._enumerate,
            "zip": self._zip,
            "filter": self._filter,
            "staticmethod": self._first,
            "classmethod": self._first,
        }

    def called(self, full: str, call: Invoke, scope: str, *, final: bool) -> Iterator[Value]:
        """What calling the outside function of that name gives; `final` is as of an OutsideValue."""
        name = full.rsplit(".", 1)[-1]
        builtin = self._builtins.get(name) if full.startswith("builtins.") else None
        if builtin is not None:
            yield from builtin(call, scope)
        elif name in _SAME_ELEMENTS and len(call.args) == 1:
            yield from self._same_elements(call, scope)
        elif name in {"partial", "partialmethod"} and call.args:
            yield from self._partial(call, scope)
        elif name == "cast" and len(call.args) == 2:
            yield from self._answers.annotated(call.args[0], self._answers.module_of(scope))
        elif (name in _ADAPTERS or name in _PASS_THROUGH) and call.args:
            yield from self._answers.infer(call.args[0], scope)
        elif name in {"as_manager", MADE_FROM} and isinstance(call.func, Attr):
            yield from self._manager(name, call, call.func.base, scope)
        else:
            yield from self.of_rows(call, scope)
            yield OutsideValue(full + "()", final)

    def of_rows(self, call: Invoke, scope: str) -> list[Value]:
        """What a session or a shortcut gives that is asked for rows of a class; the class that a registry of models is asked for."""
        rows, name = self._members.rows, last_name(call) or (call.func.name if isinstance(call.func, Attr) else "")
        if name not in ASKING:
            return []
        model = rows.named(call)
        if model is not None or not call.args:
            return [ClassValue(model.full)] if model is not None else []
        return [v for first in self._answers.infer(call.args[0], scope) for v in rows.asked(name, first)]

    def _manager(self, name: str, call: Invoke, owner: Term, scope: str) -> Iterator[Value]:
        """`KindQuerySet.as_manager()`, `Manager.from_queryset(KindQuerySet)`: with the methods of the query set."""
        classes = (value for arg in (*call.args[:1], owner) for value in self._answers.infer(arg, scope) if isinstance(value, ClassValue))
        if name == MADE_FROM:
            yield from classes
        else:
            yield from (InstanceValue(value.full) for value in classes)

    def _first(self, call: Invoke, scope: str) -> Iterator[Value]:
        yield from (v for arg in call.args[:1] for v in self._answers.infer(arg, scope))

    def _super(self, _call: Invoke, scope: str) -> Iterator[Value]:
        function = self._answers.symbols.functions.get(scope)
        if function is None or function.owner is None:
            return
        if function.kind == "class":
            yield ClassValue(function.owner, own=True, after=function.owner)
        else:
            yield InstanceValue(function.owner, own=True, after=function.owner)

    def _type(self, call: Invoke, scope: str) -> Iterator[Value]:
        for value in self._answers.infer(call.args[0], scope) if len(call.args) == 1 else ():
            if isinstance(value, InstanceValue):
                yield ClassValue(value.full, value.own)

    def _getattr(self, call: Invoke, scope: str) -> Iterator[Value]:
        name = call.arg(1)
        if isinstance(name, Const) and isinstance(name.value, str):
            yield from self._answers.infer(Attr(call.args[0], name.value), scope)

    def _elements(self, term: Term | None, scope: str) -> tuple[Value, ...]:
        if term is None:
            return ()
        return tuple(v for value in self._answers.infer(term, scope) for v in self._members.elements(value))

    def _element(self, call: Invoke, scope: str) -> Iterator[Value]:
        yield from self._elements(call.arg(0), scope)

    def _same_elements(self, call: Invoke, scope: str) -> Iterator[Value]:
        found = self._elements(call.args[0], scope)
        if found:
            yield ElementsValue(found)

    def _filter(self, call: Invoke, scope: str) -> Iterator[Value]:
        found = self._elements(call.arg(1), scope)
        if found:
            yield ElementsValue(found)

    def _enumerate(self, call: Invoke, scope: str) -> Iterator[Value]:
        yield from self._rows((Const(0), *(Element(arg, -1) for arg in call.args[:1])), scope)

    def _zip(self, call: Invoke, scope: str) -> Iterator[Value]:
        yield from self._rows(tuple(Element(arg, -1) for arg in call.args), scope)

    def _rows(self, items: tuple[Term, ...], scope: str) -> Iterator[Value]:
        yield ElementsValue((ContainerValue(Sequence("tuple", items), scope),))

    def _partial(self, call: Invoke, scope: str) -> Iterator[Value]:
        for value in self._answers.infer(call.args[0], scope):
            if isinstance(value, FunctionValue):
                args, kwargs = (*value.preset_args, *call.args[1:]), (*value.preset_kwargs, *call.kwargs)
                yield FunctionValue(value.full, value.receiver, args, kwargs, value.through)
            else:
                yield value

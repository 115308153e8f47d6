"""What calls of the project's own functions and of its tables give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from session_lint.analysis.program.answers import Answers
from session_lint.analysis.program.members import Members
from session_lint.analysis.program.reads import CUT, Noted, drop
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.analysis.program.values import (
    ClassValue,
    ContainerValue,
    ElementsValue,
    FunctionValue,
    InstanceValue,
    OutsideValue,
    Value,
)
from session_lint.facts.terms import Attr, Invoke, Op, Param, Ref, Term, strip


class Results:
    """Infers what functions return, once each."""

    def __init__(self, answers: Answers, members: Members) -> None:
        self._answers = answers
        self._members = members
        self._known: dict[str, Noted[tuple[Value, ...]]] = {}
        self._busy: set[str] = set()

    def forget(self, mask: int) -> None:
        """Drops what was found with what has read any of a mask."""
        drop(self._known, mask)

    def of_function(self, value: FunctionValue, call: Invoke, scope: str) -> Iterator[Value]:
        """What a function returns, `self` taken as the receiver's class; a parameter it returns is the argument."""
        through = value.through
        for result in self._values(value, call, scope):
            yield _below(result, through, self._answers.symbols) if through is not None else result

    def _values(self, value: FunctionValue, call: Invoke, scope: str) -> Iterable[Value]:
        handed = [v for term in self._handed_back(value, call) for v in self._answers.infer(term, scope)]
        facts = self._answers.facts.get(value.full)
        if not handed or facts is None:
            return self.returned(value.full)
        others = (term for term in facts.returns if not isinstance(strip(term), Param))
        return handed + [v for term in others for v in self._answers.infer(term, value.full) if not isinstance(v, OutsideValue)]

    def _handed_back(self, value: FunctionValue, call: Invoke) -> list[Term]:
        facts, function = self._answers.facts.get(value.full), self._answers.symbols.functions[value.full]
        names = {r.name for t in (facts.returns if facts is not None else ()) if isinstance(r := strip(t), Param)}
        if not names or any(isinstance(a, Op) and a.kind == "starred" for a in call.args):
            return []
        parameters = [p.name for p in function.index.parameters if p.kind in {"pos", "any"}]
        offset = 1 if value.receiver is not None and function.kind in {"instance", "class"} else 0
        args = (*value.preset_args, *call.args)
        found = [arg for name, arg in zip(parameters[offset:], args, strict=False) if name in names]
        return found + [arg for name, arg in (*value.preset_kwargs, *call.kwargs) if name in names]

    def of_container(self, value: ContainerValue | ElementsValue, call: Invoke, scope: str) -> Iterator[Value]:
        name = call.func.name if isinstance(call.func, Attr) else ""
        if name in {"get", "pop", "setdefault"} and call.args:
            yield from self._members.item(value, call.args[0])
            yield from (v for default in call.args[1:2] for v in self._answers.infer(default, scope))
        elif name == "pop":
            yield from self._members.elements(value)
        elif name == "values":
            yield ElementsValue(tuple(self._members.elements(value)))
        elif name == "items":
            yield ElementsValue((ElementsValue(tuple(self._members.elements(value))),))
        elif name == "copy":
            yield value

    def returned(self, full: str) -> tuple[Value, ...]:
        """What a function returns: the values of its return expressions, else its annotation."""
        reads = self._answers.reads
        known = self._known.get(full)
        if known is not None and not reads.is_old(known):
            reads.seen |= known[1]
            return known[0]
        if full in self._busy:
            reads.seen |= CUT
            return ()
        self._busy.add(full)
        before, reads.seen = reads.seen, 0
        try:
            found = tuple(dict.fromkeys(self._returned(self._answers.symbols.functions[full])))
            self._known[full] = (found, reads.seen, reads.round)
        finally:
            self._busy.discard(full)
            reads.seen |= before
        return found

    def _returned(self, function: FunctionSymbol) -> Iterator[Value]:
        facts, noted = self._answers.facts.get(function.full), function.index.result
        terms = facts.returns if facts is not None else (noted,) if noted is not None else ()
        inferred = (v for term in terms for v in self._answers.infer(term, function.full))
        found: list[Value] = [v for v in inferred if not isinstance(v, OutsideValue) or v.is_opened]
        note = function.index.returns
        if not found and note is not None:
            if isinstance(note, Ref) and note.name.endswith(".Self") and function.owner is not None:
                found = [InstanceValue(function.owner, own=True)]
            else:
                found = list(self._answers.annotated(note, function.module))
        if not function.index.is_generator:
            yield from found
            return
        items = tuple(v for value in found for v in (value.items if isinstance(value, ElementsValue) else (value,)))
        if any("contextmanager" in name for name in function.decorators):
            yield from items
        elif items:
            yield ElementsValue(items)


def _below(result: Value, through: ClassValue, symbols: SymbolTable) -> Value:
    """The `self` or `cls` that a method returns, as the class it was called on."""
    if isinstance(result, (InstanceValue, ClassValue)) and result.own and result.full in symbols.mro(through.full):
        return replace(result, full=through.full, own=through.own)
    return result

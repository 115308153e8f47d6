"""A call chain as a codemod walks it: the functions, the calls between them, and what is in hand in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.chain import ChainStep
from session_lint.facts.intent import Definition, Intent
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.signatures import signatures


@dataclass(frozen=True, slots=True)
class Step:
    """One function of a chain, and its call of the next one (of the getter, in the last)."""

    full: str
    source: Source
    call: cst.Call
    function: cst.FunctionDef | None  # None at module level
    definition: Definition | None

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.full.rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True)
class InHand:
    """Expressions that hold the record, or a part of it, in one function: (`["id"]`, `ctx.session_id`); "" is the whole record."""

    expressions: tuple[tuple[str, str], ...] = ()
    maybe: bool = False  # they may be None, so that no part can be taken out of them

    def get(self, form: str) -> str:
        """The expression for a part of the record, "" when it cannot be had from what is in hand."""
        exact = dict(self.expressions).get(form)
        if exact is not None or self.maybe:
            return exact or ""
        for known, text in sorted(self.expressions, key=lambda one: -len(one[0])):
            if form.startswith(known) and form[len(known) : len(known) + 1] in {"[", "."}:
                return text + form[len(known) :]
        return ""


def steps(intent: Intent, sources: Sources, chain: Sequence[ChainStep]) -> tuple[Step, ...]:
    """The steps of a chain. Raises CannotRepair where a call of it could enter something else, or is not written as a call."""
    found = []
    for number, step in enumerate(chain):
        source = sources[step.place.path]
        if number + 1 < len(chain) and intent.link(step.place).indirect:
            raise CannotRepair(f"the call at {step.place} is made by something else, which takes the function as a value")
        call = source.call_at(step.place.span)
        definition = intent.definition(step.function)
        function = source.function_at(definition.name_span) if definition is not None and definition.path == source.path else None
        if source.function_around(call) is not function:
            raise CannotRepair(f"the call at {step.place} is made in a function within `{step.function.rsplit('.', 1)[-1]}()`")
        if number + 1 < len(chain):
            _require_exact(intent, step, call, chain[number + 1].function)
        found.append(Step(step.function, source, call, function, definition))
    return tuple(found)


def _require_exact(intent: Intent, step: ChainStep, call: cst.Call, callee: str) -> None:
    link = intent.link(step.place)
    if not isinstance(call.func, cst.Name | cst.Attribute):
        raise CannotRepair(f"the call at {step.place} is made on the result of another call")
    if isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Call) and _is_super(call.func.value):
        raise CannotRepair(f"the call at {step.place} goes through `super()`")
    if link.targets != (callee,):
        raise CannotRepair(f"the call at {step.place} may enter more than one function")


def _is_super(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and call.func.value == "super"


def carried(step: Step, callee: Step, in_hand: InHand) -> InHand:
    """What is in hand in the callee, by the arguments of the call: `ctx` takes `ctx.session_id` along."""
    if callee.function is None:
        return InHand()
    found: dict[str, str] = {}
    for parameter, value in signatures.bind(step.source, step.call, callee.function).items():
        given = step.source.code(value)
        if names.bindings(callee.source, callee.function, parameter):
            continue
        for form, text in in_hand.expressions:
            if given == text:
                found.setdefault(form, parameter)
            elif text.startswith(f"{given}.") and given.isidentifier():
                found.setdefault(form, parameter + text[len(given) :])
            elif given.startswith(text) and given[len(text) : len(text) + 1] in {"[", "."} and text.isidentifier():
                found.setdefault(form + given[len(text) :], parameter)
    return InHand(tuple(sorted(found.items())), in_hand.maybe)


def raised(step: Step, callee: Step, expression: str) -> str:
    """An expression over a callee's parameter in terms of its caller: `ctx.session_id` of `f(self.ctx)`; "" when it has none."""
    base, dot, rest = expression.partition(".")
    if callee.function is None or not dot or names.bindings(callee.source, callee.function, base):
        return ""
    value = signatures.bind(step.source, step.call, callee.function).get(base)
    if not isinstance(value, cst.Name | cst.Attribute):
        return ""
    return f"{step.source.code(value)}.{rest}"

"""What a value of a function is for those who hand it to the function: its callers, or the function around it whose variable it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from session_lint.analysis.program.blocks import with_tests
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.substitution import HANDED, exchanged, rebuilt, substitute
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.module_facts import CallSite, Condition, Do
from session_lint.facts.terms import Attr, Item, Op, Param, Ref, Term, root, strip


@dataclass(frozen=True, slots=True)
class Handed:
    """A value in terms of a function, with the tests that lead to where it is handed on from there.

    `called`: what that function calls where it was handed the one that it enters, `entered`; None where it names it.
    """

    function: str
    value: Term
    tests: tuple[Condition, ...] = ()
    called: Term | None = None
    entered: str = ""


def handed(linker: Linker, one: Handed) -> Iterator[Handed]:
    """The same for each known call of its function, or for the function around that one."""
    value = strip(one.value)
    if isinstance(start_of(value), Ref):
        yield from _around(linker, one, value)
    elif _is_given(value):
        yield from _of_callers(linker, one, value)


def start_of(value: Term) -> Term:
    """What a value is a part of."""
    inner = strip(value)
    while isinstance(inner, (Attr, Item)):
        inner = strip(inner.base)
    return inner


def _is_given(value: Term) -> bool:
    """Whether a value is what a function was handed, or a part of it; or the object that its method is called on."""
    start = root(value)
    if value == Param("self"):
        return True
    return (isinstance(start, Param) and start.name not in ("self", "cls")) or (isinstance(start, Op) and start.kind == HANDED)


def _of_callers(linker: Linker, one: Handed, value: Term) -> Iterator[Handed]:
    for caller in sorted(linker.known_callers(one.function)):
        for site, target, tests in _calls(linker, caller, one.function):
            values = linker.values(caller, site, target)
            called = substitute(one.called, values) if one.called is not None else None
            if called is not None and _is_another(linker, caller, called, one.entered):
                continue  # it runs what it is handed, and is handed another one there
            above = tuple(replace(test, term=substitute(test.term, values)) for test in one.tests)
            told = Handed(caller, substitute(value, values), (*above, *tests))
            if called is not None and _is_given(called):
                yield replace(told, called=called, entered=one.entered)
            elif called is None and _is_given(site.func):
                yield replace(told, called=site.func, entered=one.function)
            else:
                yield told


def _is_another(linker: Linker, caller: str, called: Term, entered: str) -> bool:
    """Whether what is called is known, and is not the function that was entered."""
    values = linker.resolver.inference.infer(called, caller)
    return bool(values) and all(isinstance(value, FunctionValue) and value.full != entered for value in values)


def _calls(linker: Linker, caller: str, full: str) -> Iterator[tuple[CallSite, Target, tuple[Condition, ...]]]:
    """The calls of a function in another one, each with the tests that lead to it."""
    facts = linker.facts.get(caller)
    for step, tests in with_tests(facts.body, ()) if facts is not None else ():
        for target in linker.resolver.resolve(caller, facts.calls[step.site]).targets if facts is not None and isinstance(step, Do) else ():
            if facts is not None and isinstance(step, Do) and target.full == full:
                yield facts.calls[step.site], target, tests


def _uses(linker: Linker, outer: str, full: str) -> Iterator[tuple[Condition, ...]]:
    """The tests that lead to where a function calls one inside it, or hands it to another one."""
    facts = linker.facts[outer]
    for step, tests in with_tests(facts.body, ()):
        site = facts.calls[step.site] if isinstance(step, Do) else None
        if site is not None and any(isinstance(one := strip(arg), Ref) and one.name == full for arg in (site.func, *site.args)):
            yield tests


def _around(linker: Linker, one: Handed, value: Term) -> Iterator[Handed]:
    """The same of a variable that a nested function takes from the function around it, or a part of one."""
    variable = start_of(value)
    outer, _, name = variable.name.rpartition(".") if isinstance(variable, Ref) else ("", "", "")
    parts: list[str] = []
    while outer and outer not in linker.facts:  # a part that is spelled with the name: `work.crate`
        parts.append(name)
        outer, _, name = outer.rpartition(".")
    held = _variable(linker, outer, name) if outer else None
    for part in reversed(parts if held is not None else []):
        held = Attr(held, part)  # type: ignore[arg-type]
    if held is None or held == variable:
        return
    told = exchanged(value, variable, held)
    own = tuple(replace(test, term=_from_outside(linker, outer, test.term)) for test in one.tests)
    inside = [tests for full in _nested(one.function, outer) for tests in _uses(linker, outer, full)]
    yield from (Handed(outer, told, (*own, *tests)) for tests in inside or [()])


def _from_outside(linker: Linker, outer: str, term: Term) -> Term:
    """What a nested function says, in terms of the function around it."""
    if isinstance(term, Ref) and term.name.rpartition(".")[0] == outer:
        return _variable(linker, outer, term.name.rpartition(".")[2]) or term
    return rebuilt(term, lambda part: _from_outside(linker, outer, part))


def _variable(linker: Linker, outer: str, name: str) -> Term | None:
    """What a variable or parameter of a function is."""
    held = dict(linker.facts[outer].names).get(name)
    function = linker.symbols.functions.get(outer) if held is None else None
    given = function is not None and any(parameter.name == name for parameter in function.index.parameters)
    return Param(name) if given else held


def _nested(full: str, outer: str) -> Iterator[str]:
    """A function inside another one, and those in between around it."""
    while full.startswith(f"{outer}."):
        yield full
        full = full.rpartition(".")[0]

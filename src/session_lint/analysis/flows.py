"""Adds to the indexes what frameworks run by themselves: functions that nobody wrote, beside those that they are about.

A project that imports no framework of the room pays one look at the names of its imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from session_lint import registry
from session_lint.analysis import flow_text
from session_lint.analysis.wiring import ProjectWiring
from session_lint.clients import frameworks as room
from session_lint.clients.framework import Framework, Run
from session_lint.facts.flow import MARK, Flow
from session_lint.facts.imprint import imprint
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Invoke, dotted

ENTRY = "respond"  # the method of a framework's class with which a request begins


def with_flows(indexes: list[ModuleIndex], contents: Mapping[str, bytes], aliases: Mapping[str, str]) -> list[ModuleIndex]:
    """The indexes with the flows of the frameworks that the project imports. `aliases`: other names of modules."""
    used = _used(indexes)
    if not used:
        return indexes
    wiring = ProjectWiring(indexes, contents, aliases)
    found: dict[str, list[FunctionIndex]] = {}
    for framework in used:
        runs = [run for run in framework.runs(wiring) if wiring.find(run.home) == run.home]
        for module, flow in (*_Classes(framework, wiring, runs).flows(), *_functions(framework, wiring, runs)):
            found.setdefault(module, []).append(flow)
    return [_with(index, found[index.module]) if index.module in found else index for index in indexes]


def facts_of(index: ModuleIndex, names: frozenset[str]) -> tuple[FunctionFacts, ...]:
    """The facts of those flows of a file that are wanted."""
    return tuple(one.flow.facts for one in index.functions if one.flow is not None and one.qualname in names)


def changing(indexes: Sequence[ModuleIndex]) -> frozenset[str]:
    """The names that frameworks of the project make stand for something else in each request."""
    return frozenset[str]().union(*(framework.changing for framework in _used(indexes)))


def _used(indexes: Sequence[ModuleIndex]) -> list[Framework]:
    """The frameworks that a project imports, each by the name of its file."""
    known = frozenset(registry.stems(room))
    imported = {target.partition(".")[0] for index in indexes for target in (*(t for _, t in index.imports), *index.inner_imports)}
    return [_framework(stem) for stem in sorted(known & imported)]


@cache
def _framework(stem: str) -> Framework:
    return registry.item(room, stem, Framework)


def _with(index: ModuleIndex, flows: list[FunctionIndex]) -> ModuleIndex:
    shape = imprint((index.shape, tuple(one.flow for one in flows))) if index.shape else ""
    return replace(index, functions=(*index.functions, *flows), shape=shape)


def _made(written: flow_text.Written, flow: Flow, qualname: str, name: str, owner: str | None, row: int) -> FunctionIndex:
    last = [full.rpartition(".")[2] for full in written.runs]
    return FunctionIndex(
        qualname=qualname,
        name=name,
        parameters=written.parameters,
        returns=None,
        decorators=(),
        is_async=False,
        is_generator=False,
        owner=owner,
        first_line=row,
        body_line=row,
        last_line=row,
        calls=frozenset([*last, *(form[:-1].rpartition(".")[2] for form in written.said)]),
        words=frozenset(),
        repeated=frozenset(one for one in last if last.count(one) > 1),
        said=written.said,
        returns_value=bool(written.facts.returns),
        flow=flow,
    )


def _functions(framework: Framework, wiring: ProjectWiring, runs: Sequence[Run]) -> Iterator[tuple[str, FunctionIndex]]:
    """The flows about functions and classes that the framework is told of, each with its module."""
    stem = type(framework).__module__.rpartition(".")[2]
    for run in runs:
        node = flow_text.function(run.text)
        if node is None:
            continue
        module = wiring.module_of(run.home)
        beside = wiring.function(run.home)
        row = beside.first_line if beside is not None else 1
        qualname = f"{run.home.removeprefix(f'{module}.')}{run.name}{MARK}{stem}"
        written = flow_text.read(node, qualname, row)
        handed = tuple((taker if wiring.is_function(taker) else f"{taker}{MARK}{stem}", name) for taker, name in run.handed)
        flow = Flow(framework.title, written.facts, written.runs, handed)
        name = run.name[1:] if run.name[:1] == "." else qualname.rpartition(".")[2]  # the project calls the method of a variable
        yield module, _made(written, flow, qualname, name, None, row)


class _Classes:
    """The methods that classes of the project have from those of a framework, as far as these call methods of theirs."""

    def __init__(self, framework: Framework, wiring: ProjectWiring, runs: Sequence[Run]) -> None:
        self._framework = framework
        self._stem = type(framework).__module__.rpartition(".")[2]
        self._known = flow_text.classes(framework.classes)
        self._wiring = wiring
        self._entered = frozenset(run.home for run in runs)  # those that a flow enters

    def flows(self) -> Iterator[tuple[str, FunctionIndex]]:
        """The flows, each with its module."""
        for full in sorted(self._wiring.classes()) if self._known else ():
            above = [name for base in self._wiring.outside(full) if (name := self._name(base))]
            if above:
                yield from self._of_class(full, above)

    def _name(self, base: str) -> str:
        """The class of the framework that a base is."""
        package, name = base.partition(".")[0], base.rpartition(".")[2]
        return name if package == self._stem and name in self._known else ""

    def _of_class(self, full: str, above: list[str]) -> Iterator[tuple[str, FunctionIndex]]:
        methods = {name: node for one in reversed(above) for name, node in self._methods(one).items()}
        handlers = self._handlers(full, methods)
        module = self._wiring.module_of(full)
        row = min((one.first_line for one in self._wiring.modules[module].functions if f"{module}.{one.owner}" == full), default=1)
        found = []
        own = sorted({name for one in self._wiring.order(full) for name in self._wiring.classes()[one].methods})
        for name, node in methods.items():
            owner = full.removeprefix(f"{module}.")
            qualname = f"{owner}.{name}{MARK}{self._stem}"
            written = flow_text.read(flow_text.for_each(node, own), qualname, row, handlers)
            found.append(_made(written, Flow(self._framework.title, written.facts, written.runs), qualname, name, owner, row))
        least = 2 if ENTRY in methods and full not in self._entered else 1  # the project itself calls what is no view
        if full in self._entered or self._stages(full, methods, found, handlers) >= least:
            yield from ((module, one) for one in found)

    def _methods(self, above: str) -> dict[str, ast.FunctionDef]:
        """The methods that a class of the framework has, nearest first."""
        bases, own = self._known[above]
        found = dict(own)
        for base in bases:
            found = {**self._methods(base), **found}
        return found

    def _handlers(self, full: str, methods: Mapping[str, object]) -> tuple[str, ...]:
        """The methods of which one request runs one: by their name, or by a decorator."""
        names = self._framework.handlers
        found = [name for name in sorted(names) if self._wiring.method(full, name) or name in methods]
        for one in self._wiring.order(full):
            for name in self._wiring.classes()[one].methods:
                function = self._wiring.function(f"{one}.{name}")
                for decorator in function.decorators if function is not None else ():
                    term = decorator.func if isinstance(decorator, Invoke) else decorator
                    if (dotted(term) or "").rpartition(".")[2] in names and name not in found:
                        found.append(name)
        return tuple(found)

    def _stages(self, full: str, methods: Mapping[str, object], found: Sequence[FunctionIndex], handlers: Sequence[str]) -> int:
        """How many of the methods that the framework calls one after the other are of the project; those of one request count as one."""
        called = {form[5:-1] for one in found for form in one.said if form.startswith("self.")}
        own = {name for name in called | set(methods) if self._wiring.method(full, name)}
        return len(own - set(handlers)) + bool(own & set(handlers))

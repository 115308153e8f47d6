"""Adds to the indexes what frameworks run by themselves: functions that nobody wrote, beside those that they are about.

A project that imports no framework of the room pays one look at the names of its imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeAlias

from session_lint import registry
from session_lint.analysis import flow_text
from session_lint.analysis.handed_by_frameworks import Handed, handed, with_handed
from session_lint.analysis.told import Found, told
from session_lint.analysis.wiring import ProjectWiring
from session_lint.clients import frameworks as room
from session_lint.clients.framework import Framework, Run
from session_lint.facts.flow import MARK, Flow
from session_lint.facts.imprint import imprint
from session_lint.facts.location import Span
from session_lint.facts.module_facts import FunctionFacts, Store
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Term, dotted
from session_lint.runtime.memo import Memo

ENTRY = "respond"  # the method of a framework's class with which a request begins
_NOWHERE = 1  # the row of what is about nothing that is written


@dataclass(frozen=True, slots=True)
class _Flow:
    """A flow, and what it is about: a function or a class of its module."""

    beside: str
    function: FunctionIndex

    def at(self, row: int) -> FunctionIndex:
        """The flow in a row of the file."""
        flow = self.function.flow
        assert flow is not None
        facts = replace(flow.facts, name_span=Span(row, 1, row, 1))
        return replace(self.function, first_line=row, body_line=row, last_line=row, flow=replace(flow, facts=facts))


_Answers: TypeAlias = Sequence[tuple[tuple[ModuleIndex, tuple[str, ...]], Found]]
_Found: TypeAlias = Mapping[str, tuple[_Flow, ...]]
_Handed: TypeAlias = Mapping[str, tuple[Handed, ...]]


def with_flows(
    indexes: list[ModuleIndex], contents: Mapping[str, bytes], aliases: Mapping[str, str], memo: Memo | None = None
) -> list[ModuleIndex]:
    """The indexes with the flows of the frameworks that the project imports. `aliases`: other names of modules.

    With a `memo` that has seen the project, they are made anew only when the files say other names, or tell the frameworks something else.
    """
    memo = memo if memo is not None else Memo()
    shapes = [index.shape for index in indexes]
    kept = memo.get("flows", "", (shapes if all(shapes) else indexes, aliases), _Kept)
    if kept.found is None or any(_told(memo, contents, *asked) != said for asked, said in kept.told):
        kept.told, kept.found, kept.handed = _flows(indexes, contents, aliases, memo)
    found, handed = kept.found, kept.handed
    return [
        _placed(memo, index, found.get(index.module, ()), handed.get(index.module, ()))
        if index.module in found or index.module in handed
        else index
        for index in indexes
    ]


@dataclass(slots=True)
class _Kept:
    """The flows of a project by module, not yet placed, and what its files tell the frameworks: what was asked, and the answer."""

    told: Sequence[tuple[tuple[ModuleIndex, tuple[str, ...]], Found]] = ()
    found: Mapping[str, tuple[_Flow, ...]] | None = None
    handed: Mapping[str, tuple[Handed, ...]] = field(default_factory=dict)


def _flows(
    indexes: Sequence[ModuleIndex], contents: Mapping[str, bytes], aliases: Mapping[str, str], memo: Memo
) -> tuple[_Answers, _Found, _Handed]:
    answers: list[tuple[tuple[ModuleIndex, tuple[str, ...]], Found]] = []

    def ask(index: ModuleIndex, names: tuple[str, ...]) -> Found:
        said = _told(memo, contents, index, names)
        answers.append(((index, names), said))
        return said

    found: dict[str, tuple[_Flow, ...]] = {}
    given: dict[str, tuple[Handed, ...]] = {}
    used = _used(indexes)
    if not used:
        return answers, found, given
    wiring = ProjectWiring(indexes, ask, aliases)
    for framework in used:
        runs = [run for run in framework.runs(wiring) if wiring.find(run.home) == run.home]
        for module, flow in (*_Classes(framework, wiring, runs).flows(), *_functions(framework, wiring, runs)):
            found[module] = (*found.get(module, ()), flow)
        for module, one in handed(framework, wiring):
            given[module] = (*given.get(module, ()), one)
    return answers, found, given


def _told(memo: Memo, contents: Mapping[str, bytes], index: ModuleIndex, names: tuple[str, ...]) -> Found:
    """What a file says by these names."""
    data = contents.get(index.path, b"")
    about = (index.module, index.is_package, index.renamed, data)
    return memo.get("told", "\n".join((index.path, *names)), about, lambda: told(index, data, names))


def facts_of(index: ModuleIndex, names: frozenset[str]) -> tuple[FunctionFacts, ...]:
    """The facts of those flows of a file that are wanted."""
    return tuple(one.flow.facts for one in index.functions if one.flow is not None and one.qualname in names)


def changing(indexes: Sequence[ModuleIndex]) -> frozenset[str]:
    """The names that frameworks of the project make stand for something else in each request."""
    return frozenset[str]().union(*(framework.changing for framework in _used(indexes)))


def _used(indexes: Sequence[ModuleIndex]) -> list[Framework]:
    """The frameworks that a project imports, each by the name of its file."""
    imported = {target.partition(".")[0] for index in indexes for target in (*(t for _, t in index.imports), *index.inner_imports)}
    return [_framework(stem) for stem in sorted(_known() & imported)]


@cache
def _known() -> frozenset[str]:
    return frozenset(registry.stems(room))


@cache
def _framework(stem: str) -> Framework:
    return registry.item(room, stem, Framework)


def _placed(memo: Memo, index: ModuleIndex, flows: tuple[_Flow, ...], given: tuple[Handed, ...]) -> ModuleIndex:
    """An index with its flows, each in the row of what it is about, and with the classes of what a framework hands to methods."""
    return memo.get("flowed", index.path, (index, flows, given), lambda: _with(with_handed(index, given), flows))


def _with(index: ModuleIndex, flows: tuple[_Flow, ...]) -> ModuleIndex:
    shape = imprint((index.shape, tuple(one.function.flow for one in flows))) if index.shape else ""
    kept = {one.beside: tuple(_kept(one)) for one in flows if one.function.name == "__init__"}
    classes = tuple(replace(cls, instance=(*cls.instance, *kept[cls.qualname])) if cls.qualname in kept else cls for cls in index.classes)
    return replace(index, functions=(*index.functions, *(one.at(_row(index, one)) for one in flows)), classes=classes, shape=shape)


def _kept(flow: _Flow) -> Iterator[tuple[str, str, Term]]:
    """What the constructor of a framework's class keeps, as in ClassIndex."""
    assert flow.function.flow is not None
    for step in flow.function.flow.facts.body:
        if isinstance(step, Store) and isinstance(step.target, Attr):
            yield step.target.name, flow.function.name, step.value


def _row(index: ModuleIndex, flow: _Flow) -> int:
    if flow.function.owner is not None:  # a method of a class: where the first that is written stands
        return min((one.first_line for one in index.functions if one.owner == flow.beside), default=_NOWHERE)
    return next((one.first_line for one in index.functions if one.qualname == flow.beside), _NOWHERE)


def _made(written: flow_text.Written, flow: Flow, qualname: str, name: str, owner: str | None) -> FunctionIndex:
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
        first_line=_NOWHERE,
        body_line=_NOWHERE,
        last_line=_NOWHERE,
        calls=frozenset([*last, *(form[:-1].rpartition(".")[2] for form in written.said)]),
        words=frozenset(),
        repeated=frozenset(one for one in last if last.count(one) > 1),
        said=written.said,
        returns_value=bool(written.facts.returns),
        flow=flow,
    )


def _functions(framework: Framework, wiring: ProjectWiring, runs: Sequence[Run]) -> Iterator[tuple[str, _Flow]]:
    """The flows about functions and classes that the framework is told of, each with its module."""
    stem = type(framework).__module__.rpartition(".")[2]
    for run in runs:
        node = flow_text.function(run.text)
        if node is None:
            continue
        module = wiring.module_of(run.home)
        beside = run.home.removeprefix(f"{module}.")
        qualname = f"{beside}{run.name}{MARK}{stem}"
        written = flow_text.read(node, qualname, _NOWHERE)
        handed = tuple((taker if wiring.is_function(taker) else f"{taker}{MARK}{stem}", name) for taker, name in run.handed)
        flow = Flow(framework.title, written.facts, written.runs, handed)
        name = run.name[1:] if run.name[:1] == "." else qualname.rpartition(".")[2]  # the project calls the method of a variable
        yield module, _Flow(beside, _made(written, flow, qualname, name, None))


class _Classes:
    """The methods that classes of the project have from those of a framework, as far as these call methods of theirs."""

    def __init__(self, framework: Framework, wiring: ProjectWiring, runs: Sequence[Run]) -> None:
        self._framework = framework
        self._stem = type(framework).__module__.rpartition(".")[2]
        self._known = flow_text.classes(framework.classes)
        self._wiring = wiring
        self._entered = frozenset(run.home for run in runs)  # those that a flow enters

    def flows(self) -> Iterator[tuple[str, _Flow]]:
        """The flows, each with its module."""
        for full in sorted(self._wiring.classes()) if self._known else ():
            above = [name for base in self._wiring.outside(full) if (name := self._name(base))]
            if above:
                yield from self._of_class(full, above)

    def _name(self, base: str) -> str:
        """The class of the framework that a base is."""
        package, name = base.partition(".")[0], base.rpartition(".")[2]
        return name if package == self._stem and name in self._known else ""

    def _of_class(self, full: str, above: list[str]) -> Iterator[tuple[str, _Flow]]:
        methods = {name: node for one in reversed(above) for name, node in self._methods(one).items()}
        handlers = self._handlers(full, methods)
        module = self._wiring.module_of(full)
        found = []
        own = sorted({name for one in self._wiring.order(full) for name in self._wiring.classes()[one].methods})
        model = self._wiring.model(full)
        known = {name: node for name, text in methods.items() if (node := flow_text.of_model(text, model)) is not None}
        for name, node in known.items():
            owner = full.removeprefix(f"{module}.")
            qualname = f"{owner}.{name}{MARK}{self._stem}"
            written = flow_text.read(flow_text.for_each(node, own), qualname, _NOWHERE, handlers)
            found.append(_made(written, Flow(self._framework.title, written.facts, written.runs), qualname, name, owner))
        least = 2 if ENTRY in methods and full not in self._entered else 1  # the project itself calls what is no view
        if full in self._entered or model or self._goes_on(full, methods) or self._stages(full, methods, found, handlers) >= least:
            yield from ((module, _Flow(full.removeprefix(f"{module}."), one)) for one in found)

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

    def _goes_on(self, full: str, methods: Mapping[str, object]) -> bool:
        """Whether a method of the class goes on to that of the framework: `super().create(request)`."""
        own = (self._wiring.function(f"{one}.{name}") for one in self._wiring.order(full) for name in self._wiring.classes()[one].methods)
        return any(f"super().{function.name}(" in function.said for function in own if function is not None and function.name in methods)

    def _stages(self, full: str, methods: Mapping[str, object], found: Sequence[FunctionIndex], handlers: Sequence[str]) -> int:
        """How many of the methods that the framework calls one after the other are of the project; those of one request count as one."""
        called = {form[5:-1] for one in found for form in one.said if form.startswith("self.")}
        own = {name for name in called | set(methods) if self._wiring.method(full, name)}
        return len(own - set(handlers)) + bool(own & set(handlers))

"""Every library model against its scenarios, with all the other models listening too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from clients.library_models.scenarios import HERE, Scenario, scenarios
from session_lint.analysis.extract.module import extract_module
from session_lint.analysis.index.build import build_index
from session_lint.analysis.prefilter import Prefilter
from session_lint.clients import library_models
from session_lint.clients.library_model import LibraryModel
from session_lint.facts.effects import Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.module_facts import Block, Choice, Loop, ModuleFacts, Step, Try, Within
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import show
from session_lint.registry import discover, stems

MODELS = discover(library_models, LibraryModel)
SCENARIOS = tuple(scenarios())


def facts_of(code: str) -> ModuleFacts:
    """What the extract stage makes of a file, all of its functions selected."""
    index = build_index("app.py", "app", False, code.encode(), Prefilter([]))
    assert isinstance(index, ModuleIndex)
    return extract_module(code, index, frozenset(one.qualname for one in index.functions), MODELS)


def steps(block: Block) -> Iterator[Step]:
    """Every step of a block, those inside other steps too."""
    for step in block:
        yield step
        match step:
            case Choice(arms):
                for arm in arms:
                    yield from steps(arm.body)
            case Loop(_, _, body, orelse):
                yield from steps(body + orelse)
            case Try(body, handlers, orelse, final):
                for part in (body, *handlers, orelse, final):
                    yield from steps(part)
            case Within(_, body):
                yield from steps(body)
            case _:
                pass


def found_in(code: str) -> Iterator[tuple[int, Effect | Scope]]:
    """What the models find in a file. Effects have the row of the called name, scopes have row 0."""
    for function in facts_of(code).functions:
        yield from ((0, scope) for scope in function.scopes)
        yield from ((0, step.scope) for step in steps(function.body) if isinstance(step, Within) and step.scope.kind is not ScopeKind.WITH)
        yield from ((call.name_span.row, effect) for call in function.calls for effect in call.effects)


def written(row: int, found: Effect | Scope, stem: str) -> str:
    """One line of an effects block."""
    if isinstance(found, Scope):
        return f"scope {found.kind.value} {show(found.connection) if found.connection is not None else '-'}"
    flags = [found.selection.value] if found.kind in (EffectKind.CLEAR, EffectKind.READ, EffectKind.OBTAIN) else []
    named = {
        "many": found.many,
        "soft": found.soft,
        "partial": not found.complete,
        "buffered": not found.autocommit,
        "serial": found.serial_writers,
        "ignores-conflicts": found.ignores_conflicts,
        f"@{found.client}": found.client != stem,
    }
    flags += [name for name, holds in named.items() if holds]
    resource = show(found.resource) if found.resource is not None else "-"
    columns = ", ".join(f"{name}={show(value)}" for name, value in found.columns)
    return " ".join([str(row), found.kind.value, resource, f"[{columns}]", *flags])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: f"{one.stem}: {one.title}")
def test_scenario(scenario: Scenario) -> None:
    found = [written(row, effect, scenario.stem) for row, effect in found_in(scenario.code)]
    assert sorted(found) == sorted(scenario.expected)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: f"{one.stem}: {one.title}")
def test_words_cover_what_is_found(scenario: Scenario) -> None:
    """A function is selected for a word of the model in its own text: without one its effects would never be seen."""
    index = build_index("app.py", "app", False, scenario.code.encode(), Prefilter([word for model in MODELS for word in model.words]))
    assert isinstance(index, ModuleIndex)
    words = {one.qualname: one.words for one in index.functions}
    by_stem = {model.stem: frozenset(model.words) for model in MODELS}
    for function in facts_of(scenario.code).functions:
        found = [effect for call in function.calls for effect in call.effects]
        scopes = [step.scope for step in steps(function.body) if isinstance(step, Within) and step.scope.client]
        for client in sorted({one.client for one in [*found, *scopes]}):
            assert words[function.qualname] & by_stem[client], f"{function.qualname}: {client} finds something without any of its words"


def test_every_model_has_a_scenario_file() -> None:
    assert {file.stem for file in HERE.glob("*.md")} == set(stems(library_models))


@pytest.mark.parametrize("stem", stems(library_models))
def test_enough_shapes(stem: str) -> None:
    assert Counter(one.stem for one in SCENARIOS)[stem] >= 12


def test_words_are_lower_case() -> None:
    assert [word for model in MODELS for word in model.words if word != word.lower()] == []

"""The evidence of the library models allows every effect that they find."""

from __future__ import annotations

import pytest

from clients.library_models.scenarios import Scenario, scenarios
from session_lint.analysis.extract.effects import called_name
from session_lint.analysis.extract.module import extract_module
from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.index.build import build_index
from session_lint.analysis.index.kinds import CLEAR, INSERT, OBTAIN, READ, UPSERT, ModelNames, Seeds
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.analysis.index.seeds import Seeded
from session_lint.analysis.pipeline import prefilter
from session_lint.clients import library_models
from session_lint.clients.library_model import LibraryModel
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_index import ModuleIndex
from session_lint.registry import discover

MODELS = discover(library_models, LibraryModel)
SEEDS = Seeds(tuple(ModelNames(frozenset(model.words), model.methods, model.evidence) for model in MODELS), getter_shape)
SCENARIOS = tuple(scenarios())
BITS = {
    EffectKind.OBTAIN: OBTAIN,
    EffectKind.READ: READ,
    EffectKind.INSERT: INSERT,
    EffectKind.UPSERT: INSERT,
    EffectKind.CLEAR: CLEAR,
}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.stem}: {scenario.title}")
def test_evidence_allows_every_effect(scenario: Scenario) -> None:
    index = build_index("app.py", "app", False, scenario.code.encode(), prefilter())
    assert isinstance(index, ModuleIndex)
    project = ProjectIndex([index])
    seeded = Seeded(project, SEEDS)
    own = {node.qualname: seeded.whole.get(node.number, {}) for node in project.nodes if node.real}
    facts = extract_module(scenario.code, index, frozenset(own), MODELS)
    for function in facts.functions:
        around = next((name for name in own if function.qualname.startswith(name)), "<module>")
        for site in function.calls:
            for effect in site.effects:
                if effect.locks and effect.resource is None:
                    continue  # it is on no rows: a function that does nothing else is taken for those that call it
                assert effect.kind not in BITS or BITS[effect.kind] in own[around], (function.qualname, called_name(site.func), effect.kind)


def test_an_upsert_counts_as_one_only_where_its_model_says_so() -> None:
    code = "def put(k):\n    return client.table('t').upsert({'k': k}).execute()\ndef add(k):\n    client.table('t').insert(k).execute()\n"
    index = build_index("app.py", "app", False, code.encode(), prefilter())
    assert isinstance(index, ModuleIndex)
    project = ProjectIndex([index])
    seeded = Seeded(project, SEEDS)
    kinds = {node.qualname: set(seeded.whole.get(node.number, {})) & {INSERT, UPSERT, CLEAR, OBTAIN} for node in project.nodes if node.real}
    assert kinds == {"<module>": set(), "put": {INSERT, UPSERT}, "add": {INSERT}}

"""What must not change the findings: prefilter and select, pickling, the order of files."""

from __future__ import annotations

import pickle
from random import Random

from hypothesis import example, given, settings, strategies as st

from properties.projects import STATE, STORE, WRITTEN, Files, generated, sample
from properties.runs import Stages, as_json, findings
from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.facts.module_facts import ModuleFacts
from session_lint.facts.module_index import ModuleIndex

FEW = settings(max_examples=40)


def _says(found: tuple[Finding, ...]) -> list[str]:
    return [f"{f.code} {f.place.path}:{f.place.span.row} {f.message}" for f in found]


def assert_selection_loses_nothing(files: Files) -> tuple[Stages, list[ModuleIndex], tuple[Finding, ...]]:
    """Gives what is chosen, so that the other questions about a project need not choose again."""
    stages = Stages.of(files)
    indexes = stages.index()
    chosen = findings(stages.program(indexes))
    everything = findings(stages.program(indexes, everything=True))
    assert _says(chosen) == _says(everything)
    assert chosen == everything
    return stages, indexes, chosen


def assert_prefilter_loses_nothing(stages: Stages, found: tuple[Finding, ...]) -> None:
    assert found == findings(stages.program(stages.index_with_every_word()))


def assert_pickling_changes_nothing(stages: Stages, indexes: list[ModuleIndex], found: tuple[Finding, ...]) -> None:
    facts = stages.facts(indexes)
    again: tuple[list[ModuleIndex], list[ModuleFacts]] = pickle.loads(pickle.dumps((indexes, facts), pickle.HIGHEST_PROTOCOL))
    assert again == (indexes, facts)
    assert findings(stages.link(*again)) == found
    # one at a time, as workers hand them over: nothing is shared between files any more
    apart = [pickle.loads(pickle.dumps(item)) for item in facts]
    assert findings(stages.link(indexes, apart)) == found
    assert pickle.loads(pickle.dumps(found)) == found


# the wrapper of `checked` calls f outside a transaction, the only caller of f inside one
DECORATED = {
    "store.py": STORE,
    "state.py": STATE,
    "caller.py": "from django.db import transaction\nfrom inner import f\n\n\n@transaction.atomic\ndef g(user_id):\n    f(user_id)\n",
    "inner.py": "from state import add_progress, clear_progress\nfrom store import checked\n\n\n@checked\ndef f(user_id):\n"
    '    clear_progress(user_id)\n    add_progress(user_id, "x")\n',
}


@FEW
@given(generated())
@example(DECORATED)
def test_selection_loses_nothing(files: Files) -> None:
    assert_selection_loses_nothing(files)


@sample(2, more=4)  # `make selection` takes all
def test_nothing_is_lost_written(files: Files, whole: bool) -> None:
    """By selection; of the `whole` by the prefilter and by pickling too."""
    stages, indexes, found = assert_selection_loses_nothing(files)
    if whole:
        assert_prefilter_loses_nothing(stages, found)
        assert_pickling_changes_nothing(stages, indexes, found)


@settings(max_examples=15)
@given(generated())
def test_prefilter_and_pickling_lose_nothing(files: Files) -> None:
    stages = Stages.of(files)
    indexes = stages.index()
    found = findings(stages.program(indexes))
    assert_prefilter_loses_nothing(stages, found)
    assert_pickling_changes_nothing(stages, indexes, found)


@settings(max_examples=25)
@given(generated() | st.sampled_from([files for _, files in WRITTEN if len(files) > 2]), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(files: Files, chance: Random) -> None:
    stages = Stages.of(files)
    indexes = stages.index()
    facts = stages.facts(indexes)
    found = stages.link(indexes, facts)
    other = stages.link(chance.sample(indexes, len(indexes)), chance.sample(facts, len(facts)))
    assert findings(other) == findings(found)
    assert other.graph() == found.graph()
    assert other.unresolved == found.unresolved
    shuffled = dict(chance.sample(list(files.items()), len(files)))
    assert as_json(api.check_source(shuffled)) == as_json(api.check_source(files))

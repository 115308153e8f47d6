"""Every client says by which imports it is known that a project uses it, or is one of those that are imported for other things too."""

from __future__ import annotations

import re

from session_lint.analysis.jobs import library_models

# imported for other things as well, or of which reads are not known: nothing is missing where no call of theirs is recognised
WITHOUT = {"dynamodb", "infinity", "lancedb", "langchain", "llama_index", "pandas", "redis", "weaviate"}


def test_every_client_is_known_by_its_imports() -> None:
    assert {model.stem for model in library_models() if not model.packages} == WITHOUT


def test_packages_are_dotted_names() -> None:
    for model in library_models():
        assert all(re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", package) for package in model.packages), model.stem


def test_an_import_of_a_package_is_evidence_of_its_client() -> None:
    for model in library_models():
        for package in model.packages:
            assert any(one.fits(frozenset({package})) for one in model.evidence), (model.stem, package)

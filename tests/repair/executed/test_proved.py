"""What is offered for a client is run: a codemod that can write for one has a program of it here, or its edit is only shown."""

from __future__ import annotations

import pytest

from repair.executed.clients import CLIENTS
from repair.executed.harness import PROGRAMS, clients
from session_lint import registry
from session_lint.repair import answers, idioms
from session_lint.repair.answer import Answer
from session_lint.repair.idiom import Idiom

NOT_RUN = {
    ("transaction", "pymongo"),  # takes a replica set, which no package brings: it is only shown
    ("transaction", "supabase"),  # has none, and says so
}


def offered() -> dict[str, set[str]]:
    """The clients that each codemod can write for."""
    found: dict[str, set[str]] = {"upsert": set(), "transaction": set(), "adopt_winner": set()}
    for idiom in registry.discover(idioms, Idiom):
        for name in ("upsert", "transaction"):
            if getattr(type(idiom), name) is not getattr(Idiom, name):
                found[name].add(idiom.stem)
    for answer in registry.discover(answers, Answer):
        found["adopt_winner"].add(answer.stem)
    return found


@pytest.mark.parametrize("codemod", sorted(offered()))
def test_every_client_has_a_program(codemod: str) -> None:
    missing = offered()[codemod] - set(clients(codemod))
    assert missing == {client for name, client in NOT_RUN if name == codemod}


def test_every_program_is_of_a_client() -> None:
    assert {file.stem for file in PROGRAMS.rglob("*.py")} <= set(CLIENTS)

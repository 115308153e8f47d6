"""What a value can be, where the code goes round in a circle."""

from __future__ import annotations

from textwrap import dedent

import pytest

from session_lint.analysis.pipeline import graph_sources


def calls(text: str, caller: str) -> tuple[str, ...]:
    return graph_sources({"shop.py": dedent(text)})[f"shop.{caller}"]


@pytest.mark.parametrize("grown", ["[*self.steps, last]", "[*self.steps, *self.steps, last]", "[last, *self.others]"])
def test_a_list_unpacked_into_itself_still_gives_its_items(grown: str) -> None:
    text = f"""
    def first(): ...
    def last(): ...

    class Runner:
        steps = [first]

        def grow(self):
            self.steps = {grown}
            self.others = [*self.steps]

        def run(self):
            for step in self.steps:
                step()
    """
    assert set(calls(text, "Runner.run")) >= {"shop.last"}


def test_a_table_unpacked_into_itself_still_gives_its_values() -> None:
    text = """
    def first(): ...
    def last(): ...

    class Runner:
        def __init__(self):
            self.steps = {"first": first}

        def grow(self):
            self.steps = {**self.steps, "last": last}

        def run(self, name):
            self.steps[name]()
    """
    assert calls(text, "Runner.run") == ("shop.first", "shop.last")

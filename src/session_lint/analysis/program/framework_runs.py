"""What a finding says of the calls on its way that a framework makes."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.link import Linker
from session_lint.facts.chain import ChainStep
from session_lint.facts.flow import is_flow


def plain(path: tuple[ChainStep, ...]) -> tuple[ChainStep, ...]:
    """A path without the steps that nobody wrote."""
    return tuple(step for step in path if not is_flow(step.function))


def steps(event: Event) -> int:
    """How many steps lead to an event, without those that nobody wrote."""
    return event.steps - sum(is_flow(step.function) for step in event.path)


def who_runs(linker: Linker, full: str, first: Event, second: Event) -> str:
    """Which framework runs what between two events of a function; "" when each call on the way is written."""
    way = [step.function for step in second.path]
    if is_flow(full):
        return f"{_title(linker, full)} runs `{_shown(plain(second.path))}` after `{_shown(plain(first.path))}`"
    flow = next((number for number, name in enumerate(way) if is_flow(name)), -1)
    if flow < 0:
        return ""
    if not plain(second.path[flow:]):
        return f"{_title(linker, way[flow])} inserts the row inside `{_short(way[flow - 1])}`"
    return f"{_title(linker, way[flow])} runs `{_shown(plain(second.path[flow:]))}` inside `{_short(way[flow - 1])}`"


def _title(linker: Linker, full: str) -> str:
    flow = linker.symbols.functions[full].index.flow
    return flow.title if flow is not None else ""


def _shown(path: tuple[ChainStep, ...]) -> str:
    return _short(path[0].function)


def _short(full: str) -> str:
    """A function as a person names it: a method with its class."""
    above, _, name = full.rpartition(".")
    owner = above.rpartition(".")[2]
    return f"{owner}.{name}()" if owner[:1].isupper() else f"{name}()"

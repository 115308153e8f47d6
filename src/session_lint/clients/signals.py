"""Signals: objects of a library, each a variable of the project, that call the functions connected to them when one is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from session_lint.clients.framework import Run, Told, Wiring
from session_lint.facts.terms import Const, dotted, strip


def connected(told: Told, wiring: Wiring) -> tuple[str, str]:
    """The signal and the function of `paid.connect(thank)`, or of that as a decorator; "" for what is not of the project."""
    function = told.decorated or dotted(strip(told.call.arg(0, "receiver") or Const(None))) or ""
    return wiring.find((dotted(told.call.func) or "").rpartition(".")[0]), wiring.find(function)


def sent(pairs: Iterable[tuple[str, str]], methods: Sequence[str]) -> Iterator[Run]:
    """What the methods of a signal call. `pairs`: signals, each with a function that is called; "" for what is not of the project."""
    found: dict[str, list[str]] = {}
    for signal, function in pairs:
        if signal and function and function not in found.setdefault(signal, []):
            found[signal].append(function)
    for signal, functions in found.items():
        calls = "\n".join(f"    {function}(sender, **named)" for function in functions)
        for method in methods:
            yield Run(signal, f"def {method}(sender=None, **named):\n{calls}", name=f".{method}")

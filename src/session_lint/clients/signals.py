"""Signals: objects of a library, each a variable of the project, that call the functions connected to them when one is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from session_lint.clients.framework import Run


def sent(connected: Iterable[tuple[str, str]], methods: Sequence[str]) -> Iterator[Run]:
    """What the methods of a signal call. `connected`: signals, each with a function that is called; "" for what is not of the project."""
    found: dict[str, list[str]] = {}
    for signal, function in connected:
        if signal and function and function not in found.setdefault(signal, []):
            found[signal].append(function)
    for signal, functions in found.items():
        calls = "\n".join(f"    {function}(sender, **named)" for function in functions)
        for method in methods:
            yield Run(signal, f"def {method}(sender=None, **named):\n{calls}", name=f".{method}")

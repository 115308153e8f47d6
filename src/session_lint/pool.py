"""Runs one function over chunks of work, in worker processes when that pays. Results come back in order."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WORTH = 400_000  # bytes of source that pay for one more process


def workers(jobs: int | None, size: int) -> int:
    """How many processes to use for `size` bytes of source: `jobs` when given, else as many as pay."""
    if jobs is not None:
        return jobs
    return max(1, min(os.cpu_count() or 1, size // _WORTH))


def balanced(items: Sequence[Item], weight: Callable[[Item], int], parts: int) -> list[list[Item]]:
    """The items in up to `parts` lists of about equal weight; the same lists for the same items."""
    bins: list[tuple[int, list[Item]]] = [(0, []) for _ in range(max(1, parts))]
    for item in sorted(items, key=weight, reverse=True):
        lightest = min(range(len(bins)), key=lambda i: (bins[i][0], i))
        total, members = bins[lightest]
        members.append(item)
        bins[lightest] = (total + weight(item) + 1, members)
    return [members for _, members in bins if members]


def run(function: Callable[[list[Item]], list[Result]], chunks: list[list[Item]], processes: int) -> Iterator[list[Result]]:
    """The function applied to every chunk, in order. With one process nothing is forked."""
    if processes <= 1 or len(chunks) <= 1:
        for chunk in chunks:
            yield function(chunk)
        return
    # imported here: a run that finds everything in the cache must not pay for it
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    method = "fork" if sys.platform == "linux" else None  # workers start from the modules that are already loaded
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as executor:
        yield from executor.map(function, chunks)


@contextmanager
def without_collector() -> Iterator[None]:
    """Switches the cyclic garbage collector off: trees are large, and hold few cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

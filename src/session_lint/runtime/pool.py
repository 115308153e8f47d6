"""Worker processes, and how work is divided among them. Results come back in order."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WORTH = 400_000  # bytes of source that pay for one more process
_WORTH_SENDING = 50_000  # bytes of source that pay for handing them to a process that is there
_PIECES = 3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def parts(processes: int) -> int:
    """Into how many parts to divide the work of so many processes: several each, so that results are taken in meanwhile."""
    return processes * _PIECES if processes > 1 else 1


def balanced(items: Sequence[Item], weight: Callable[[Item], int], parts: int) -> list[list[Item]]:
    """The items in up to `parts` lists of about equal weight; the same lists for the same items."""
    bins: list[tuple[int, list[Item]]] = [(0, []) for _ in range(max(1, parts))]
    for item in sorted(items, key=weight, reverse=True):
        lightest = min(range(len(bins)), key=lambda i: (bins[i][0], i))
        total, members = bins[lightest]
        members.append(item)
        bins[lightest] = (total + weight(item) + 1, members)
    return [members for _, members in bins if members]


class Pool:
    """The worker processes of one run. They start when work first asks for them, and stay for the next stage."""

    def __init__(self) -> None:
        self._executor: ProcessPoolExecutor | None = None
        self._size = 1
        self._released: list[threading.Thread] = []

    def workers(self, jobs: int | None, size: int) -> int:
        """How many processes to use for `size` bytes of source: `jobs` when given, else as many as pay."""
        if jobs is not None:
            return jobs
        if self._executor is not None and size > _WORTH_SENDING:
            return self._size
        return max(1, min(os.cpu_count() or 1, size // _WORTH))

    def run(self, function: Callable[[list[Item]], Result], chunks: list[list[Item]], processes: int) -> Iterator[Result]:
        """The function applied to every chunk, in order; begun at once. With one process nothing is forked, and nothing begun."""
        if processes <= 1 or len(chunks) <= 1:
            return map(function, chunks)
        return self._started(processes).map(function, chunks)

    def prepare(self, function: Callable[[], None]) -> None:
        """Runs the function in the worker processes there are, when they have nothing else to do."""
        if self._executor is not None:
            for _ in range(self._size):
                self._executor.submit(function)

    def release(self) -> None:
        """Lets the processes end as soon as they have done what was begun."""
        if self._executor is not None:
            # in a thread, because an executor that was told not to wait cannot be waited for afterwards: a process that leaves
            # before it has told its workers leaves them behind
            ending = threading.Thread(target=self._executor.shutdown)
            ending.start()
            self._released.append(ending)
        self._executor, self._size = None, 1

    def close(self) -> None:
        """Waits until every process has ended; what was not begun is dropped."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor, self._size = None, 1
        for ending in self._released:
            ending.join()
        self._released.clear()

    def _started(self, processes: int) -> ProcessPoolExecutor:
        if self._executor is not None and processes <= self._size:
            return self._executor
        self.release()
        # imported here: a run that finds everything in the cache must not pay for it
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        method = "fork" if sys.platform == "linux" else None  # workers start from the modules that are already loaded
        self._executor = ProcessPoolExecutor(max_workers=processes, mp_context=multiprocessing.get_context(method))
        self._size = processes
        return self._executor


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

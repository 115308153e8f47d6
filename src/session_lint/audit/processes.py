"""The projects of an audit on this machine, so many at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from session_lint.audit.examining import How, examine
from session_lint.audit.record import Examined, Target


def examined(targets: Sequence[Target], how: How, jobs: int | None) -> Iterator[Examined]:
    """Each project as soon as it is done."""
    one: Callable[[Target], Examined] = lambda target: examine(target, how)  # noqa: E731
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:  # a thread waits for a process
        waiting = [pool.submit(one, target) for target in targets]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()

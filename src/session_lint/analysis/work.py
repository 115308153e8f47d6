"""The work of one stage on many files: what the cache knows is not done again, the rest is shared out to processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from session_lint.analysis.project import Project
from session_lint.runtime import pool

_STEPS = 20  # of a stage, for who is told how far it is


class Job(Protocol):
    """The work on one file."""

    @property
    def weight(self) -> int:
        """How much work it is, compared with others of its stage."""


_Job = TypeVar("_Job", bound=Job)
_Result = TypeVar("_Result")


def begin(
    project: Project,
    kind: str,
    keys: Mapping[str, str],
    make: Callable[[str], _Job],
    function: Callable[[list[_Job]], list[tuple[str, _Result]]],
    *,
    scale: int = 1,
) -> Callable[[], dict[str, object]]:
    """Starts the jobs that `make` gives for paths, and returns what waits for their results and gives them by path.

    `keys` are the cache keys by path. A weight times `scale` is the bytes of source that take as long to index.
    """
    known = project.cache.get_many(kind, list(keys.values()))
    jobs = [make(path) for path in sorted(keys) if keys[path] not in known]
    processes = project.pool.workers(project.jobs, sum(job.weight for job in jobs) * scale)
    parts = pool.parts(processes) if project.progress is None else max(pool.parts(processes), _STEPS)
    running = project.pool.run(function, pool.balanced(jobs, lambda job: job.weight, parts), processes)

    def finish() -> dict[str, object]:
        fresh: dict[str, object] = {}
        for results in running:
            fresh.update((keys[path], result) for path, result in results)
            if project.progress is not None:
                project.progress(kind, len(fresh), len(jobs))
        project.cache.put_many(kind, fresh)
        return {path: known[key] if key in known else fresh[key] for path, key in keys.items()}

    return finish

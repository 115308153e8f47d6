"""The projects of an audit on the workers of a Dask cluster, which see the same folders and have session-lint installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence

from session_lint.audit.examining import How, examine
from session_lint.audit.record import Examined, Target
from session_lint.errors import SessionLintError

_RETRIES = 2  # besides those that the scheduler makes by itself when a worker is lost
_CONNECT = 30  # seconds


def examined(targets: Sequence[Target], how: How, address: str) -> Iterator[Examined]:
    """Each project as soon as it is done. What a worker was at that is lost is done again by another one.

    Raises SessionLintError when there is no such scheduler.
    """
    if importlib.util.find_spec("distributed") is None:
        raise SessionLintError("--scheduler needs distributed: python -m pip install 'session-lint[audit]'")
    from distributed import Client, as_completed

    try:
        client = Client(address, timeout=_CONNECT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SessionLintError(f"--scheduler {address}: no scheduler answers there: {error}") from None
    with client:
        waiting = {client.submit(examine, target, how, retries=_RETRIES, pure=False): target for target in targets}
        done = as_completed(waiting, with_results=True, raise_errors=False)  # type: ignore[no-untyped-call]
        for future, result in done:
            target = waiting[future]
            if isinstance(result, Examined):
                yield result
            else:
                yield Examined(target.name, target.path, failure=f"the cluster gave it up: {_said(result)}")


def _said(result: object) -> str:
    """What became of a task that has no result: an error, alone or with its traceback."""
    error = result[1] if isinstance(result, tuple) and len(result) > 1 else result
    return " ".join(f"{type(error).__name__}: {error}".split())

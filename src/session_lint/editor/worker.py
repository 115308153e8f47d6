"""The thread that analyses: what is typed is taken in at once, and looked at when there is a pause."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from session_lint.analysis.resident import Stopped

Answer = TypeVar("Answer")
_SHORTEST, _LONGEST = 0.02, 0.4  # seconds of a pause that a run waits for
_SHARE = 0.5  # of what the last run took: who has a large project types on while it runs


class OutdatedError(Exception):
    """What was asked about has changed meanwhile."""


class Worker:
    """Runs `work` after every `touch`, once for many that come together, and what is asked between, in one thread.

    `work` is handed a function to call now and then: it raises Stopped when the run is for nothing, because a newer touch waits or the user
    stopped it.
    """

    def __init__(self, work: Callable[[Callable[[], None]], None]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._asked: deque[Callable[[], None]] = deque()
        self._due: float | None = None
        self._stop = False  # what is being run
        self._ended = False
        self._pause = _SHORTEST
        self._thread = threading.Thread(target=self._loop, name="session-lint", daemon=True)
        self._thread.start()

    def touch(self, *, at_once: bool = False) -> None:
        """Something has changed: what runs is stopped, and a run begins when nothing changes for a moment."""
        with self._changed:
            self._due = time.monotonic() + (0 if at_once else self._pause)
            self._stop = True
            self._changed.notify_all()

    def ask(self, question: Callable[[], Answer]) -> Future[Answer]:
        """The answer to a question about the project as it is after all that was touched before."""
        answer: Future[Answer] = Future()

        def run() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(question())
            except Stopped:
                answer.set_exception(OutdatedError())
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                answer.set_exception(error)

        with self._changed:
            self._asked.append(run)
            self._changed.notify_all()
        return answer

    def stop(self) -> None:
        """Stops what is being run; the next touch begins anew."""
        self._stop = True

    def end(self) -> None:
        """Lets the thread end."""
        with self._changed:
            self._ended = self._stop = True
            self._changed.notify_all()

    def _loop(self) -> None:
        while (job := self._next()) is not None:
            job()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._ended:
                if self._due is not None and (self._asked or self._due <= time.monotonic()):
                    self._due, self._stop = None, False
                    return self._run
                if self._asked:
                    self._stop = False
                    return self._asked.popleft()
                self._changed.wait(None if self._due is None else max(0.0, self._due - time.monotonic()))
        return None

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            self._work(self._go_on)
        except Stopped:
            return
        self._pause = min(max(_SHORTEST, (time.monotonic() - begun) * _SHARE), _LONGEST)

    def _go_on(self) -> None:
        if self._stop:
            raise Stopped

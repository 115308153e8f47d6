"""A cache that keeps what it gave and was given in this process, in front of the one on disk: for a process that runs again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_lint.runtime.cache import Cache

_OF_RUNS = "outcome"  # of a whole run, which here leaves out what only the end of `check` tells
_KEEP_RUNS = 12  # what so many runs did not ask for is dropped: undo brings back a recent text, not an old one


class Remembered(Cache):
    """Values are handed out as they are, not copied: they are frozen. Use it from one thread."""

    def __init__(self, below: Cache) -> None:
        super().__init__(None)
        self.writes_through = True  # False: what is put stays in memory, for texts that may never be saved
        self._below = below
        self._values: dict[tuple[str, str], object] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._run = 0

    @property
    def is_on(self) -> bool:
        """It always keeps what it is given."""
        return True

    def or_in_memory(self) -> Cache:
        """Itself."""
        return self

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, object]:
        """The values that are there, by key, in the order of `keys`."""
        missing = [key for key in keys if (kind, key) not in self._values]
        if missing:
            self._values.update(((kind, key), value) for key, value in self._below.get_many(kind, missing).items())
        found = {}
        for key in keys:
            if (kind, key) in self._values:
                self._used[kind, key] = self._run
                found[key] = self._values[kind, key]
        return found

    def put_many(self, kind: str, values: Mapping[str, object]) -> None:
        """Keeps the values."""
        for key, value in values.items():
            self._values[kind, key] = value
            self._used[kind, key] = self._run
        if self.writes_through and kind != _OF_RUNS:
            self._below.put_many(kind, values)

    def close(self) -> None:
        """Nothing: a run ends, and the next one asks again."""

    def next_run(self) -> None:
        """Drops what was not used for long."""
        self._run += 1
        old = [key for key, run in self._used.items() if run < self._run - _KEEP_RUNS]
        for key in old:
            del self._used[key]
            self._values.pop(key, None)

    def end(self) -> None:
        """Lets go of the cache on disk."""
        self._below.close()
        self._values.clear()
        self._used.clear()

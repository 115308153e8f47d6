"""A content-addressed cache of what the stages computed, in one SQLite file that two runs may use at once.

Nothing here ever raises: a cache that cannot be opened, read or written behaves like an empty one. A damaged value is never
returned, because every value carries its checksum. Use it from the parent process only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from session_lint.version import __version__

_DAY = 86_400
_KEEP_DAYS = 14  # entries and files of other versions that were not used for so long are dropped
_MAX_BYTES = 512 * 1024 * 1024  # a file past this size is started afresh
_CHUNK = 500  # SQLite's default limit of variables in one statement is 999 in old builds
_CHECKSUM = 16
_BUSY_SECONDS = 5.0
_RETRY_SECONDS = 0.02
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache directory of session-lint; https://bford.info/cachedir/\n"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entries "
    "(kind TEXT NOT NULL, key TEXT NOT NULL, used INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key))"
)
# what loading a pickle can raise when the classes in it have changed or the bytes are not a pickle
_UNPICKLE_ERRORS = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError, TypeError, ValueError, MemoryError)


def digest(*parts: bytes | str) -> str:
    """A hash of the parts, 32 hexadecimal digits. Where one part ends and the next begins counts."""
    result = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        result.update(b"%d:" % len(data))
        result.update(data)
    return result.hexdigest()


class Cache:
    """The open cache. Made by `open`."""

    def __init__(self, connection: sqlite3.Connection | None, file: Path | None = None) -> None:
        self._connection = connection
        self._file = file
        self._today = int(time.time()) // _DAY

    @classmethod
    def open(cls, directory: Path | None, salt: str) -> Cache:
        """The cache for this tool and Python version and `salt` (library models, settings). None, or a directory that is not the
        user's own or cannot be written, gives a cache that keeps nothing."""
        if directory is None:
            return cls(None)
        python = f"{sys.implementation.name}{sys.version_info[0]}{sys.version_info[1]}"
        file = directory / f"cache-{__version__}-{python}-{digest(salt)[:12]}.sqlite3"
        try:
            _prepare(directory)
            if not _is_ours(directory) or (file.exists() and not _is_ours(file)):
                return cls(None)
            if file.exists() and file.stat().st_size > _MAX_BYTES:
                _remove(file)
            return cls(_connect(file), file)
        except sqlite3.Error as error:
            _remove_if_damaged(file, error)
            return cls(None)
        except OSError:
            return cls(None)

    @property
    def is_on(self) -> bool:
        """Whether it keeps anything."""
        return self._connection is not None

    def or_in_memory(self) -> Cache:
        """Itself when it keeps something; else one that keeps things as long as this process."""
        if self._connection is not None:
            return self
        try:
            connection = sqlite3.connect(":memory:")
            connection.execute(_SCHEMA)
        except sqlite3.Error:
            return self
        return Cache(connection)

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, object]:
        """The values that are there, by key, in the order of `keys`."""
        stored: dict[str, tuple[int, bytes]] = {}
        connection = self._connection
        if connection is None:
            return {}
        try:
            for chunk in _chunks(keys):
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, used, value FROM entries WHERE kind = ? AND key IN ({marks})"
                stored.update((key, (used, value)) for key, used, value in connection.execute(query, (kind, *chunk)))
            self._touch(connection, kind, [key for key, (used, _) in stored.items() if used != self._today])
        except sqlite3.Error as error:
            self._give_up(error)
        result: dict[str, object] = {}
        for key in keys:
            if key in stored:
                with contextlib.suppress(*_UNPICKLE_ERRORS):
                    result[key] = _unpack(kind, key, stored[key][1])
        return result

    def put_many(self, kind: str, values: Mapping[str, object]) -> None:
        """Keeps the values. A value that cannot be pickled is a programming error and raises."""
        if self._connection is None or not values:
            return
        rows = [(kind, key, self._today, _pack(kind, key, value)) for key, value in values.items()]
        try:
            with self._connection as transaction:
                transaction.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Lets go of the file; the cache keeps nothing from now on."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _give_up(self, error: sqlite3.Error) -> None:
        self.close()
        if self._file is not None:
            _remove_if_damaged(self._file, error)

    def _touch(self, connection: sqlite3.Connection, kind: str, keys: list[str]) -> None:
        """Marks entries as used today, and drops those out of use; at most once a day for each entry."""
        if not keys:
            return
        with connection:
            connection.executemany("UPDATE entries SET used = ? WHERE kind = ? AND key = ?", [(self._today, kind, key) for key in keys])
            connection.execute("DELETE FROM entries WHERE used < ?", (self._today - _KEEP_DAYS,))


def _prepare(directory: Path) -> None:
    if directory.is_dir():
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / ".gitignore").write_text("*\n", encoding="utf-8")
    (directory / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")


def _is_ours(path: Path) -> bool:
    """Whether only this user can have written here: unpickling another's bytes would run their code."""
    if not hasattr(os, "getuid"):  # Windows: the profile's own access rules apply
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & stat.S_IWOTH


def _connect(file: Path) -> sqlite3.Connection:
    """An open database. The change to WAL does not wait for other runs as statements do, so it is tried again for a while."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        is_new = not file.exists()
        connection = sqlite3.connect(file, timeout=_BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_SCHEMA)
            connection.commit()
        except sqlite3.Error as error:
            connection.close()
            if not isinstance(error, sqlite3.OperationalError) or "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
            continue
        if is_new:
            _drop_old(file)
        return connection


def _drop_old(current: Path) -> None:
    """Removes the files of other versions that nobody opened for long."""
    oldest = time.time() - _KEEP_DAYS * _DAY
    for other in current.parent.glob("cache-*.sqlite3"):
        with contextlib.suppress(OSError):
            if other != current and other.stat().st_mtime < oldest:
                _remove(other)


def _remove_if_damaged(file: Path, error: sqlite3.Error) -> None:
    """A file that is no sound database would stay unusable for ever; one that is locked, read-only or full may be in order."""
    if type(error) is sqlite3.DatabaseError:
        with contextlib.suppress(OSError):
            _remove(file)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _checksum(kind: str, key: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECKSUM, key=f"{kind}:{key}".encode()[:64]).digest()


def _pack(kind: str, key: str, value: object) -> bytes:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return _checksum(kind, key, data) + data


def _unpack(kind: str, key: str, stored: bytes) -> object:
    data = stored[_CHECKSUM:]
    if _checksum(kind, key, data) != stored[:_CHECKSUM]:
        raise ValueError("damaged cache entry")
    return pickle.loads(data)

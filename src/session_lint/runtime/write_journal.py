"""The journal of files that are being replaced: what a run that was killed left to undo. `all_or_none` says how it is used."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from session_lint.errors import SessionLintError

try:
    import fcntl
except ImportError:  # Windows: two runs at once are told apart by the journal's name alone
    fcntl = None  # type: ignore[assignment]

JOURNAL = ".session-lint-fix.journal"
_DONE = b"done\n"
_PATIENCE = 10.0  # seconds to wait for another run that is writing


@dataclass(frozen=True, slots=True)
class Step:
    """One file to replace. `new` is where its new content waits, `old` the second name of what it was; both lie beside it.

    `before` and `after` are digests of its content, "" before one that is made.
    """

    path: Path
    shown: str
    new: Path
    old: Path
    before: str
    after: str


def steps(root: Path, files: Sequence[tuple[str, str, str]], token: str) -> list[Step]:
    """Of (path, digest before, digest after). The `token` keeps the names of two runs apart."""
    found = []
    for number, (shown, before, after) in enumerate(files):
        path = root / shown
        stem = f".session-lint-{token}-{number}"  # not made of the file's name, which may be as long as names can be
        found.append(Step(path, shown, path.with_name(f"{stem}.new"), path.with_name(f"{stem}.old"), before, after))
    return found


@contextlib.contextmanager
def begin(root: Path, files: Sequence[Step], token: str) -> Iterator[int]:
    """A new journal, open, locked, and on the disk before any other file is made. Raises SessionLintError when there is one already."""
    journal = root / JOURNAL
    busy = f"another run is writing its repairs to {root}; nothing was written: run again"
    record = {"token": token, "files": [[step.shown, step.before, step.after] for step in files]}
    try:
        handle = os.open(journal, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SessionLintError(busy) from error
    try:
        try:
            if not _lock(handle, journal):  # another run took it for one that was given up
                raise SessionLintError(busy)
            append(handle, json.dumps(record).encode() + b"\n")
            sync(root)
        except BaseException:
            if _is(handle, journal):
                os.unlink(journal)  # noqa: PTH108 - one way to call the system in this module
            raise
        yield handle
    finally:
        with contextlib.suppress(OSError):  # by then the files are written, or as they were
            os.close(handle)


def finish(handle: int) -> None:
    """From here on the files count as written."""
    try:
        append(handle, _DONE)
    except OSError:
        if not is_finished(handle):
            raise


def is_finished(handle: int) -> bool:
    """Whether the journal says that the files count as written."""
    size = os.lseek(handle, 0, os.SEEK_END)
    os.lseek(handle, max(0, size - len(_DONE)), os.SEEK_SET)
    return os.read(handle, len(_DONE)) == _DONE


@contextlib.contextmanager
def left_behind(root: Path) -> Iterator[tuple[list[Step], bool] | None]:
    """What a run that was killed was about to write, and whether it had finished; None when there is no such run.

    Waits for one that is writing at this moment. Raises SessionLintError for a journal that cannot be used.
    """
    journal = root / JOURNAL
    if not os.path.lexists(journal):
        yield None
        return
    try:
        handle = os.open(journal, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise SessionLintError(f"{journal} is in the way of repairs: {error.strerror or error}; remove it") from error
    try:
        yield _read(handle, journal, root) if _lock(handle, journal) else None
    finally:
        os.close(handle)


def append(handle: int, data: bytes) -> None:
    """Writes all of the data, onto the disk."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)


def sync(directory: Path) -> None:
    """Puts the names in a directory on the disk."""
    if os.name == "nt":  # directories cannot be opened there
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems refuse; the renames are done all the same
            os.fsync(handle)
    finally:
        os.close(handle)


def _lock(handle: int, journal: Path) -> bool:
    """Waits until no other run holds the journal. False when it is gone by then."""
    until = time.monotonic() + _PATIENCE
    while fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > until:
                raise SessionLintError(f"another run is writing its repairs, by {journal}; wait for it to end") from None
            time.sleep(0.02)
    return _is(handle, journal)


def _is(handle: int, journal: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(journal))
    except FileNotFoundError:
        return False


def _read(handle: int, journal: Path, root: Path) -> tuple[list[Step], bool]:
    """What the journal says. One that was not written to its end was killed before any other file was made."""
    data = b""
    while part := os.read(handle, 1 << 20):
        data += part
    line, end, rest = data.partition(b"\n")
    if not end:
        return [], False
    try:
        record = json.loads(line)
        token = str(record["token"])
        files = [(str(path), str(before), str(after)) for path, before, after in record["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SessionLintError(f"{journal} is not a journal of session-lint; remove it") from error
    if not token.isalnum() or not all(_inside(root, path) for path, _, _ in files):
        raise SessionLintError(f"{journal} names files outside the project; remove it")
    return steps(root, files, token), rest == _DONE


def _inside(root: Path, path: str) -> bool:
    """Whether a path of a journal, which may come with the project, stays in it."""
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
        return False
    return not any(root.joinpath(*parts[:depth]).is_symlink() for depth in range(1, len(parts) + 1))

"""Writes several files so that all of them change or none, even when the process is killed in between. ADR 0007 says how.

A journal at the project root names what is about to be replaced. Each new content goes to a file beside its target, each old one
keeps a second name; then one rename after another puts the new ones in place. Whatever stops that before the journal says that it is
done, the old files are renamed back: at once, or by `recover` at the start of the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from session_lint.errors import SessionLintError
from session_lint.facts.repair import Change
from session_lint.runtime import write_journal
from session_lint.runtime.write_journal import JOURNAL, Step

_CANNOT = "nothing was written"
_PLAIN = 0o666  # what a directory's mode says of a file in it


def write(root: Path, changes: Sequence[Change]) -> None:
    """Writes all files or none. Mode and owner of each file stay; a new one has those of its directory, and nobody may execute it.

    Raises SessionLintError, with every file as it was, for one that has changed since it was read, is read-only, is reached through
    a link, or cannot be written; for a new one that is there, or whose directory is not.
    """
    if not changes:
        return
    recover(root)
    for change in changes:
        _ready(root, change)
    token = os.urandom(4).hex()
    files = [(change.path, "" if change.before is None else _hash(change.before), _hash(change.after)) for change in changes]
    steps = write_journal.steps(root, files, token)
    try:
        with write_journal.begin(root, steps, token) as handle:
            _replace_all(root, handle, steps, changes)
    except OSError as error:
        raise SessionLintError(f"cannot write {_named(error, root)}: {error.strerror or error}; {_CANNOT}") from error


def recover(root: Path) -> bool:
    """Undoes what a killed run left half written; whether there was any. Waits for a run that is writing at this moment.

    Raises SessionLintError when a file was changed since by somebody else: then that file is left alone, and named.
    """
    with write_journal.left_behind(root) as left:
        if left is None:
            return False
        steps, done = left
        if done:
            _clean(root, steps)
        else:
            _roll_back(root, steps)
        return True


# -- before ----------------------------------------------------------------------------------------------------------


def _ready(root: Path, change: Change) -> None:
    """Raises SessionLintError for a file that must not or cannot be replaced."""
    parts = PurePosixPath(change.path).parts
    for depth in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:depth])
        if place.is_symlink():
            what = "is" if depth == len(parts) else f"is reached through {'/'.join(parts[:depth])}, which is"
            raise SessionLintError(f"{change.path} {what} a symbolic link: repairs are not written through links; {_CANNOT}")
    path = root / change.path
    _unchanged(path, change)
    own = ((path, change.path),) if change.before is not None else ()
    for place, what in (*own, (path.parent, f"the directory of {change.path}")):
        if not place.exists():
            raise SessionLintError(f"{what} is not there; {_CANNOT}")
        # the superuser may write everywhere; what nobody may write is read-only on purpose
        if not os.access(place, os.W_OK) or not place.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise SessionLintError(f"{what} is read-only; {_CANNOT}")


def _unchanged(path: Path, change: Change) -> None:
    if change.before is None:
        if os.path.lexists(path):
            raise SessionLintError(f"{change.path}, which was to be made, is there already; {_CANNOT}: run again")
        return
    try:
        same = path.read_bytes() == change.before
    except OSError as error:
        raise SessionLintError(f"{change.path} cannot be read again: {error.strerror or error}; {_CANNOT}") from error
    if not same:
        raise SessionLintError(f"{change.path} has changed since it was read; {_CANNOT}: run again")


# -- writing ---------------------------------------------------------------------------------------------------------


def _replace_all(root: Path, handle: int, steps: Sequence[Step], changes: Sequence[Change]) -> None:
    try:
        for step, change in zip(steps, changes, strict=True):
            _prepare(step, change.after)
        for step in steps:
            _keep(step)
        _sync_directories(steps)
        for step, change in zip(steps, changes, strict=True):
            _unchanged(step.path, change)
            os.replace(step.new, step.path)  # noqa: PTH105 - one way to call the system in this module
        _sync_directories(steps)
        write_journal.finish(handle)
    finally:
        # after an interrupt too; and if this is interrupted in its turn, the journal stays for the next run
        if write_journal.is_finished(handle):
            _clean(root, steps)
        else:
            _roll_back(root, steps)


def _prepare(step: Step, data: bytes) -> None:
    """The new content beside its target, on the disk, with the target's mode and owner; those of the directory where there is none yet."""
    if step.before:
        _write(step.new, data, step.path.stat())
    else:
        _write(step.new, data, step.path.parent.stat(), least=_PLAIN)


def _keep(step: Step) -> None:
    """A second name for the old file, or a copy where the file system has no such thing."""
    if not step.before:
        return
    try:
        os.link(step.path, step.old)
    except OSError:
        _write(step.old, step.path.read_bytes(), step.path.stat())


def _write(path: Path, data: bytes, like: os.stat_result, least: int = 0o7777) -> None:
    """A new file, on the disk, with the owner of another and as much of its mode as `least` leaves."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        write_journal.append(handle, data)
        if hasattr(os, "fchown"):
            made = os.fstat(handle)
            if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
                with contextlib.suppress(PermissionError):  # only the superuser may give files away
                    os.fchown(handle, like.st_uid, like.st_gid)
            os.fchmod(handle, stat.S_IMODE(like.st_mode) & least)
    finally:
        os.close(handle)


# -- the way back, and the end ---------------------------------------------------------------------------------------


def _roll_back(root: Path, steps: Sequence[Step]) -> None:
    """Every file as it was. One that somebody changed since is left, with its old content beside it; raises SessionLintError then."""
    try:
        foreign = [step for step in steps if not _undo(step)]
        if not foreign:
            _sync_directories(steps)
            os.unlink(root / JOURNAL)  # noqa: PTH108
    except OSError as error:
        raise SessionLintError(
            f"a repair was interrupted and cannot be undone: {_named(error, root)}: {error.strerror or error}; the next run tries again"
        ) from error
    if foreign:
        names = ", ".join(f"{step.shown} ({f'before the repair: {step.old.name} beside it' if step.before else 'new'})" for step in foreign)
        raise SessionLintError(
            f"a repair was interrupted, and a file was changed before it could be undone: {names}; mend it by hand and remove {JOURNAL}"
        )


def _undo(step: Step) -> bool:
    """Puts one file back. False when it is neither what it was nor what it was to be."""
    if not step.before:
        return _unmake(step)
    if os.path.lexists(step.old):
        now = _hash_of(step.path)
        if now == step.before:
            os.unlink(step.old)  # noqa: PTH108
        elif now == step.after and _hash_of(step.old) == step.before:
            os.replace(step.old, step.path)  # noqa: PTH105
        else:
            return False
    with contextlib.suppress(FileNotFoundError):
        os.unlink(step.new)  # noqa: PTH108
    return True


def _unmake(step: Step) -> bool:
    """Takes a file away that was made. One that is there while the new content still waits beside it is somebody else's."""
    if os.path.lexists(step.new):
        os.unlink(step.new)  # noqa: PTH108
    elif _hash_of(step.path) == step.after:
        os.unlink(step.path)  # noqa: PTH108
    else:
        return not os.path.lexists(step.path)
    return True


def _clean(root: Path, steps: Sequence[Step]) -> None:
    """All is written: the old files go, the journal last. What cannot be removed now is left to the next run."""
    with contextlib.suppress(OSError):
        for step in steps:
            for left in (step.old, step.new):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(left)  # noqa: PTH108
        os.unlink(root / JOURNAL)  # noqa: PTH108


def _sync_directories(steps: Sequence[Step]) -> None:
    for directory in sorted({step.path.parent for step in steps}):
        write_journal.sync(directory)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    try:
        return _hash(path.read_bytes())
    except OSError:
        return ""


def _named(error: OSError, root: Path) -> str:
    """The file of an error, as far as the system says; a path in the project without the project's own."""
    name = str(error.filename or error.filename2 or "the files")
    return name.removeprefix(f"{root}{os.sep}")

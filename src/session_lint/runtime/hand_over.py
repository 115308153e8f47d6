"""Hands a text from a process to the worker processes it starts, whichever way they are started.

It goes through a file whose name only they can know: it is made from the key that `multiprocessing` gives a process and all its
descendants. So two runs never meet in one file, and nobody else can put one in its place.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from multiprocessing import current_process
from pathlib import Path

_PREFIX = "session_lint-"


def leave(subject: str, text: str, directories: Iterable[Path]) -> None:
    """Keeps the text for descendants that ask for the subject, until this process ends: in the first directory that can be written.

    When none can, nothing is kept.
    """
    for directory in directories:
        with contextlib.suppress(OSError):
            handle, partial = tempfile.mkstemp(prefix=_PREFIX, dir=directory)
            target = directory / _name(subject)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
                    file.write(text)
                Path(partial).replace(target)
            finally:
                Path(partial).unlink(missing_ok=True)
            atexit.register(_remove, target, os.getpid())
            return


def take(subject: str, directories: Iterable[Path]) -> str | None:
    """What an ancestor left for the subject; None when there is nothing."""
    for directory in directories:
        with contextlib.suppress(OSError, UnicodeError):
            return (directory / _name(subject)).read_text(encoding="utf-8", errors="surrogatepass")
    return None


def temporary() -> tuple[Path, ...]:
    """The directory for temporary files; none when there is no such place."""
    try:
        return (Path(tempfile.gettempdir()),)
    except OSError:
        return ()


def _name(subject: str) -> str:
    key = bytes(current_process().authkey)
    return f"{_PREFIX}{hashlib.blake2b(subject.encode('utf-8', 'surrogatepass'), digest_size=16, key=key).hexdigest()}.json"


def _remove(target: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)

"""The texts that an editor holds in place of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from session_lint.project.source import encoding_of

_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Held:
    """One text, and the version that the editor gave it."""

    path: Path
    text: str
    version: int | None


def encoded(text: str, on_disk: bytes | None) -> bytes:
    """A text as saving it would write it: in the encoding that it asks for itself. What is not changed is the file as it is."""
    if on_disk is not None and decoded(on_disk) == text.removeprefix(_MARK):
        return on_disk
    data = text.encode("utf-8", "surrogatepass")
    try:
        return text.encode(encoding_of(data))
    except (SyntaxError, LookupError, UnicodeError):
        return data


def decoded(data: bytes) -> str | None:
    """The text of a file with its line ends as they are and without a byte order mark; None where it has none."""
    try:
        return data.decode(encoding_of(data))
    except (SyntaxError, LookupError, UnicodeError):
        return None

"""Does what the traps that were caught say, where there is only one way to."""

from __future__ import annotations

from pathlib import Path

from session_lint.errors import SessionLintError
from session_lint.facts.trap import Caught, Diagnosis, Mending


def mend(diagnosis: Diagnosis) -> tuple[Caught, ...]:
    """Mends what can be; those that were. Raises SessionLintError for a file that cannot be written."""
    done = []
    for caught in diagnosis.caught:
        if caught.mending is None:
            continue
        file = Path(diagnosis.root, caught.mending.path)
        try:
            before = file.read_bytes().decode("utf-8") if file.exists() else ""
            after = _mended(before, caught.mending)
            if after is not None:
                file.write_bytes(after.encode("utf-8"))
                done.append(caught)
        except (OSError, UnicodeDecodeError) as error:
            raise SessionLintError(f"{file}: cannot be mended: {error}") from error
    return tuple(done)


def _mended(text: str, mending: Mending) -> str | None:
    """The text as it should be; None where it is not what it was when it was looked at."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if not mending.row:
        gap = "" if not text or text.endswith("\n") else newline
        blank = newline if mending.new.startswith("[") and text.strip() else ""
        return text + gap + blank + mending.new.replace("\n", newline)
    lines = text.splitlines(keepends=True)
    if mending.row > len(lines) or lines[mending.row - 1].count(mending.old) != 1:
        return None
    lines[mending.row - 1] = lines[mending.row - 1].replace(mending.old, mending.new)
    return "".join(lines)

"""Changes as a unified diff that `git apply` takes, in bytes: a file need not be UTF-8."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from session_lint.facts.repair import Change

_PLAIN = re.compile(r"[^\x00-\x1f\x7f\"\\]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n"}
_MISSING = "\\ No newline at end of file\n"


def unified(changes: Iterable[Change], prefix: str = "") -> bytes:
    """The diff of all changes, in their order. `prefix` leads from the repository's root to the project's: "" or "backend/"."""
    return b"".join(_file(change, prefix) for change in changes)


def _file(change: Change, prefix: str) -> bytes:
    """Bytes are taken as latin-1 and given back so; for git a line ends with a line feed and nothing else."""
    before, after = (_lines(data.decode("latin-1")) for data in (change.before or b"", change.after))
    old, new = (_quoted(f"{side}/{prefix}{change.path}") for side in "ab")
    # a tab after a name with a blank tells where the name ends, as git writes it
    tabs = ["\t" if " " in name else "" for name in (old, new)]
    hunks = list(difflib.unified_diff(before, after, old, new))[2:]
    made = change.before is None
    source = "/dev/null" if made else f"{old}{tabs[0]}"
    head = f"diff --git {old} {new}\n{'new file mode 100644' + chr(10) if made else ''}--- {source}\n+++ {new}{tabs[1]}\n"
    body = "".join(line if line.endswith("\n") else f"{line}\n{_MISSING}" for line in hunks)
    return head.encode("utf-8", "surrogateescape") + body.encode("latin-1")


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{line}\n" for line in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return name
    return '"' + "".join(_ESCAPES.get(c, c if c.isprintable() else f"\\{ord(c):03o}") for c in name) + '"'

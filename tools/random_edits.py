"""Random edits of a project, as somebody types them, moves files and makes mistakes: the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from language_client import LanguageClient

LINES = (
    "    again = get_or_create_session(user_id)",
    "    session = get_or_create_session(user_id)",
    "    show(user_id)",
    "    return session",
    "    print(session)",
    "    for item in items:",
    "        get_or_create_session(user_id)",
    "def show(user_id):",
    "def other(user_id, items):",
    "from service import get_or_create_session",
    "from helper import show",
    "    db.table('steps').delete().eq('user_id', user_id).execute()",
    "    db.table('steps').insert({'user_id': user_id}).execute()",
    "# a remark: grüße 🎈",
    "    x = (",
    "    '''",
    "",
)


@dataclass(slots=True)
class RandomEdits:
    """Edits through a client of the server. `texts` is what the project would be if every open text were saved."""

    client: LanguageClient
    random: Random
    texts: dict[Path, str]  # of the files that may be edited
    lines: Sequence[str] = LINES
    _saved: dict[Path, str] = field(default_factory=dict)
    _open: set[Path] = field(default_factory=set)
    _number: int = 0

    def __post_init__(self) -> None:
        self._saved = dict(self.texts)

    def one(self) -> str:
        """Makes one edit, and says which."""
        kinds: list[tuple[Callable[[Path], None], int]] = [
            (self._insert, 8),
            (self._delete, 6),
            (self._letter, 6),
            (self._restore, 3),
            (self._save, 2),
            (self._rename, 1),
            (self._close, 1),
        ]
        kind = self.random.choices([one for one, _ in kinds], [weight for _, weight in kinds])[0]
        path = self.random.choice(sorted(self.texts))
        kind(path)
        return f"{kind.__name__.strip('_')} {path.name}"

    def _insert(self, path: Path) -> None:
        rows = self.texts[path].count("\n") + 1
        row = self.random.randrange(rows)
        self._type(path, (row, 0), (row, 0), self.random.choice(self.lines) + "\n")

    def _delete(self, path: Path) -> None:
        rows = self.texts[path].count("\n")
        if rows:
            row = self.random.randrange(rows)
            self._type(path, (row, 0), (row + 1, 0), "")

    def _letter(self, path: Path) -> None:
        """One key, at the end of a line, where many names are half typed."""
        lines = self.texts[path].split("\n")
        row = self.random.randrange(len(lines))
        end = len(lines[row].encode("utf-16-le")) // 2
        self._type(path, (row, end), (row, end), self.random.choice("x_(): \n'"))

    def _restore(self, path: Path) -> None:
        """Takes back all that was typed since the file was saved."""
        self._ready(path)
        self.texts[path] = self._saved[path]
        self.client.type(path, {"text": self.texts[path]})

    def _save(self, path: Path) -> None:
        self._ready(path)
        self._saved[path] = self.texts[path]
        self.client.save(path, self.texts[path])

    def _close(self, path: Path) -> None:
        """Closed without saving: the file counts as it is."""
        if path in self._open:
            self._open.remove(path)
            self.texts[path] = self._saved[path]
            self.client.close(path)

    def _rename(self, path: Path) -> None:
        self._save(path)
        self._number += 1
        new = path.with_name(f"{path.stem.partition('__')[0]}__{self._number}.py") if self.random.random() < 0.5 else self._first_name(path)
        if new.exists():
            return
        self._close(path)
        path.rename(new)
        self.texts[new], self._saved[new] = self.texts.pop(path), self._saved.pop(path)
        self.client.notify("workspace/didRenameFiles", {"files": [{"oldUri": path.as_uri(), "newUri": new.as_uri()}]})

    @staticmethod
    def _first_name(path: Path) -> Path:
        return path.with_name(f"{path.stem.partition('__')[0]}.py")

    def _type(self, path: Path, start: tuple[int, int], end: tuple[int, int], new: str) -> None:
        self._ready(path)
        change: dict[str, Any] = {"range": {"start": _place(start), "end": _place(end)}, "text": new}
        lines = self.texts[path].split("\n")
        before = "\n".join([*lines[: start[0]], _before(lines[start[0]], start[1])])
        after = "\n".join([lines[end[0]][len(_before(lines[end[0]], end[1])) :], *lines[end[0] + 1 :]])
        self.texts[path] = before + new + after
        self.client.type(path, change)

    def _ready(self, path: Path) -> None:
        if path not in self._open:
            self._open.add(path)
            self.client.open(path, self.texts[path])


def _place(point: tuple[int, int]) -> dict[str, int]:
    return {"line": point[0], "character": point[1]}


def _before(line: str, units: int) -> str:
    return line.encode("utf-16-le")[: 2 * units].decode("utf-16-le")

"""Which files of statements (`.sql`) the Python files of a project refer to, told from bytes: the others are never read.

A reference is the name of such a file in quotes; the name of a directory of them beside a name that is put together (`f"{name}.sql"`,
`"*.sql"`), or in a file that imports a library of statements. It may take too much: a file that is read and not used says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set as AbstractSet
from functools import cached_property

from session_lint.facts.statement_file import Referred

SUFFIX = ".sql"
LARGEST = 200_000  # bytes: a longer file is a dump of data

_BETWEEN_QUOTES = re.compile(rb"[\"'\n]")
_IMPORTED = re.compile(rb"^[ \t]*(?:import|from)[ \t]+([\w., \t]+?)(?:[ \t]+import[ \t]+([\w, \t]+))?[ \t]*$", re.MULTILINE)
_LIBRARY = re.compile(rb"^[ \t]*(?:import|from)[ \t]+\w*sql\b", re.MULTILINE)
_PUT_TOGETHER = re.compile(r"[{%*]")
_LONGEST = 200


def referred(contents: Mapping[str, bytes], available: Iterable[str], read: Callable[[str], bytes | None]) -> Referred:
    """The files of those `available` that are referred to, with what `read` gives of each."""
    folders = _Folders(available)
    if not folders.paths:
        return Referred()
    users: dict[str, tuple[str, ...]] = {}
    for path, data in sorted(contents.items()):
        found = folders.referred(path, data, contents)
        if found:
            users[path] = tuple(sorted(found))
    texts = {path: read(path) for path in sorted({path for paths in users.values() for path in paths})}
    kept = {path: data for path, data in texts.items() if data is not None and len(data) <= LARGEST}
    return Referred(kept, {user: known for user, paths in users.items() if (known := tuple(path for path in paths if path in kept))})


def folder_names(available: Iterable[str]) -> tuple[bytes, ...]:
    """The names of the folders that files of statements lie in, sorted; that of the root is empty."""
    return tuple(sorted({_folder(path).rpartition("/")[2].encode() for path in available}))


def reference_marks(data: bytes, folders: tuple[bytes, ...]) -> object:
    """All of a Python file's text that `referred` rests on: of one that may refer to statements the whole, else the folders it names."""
    if b".sql" in data or (b"sql" in data and _LIBRARY.search(data) is not None):
        return data
    return tuple(name for name in folders if name and name in data and _quoted(name).search(data))


class _Folders:
    """The files that there are, by where they lie."""

    def __init__(self, available: Iterable[str]) -> None:
        self.paths = tuple(sorted(available))

    @cached_property
    def _by_folder(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for path in self.paths:
            found.setdefault(_folder(path), set()).add(path)
        return found

    @cached_property
    def _by_end(self) -> dict[str, set[str]]:
        """The files by their name with any number of folders before it."""
        found: dict[str, set[str]] = {}
        for path in self.paths:
            for end in _ends(path):
                found.setdefault(end, set()).add(path)
        return found

    def referred(self, user: str, data: bytes, contents: Mapping[str, bytes]) -> set[str]:
        """The files that a Python file refers to."""
        names, library = b".sql" in data, b"sql" in data and _LIBRARY.search(data) is not None
        if not names and not library:
            return set()
        texts = set(_texts(data))
        found = {path for text in texts for path in self._by_end.get(text, ())}
        if library or any(_is_put_together(text) for text in texts):
            found |= self._of_folders(texts) or self._beside(user)
            found |= found or self._of_folders(set(_imported(data))) or self._named_elsewhere(contents)
        return found

    def _of_folders(self, texts: AbstractSet[str]) -> set[str]:
        """The files in the directories that the texts name."""
        named = texts | {_folder(text) for text in texts if _is_put_together(text)}
        named = {name for text in named for name in (text, text.replace(".", "/")) if name}  # a path, or a package
        folders = {folder for folder in self._by_folder if not named.isdisjoint(_ends(folder))}
        if not folders:  # one above them: what is read is below
            above = {end for end in named if end and not _PUT_TOGETHER.search(end)}
            folders = {folder for folder in self._by_folder if any(not above.isdisjoint(_ends(one)) for one in _above(folder))}
        return {path for folder in folders for path in self._by_folder[folder]}

    def _beside(self, user: str) -> set[str]:
        """The files in the directory of the Python file, or else below it."""
        folder = _folder(user)
        prefix = f"{folder}/" if folder else ""
        return self._by_folder.get(folder) or {path for path in self.paths if path.startswith(prefix) and folder}

    def _named_elsewhere(self, contents: Mapping[str, bytes]) -> set[str]:
        """The files in directories whose name any Python file has in quotes: a setting says where they are."""
        found: set[str] = set()
        for folder, paths in self._by_folder.items():
            name = folder.rpartition("/")[2].encode()
            quoted = _quoted(name)
            if name and any(quoted.search(data) for data in contents.values()):
                found |= paths
        return found


def _quoted(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[\"'/]" + re.escape(name) + rb"/?[\"']")


def _texts(data: bytes) -> Iterator[str]:
    """What may stand in quotes in a file, as a path without what leads to it."""
    for part in _BETWEEN_QUOTES.split(data):
        if 0 < len(part) <= _LONGEST and part.isascii():
            parts = [one for one in part.decode("ascii").replace("\\", "/").split("/") if one not in ("", ".", "..")]
            yield "/".join(parts)
            if parts and _PUT_TOGETHER.search(part.decode("ascii")):  # `f"{BASE}/sql/cart.sql"`: what is known of it
                first = max([number for number, one in enumerate(parts[:-1], 1) if _PUT_TOGETHER.search(one)], default=0)
                yield "/".join(parts[first:])


def _imported(data: bytes) -> Iterator[str]:
    """The packages that a file may import, as paths: `files(queries)` names a directory without quotes."""
    for found in _IMPORTED.finditer(data):
        start, names = found[1].decode().split(","), (found[2] or b"").decode().split(",")
        for one in start:
            whole = one.split()[:1]
            yield from ("/".join((*whole[0].strip(".").split("."), *name.split()[:1])) for name in names if whole)


def _is_put_together(text: str) -> bool:
    """Whether a text is the end of the name of a file that is not named here."""
    name = text.rpartition("/")[2]
    return name == SUFFIX or (name.endswith(SUFFIX) and _PUT_TOGETHER.search(name) is not None)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _ends(path: str) -> list[str]:
    """A path, and what is left of it without the first of its parts."""
    parts = path.split("/")
    return ["/".join(parts[at:]) for at in range(len(parts))]


def _above(folder: str) -> Iterator[str]:
    while folder := _folder(folder):
        yield folder

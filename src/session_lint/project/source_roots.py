"""Which directories of a project its absolute imports start from, and the module names that follow."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence

from session_lint.settings.settings import Settings

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)(\.?)", re.MULTILINE)


def module_name(path: str, roots: Sequence[str]) -> tuple[str, bool]:
    """The dotted name of a file as its nearest source root gives it, and whether it is a package's `__init__.py`.

    The `__init__.py` of a source root itself has the empty name.
    """
    return _name(path, max((root for root in roots if _inside(path, root)), key=len, default="")), path.endswith("__init__.py")


def module_aliases(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Every other dotted name an import may call the file by, nearest source root first."""
    inside = sorted((root for root in {*roots, ""} if _inside(path, root)), key=len, reverse=True)
    names = dict.fromkeys(_name(path, root) for root in inside)
    return tuple(name for name in names if name != module_name(path, roots)[0])


def source_roots(settings: Settings, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The source roots of the files (path -> content), relative to the project root ("" is the root itself), sorted.

    Settings decide when they name any. Otherwise: the parent of every top-level package (found by walking up while there is an
    `__init__.py`), the directories from which files outside packages import one another, and every `src` that nothing
    imports by that name. The project root always counts.
    """
    if settings.source_roots:
        return tuple(sorted({*settings.source_roots}))
    paths = sorted(files)
    packages = {_parent(path) for path in paths if path.rsplit("/", 1)[-1] == "__init__.py"}
    roots = {""}
    loose: list[str] = []
    for path in paths:
        directory = _parent(path)
        if directory not in packages:
            loose.append(path)
            continue
        roots.add(_above(directory, packages))
    used = _imported_from({path: files[path] for path in loose}, _importable(paths))
    roots.update(directory for directory, _ in used if directory not in packages or not _imported(directory, files))
    for directory in {_parent(path) for path in loose}:
        parts = directory.split("/")
        for end, part in enumerate(parts):
            top = "/".join(parts[:end])
            if part == "src" and (top, "src") not in used:
                roots.add("/".join(parts[: end + 1]))
    return tuple(sorted(roots))


def _above(directory: str, packages: set[str]) -> str:
    """The parent of the top-level package that a package is in, through folders without `__init__.py` that lie inside another package."""
    while directory:
        while directory in packages and directory:
            directory = _parent(directory)
        around = next((folder for folder in _upward(directory) if folder in packages and folder), None)
        if around is None:
            break
        directory = around
    return directory


def _imported(package: str, files: Mapping[str, bytes]) -> bool:
    """Whether any file imports a package by its own name. Where none does, its modules are imported from inside it (`apps/` of a site)."""
    name = package.rpartition("/")[2].encode()
    mention = re.compile(rb"^[ \t]*(?:from|import)[ \t]+" + re.escape(name) + rb"\b", re.MULTILINE)
    return any(name in content and mention.search(content) for content in files.values())


def _imported_from(loose: dict[str, bytes], importable: Mapping[tuple[str, str], bool]) -> set[tuple[str, str]]:
    """(directory, name) of every import in files outside packages that a directory above them can serve, nearest first.

    What is imported from inside of (`apps.carts`) is a directory: a module of that name (`apps.py`) has nothing inside."""
    used: set[tuple[str, str]] = set()
    known: dict[str, set[tuple[str, bool]]] = {}
    if not any("/" in path for path in loose):
        return used  # only the project root could serve, and it always counts
    for path, content in loose.items():
        directory = _parent(path)
        names = known.setdefault(directory, set())
        for name, dotted in _first_names(content) - names:
            names.add((name, dotted))
            found = next((a for a in _upward(directory) if (a, name) in importable and (importable[a, name] or not dotted)), None)
            if found is not None:
                used.add((found, name))
    return used


def import_marks(content: bytes) -> frozenset[tuple[bytes, bytes]]:
    """All of a file's text that the source roots rest on."""
    return frozenset(_IMPORT.findall(content))


def _first_names(content: bytes) -> set[tuple[str, bool]]:
    """The first names of the imports, each with whether more follows."""
    found = {(name.decode(), bool(dot)) for name, dot in _IMPORT.findall(content)}
    return {one for one in found if one[0] not in sys.stdlib_module_names}


def _importable(paths: list[str]) -> dict[tuple[str, str], bool]:
    """(directory, name) of every module and of every directory that holds modules; True for a directory."""
    result: dict[tuple[str, str], bool] = {}
    for path in paths:
        result.setdefault((_parent(path), path.rsplit("/", 1)[-1].removesuffix(".py")), False)
        directory = _parent(path)
        while directory and not result.get((_parent(directory), directory.rsplit("/", 1)[-1])):
            result[_parent(directory), directory.rsplit("/", 1)[-1]] = True
            directory = _parent(directory)
    return result


def _upward(directory: str) -> Iterable[str]:
    while directory:
        yield directory
        directory = _parent(directory)
    yield ""


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _inside(path: str, root: str) -> bool:
    return not root or path.startswith(root + "/")


def _name(path: str, root: str) -> str:
    local = path[len(root) + 1 :] if root else path
    parts = local.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_of(full: str, modules: set[str]) -> bool:
    """Whether a full name is one of these modules, or of something in one."""
    while full:
        if full in modules:
            return True
        full = full.rpartition(".")[0]
    return False

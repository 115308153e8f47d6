"""What the statements in the files of a project declare of its tables: read when it is asked for, and kept file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from session_lint import registry
from session_lint.analysis.project import Project
from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.facts.schema import Declared
from session_lint.project.pins import newest, texts
from session_lint.project.statement_files import LARGEST
from session_lint.runtime.cache import digest

_MIGRATIONS = ("migrations/", "migration/", "alembic/", "versions/", "migrate/")


@lru_cache(maxsize=1)
def schema_readers() -> tuple[SchemaReader, ...]:
    """Every schema reader of the room, by name."""
    from session_lint.clients import schema_readers as room

    return registry.discover(room, SchemaReader)


def declaring(project: Project) -> dict[str, bytes]:
    """The files in which statements may declare tables, told from bytes. What a test declares is for the test."""
    words = tuple(word for reader in schema_readers() for word in reader.words)
    files = {**project.statements.contents, **project.contents, **_unreferred(project)}

    def may_declare(path: str, data: bytes) -> bool:
        return project.memo.get("declares", path, (data,), lambda: any(word in data for word in words))

    return {path: data for path, data in files.items() if _counts(project, path) and may_declare(path, data)}


def newest_release(project: Project, package: str) -> tuple[int, ...]:
    """The newest release of a package that the project allows; () for any, and where nothing is around it."""
    return newest(texts(project.settings.root), package) if project.on_disk else ()


def _releases(project: Project) -> list[str]:
    """What the project allows of the packages that the readers ask for."""
    return [f"{one.package}:{newest_release(project, one.package)}" for one in schema_readers() if one.package]


def schema_stamp(project: Project) -> str:
    """Changes whenever a file does that is read for nothing but what it declares, told without reading it, or the releases do that are
    allowed."""
    found: list[str] = _releases(project)
    for file in project.declaring:
        try:
            stat = file.absolute.stat()
        except OSError:
            continue
        found.append(f"{file.path}:{stat.st_size}:{stat.st_mtime_ns}")
    return digest(*found)


def _unreferred(project: Project) -> Mapping[str, bytes]:
    if project.unreferred is not None:
        return project.unreferred
    found: dict[str, bytes] = {}
    for file in project.declaring:
        try:
            if file.absolute.stat().st_size <= LARGEST:
                found[file.path] = file.absolute.read_bytes()
        except OSError:  # it adds nothing that is known
            continue
    project.unreferred = found
    return found


def schema_key(project: Project) -> str:
    """Changes whenever one of these files does."""
    files = declaring(project)
    return digest(*(f"{path}:{_digest(project, path, files[path])}" for path in sorted(files)), *_releases(project))


def _digest(project: Project, path: str, data: bytes) -> str:
    return project.digest_of(path) if project.contents.get(path) is data else digest(data)


def declared(project: Project) -> tuple[Declared, ...]:
    """What they declare, by file."""
    files = declaring(project)
    keys = {path: digest("schema", path, data) for path, data in files.items()}
    kept: Mapping[str, object] = project.cache.get_many("schema", list(keys.values()))
    fresh: dict[str, object] = {key: _read(project, path, files[path]) for path, key in keys.items() if key not in kept}
    project.cache.put_many("schema", fresh)
    found: list[Declared] = []
    for path in sorted(keys):
        read = kept[keys[path]] if keys[path] in kept else fresh[keys[path]]
        found += read if isinstance(read, tuple) else ()
    return tuple(found)


def _counts(project: Project, path: str) -> bool:
    return path not in project.muted or any(part in path for part in _MIGRATIONS)


def _read(project: Project, path: str, data: bytes) -> tuple[Declared, ...]:
    module = project.names.of(path)[0] if path.endswith(".py") else ""
    text = SchemaText(path, module, data)
    readers: Sequence[SchemaReader] = [one for one in schema_readers() if any(word in data for word in one.words)]
    return tuple(declared for reader in readers for declared in reader.of_text(text))

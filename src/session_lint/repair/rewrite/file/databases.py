"""Which database a file, or else the project, works with."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources

POSTGRESQL, SQLITE, MYSQL = "postgresql", "sqlite", "mysql"

_DRIVER = re.compile(r"^\s*(?:import|from)\s+(asyncpg|psycopg2?|aiosqlite|sqlite3|pymysql|MySQLdb|aiomysql)\b", re.MULTILINE)
_SIGNS = {
    POSTGRESQL: r"\bdb\.backends\.postgresql\b|\bpostgres(?:ql)?(?:\+\w+)?://|^\s*(?:import|from)\s+(?:asyncpg|psycopg2?|psycopg_pool)\b"
    r"|\bdialects\.postgresql\b|\bdialects\s+import\s+.*\bpostgresql\b",
    SQLITE: r"\bsqlite(?:\+\w+)?://|\bdb\.backends\.sqlite3\b|^\s*(?:import|from)\s+(?:aiosqlite|sqlite3)\b|\bdialects\.sqlite\b|\bdialects\s+import\s+.*\bsqlite\b",
    MYSQL: r"\bdb\.backends\.mysql\b|\b(?:mysql|mariadb)(?:\+\w+)?://|^\s*(?:import|from)\s+(?:pymysql|MySQLdb|aiomysql|asyncmy|mysql\.connector)\b"
    r"|\bdialects\.mysql\b|\bdialects\s+import\s+.*\bmysql\b",
}


def databases(sources: Sources, *files: Source) -> frozenset[str]:
    """The databases that engine addresses and imports speak of: of the first file that names any, else of the whole project."""
    for source in files:
        found = frozenset(name for name, sign in _SIGNS.items() if re.search(sign, source.text, re.MULTILINE))
        if found:
            return found
    return frozenset(name for name, sign in _SIGNS.items() if sources.search(sign))


def driver(source: Source) -> str:
    """The driver of SQL text that a file imports, "" for none or several."""
    return _named(source.text)


def driver_of(sources: Sources, source: Source, connection: str) -> str:
    """The driver of a connection (`db`, `store.db`): that of its file, or of the one file of the project it is imported from."""
    own = driver(source)
    if own:
        return own
    try:
        found = {_named(sources.text(path)) for path in _origins(sources, source, connection.partition(".")[0])} - {""}
    except CannotRepair:  # it cannot be read
        return ""
    return found.pop() if len(found) == 1 else ""


def _named(text: str) -> str:
    found = set(_DRIVER.findall(text))
    return found.pop() if len(found) == 1 else ""


def _origins(sources: Sources, source: Source, name: str) -> Iterator[str]:
    """The files that a name may be imported from at module level: the module itself, or what it takes the name from."""
    folder = source.path.rpartition("/")[0]
    for one in source.imports:
        aliases = () if isinstance(one.names, cst.ImportStar) else one.names
        if source.function_around(one) is not None or all(_local(alias) != name for alias in aliases):
            continue
        module, up = dotted_name(one.module).replace(".", "/") if one.module is not None else "", len(one.relative)
        above = ["/".join(folder.split("/")[: len(folder.split("/")) - up + 1])] if up else _above(folder)
        for path in (f"{root}/{module}".strip("/") for root in above):
            known = sources.files("|".join(re.escape(f"{path}{end}") for end in (".py", "/__init__.py", f"/{name}.py")))
            yield from known
            if known:
                break


def _above(folder: str) -> list[str]:
    """A folder and those above it, up to the root of the project."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:size]) for size in range(len(parts), -1, -1)]


def _local(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.asname.name if alias.asname is not None else alias.name)

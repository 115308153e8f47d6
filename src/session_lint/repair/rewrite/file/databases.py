"""Which database a file, or else the project, works with."""

from __future__ import annotations

import re

from session_lint.repair.rewrite.file.source import Source, Sources

POSTGRESQL, SQLITE, MYSQL = "postgresql", "sqlite", "mysql"

_DRIVER = re.compile(r"^\s*(?:import|from)\s+(asyncpg|psycopg2?|aiosqlite|sqlite3|pymysql|MySQLdb|aiomysql)\b", re.MULTILINE)
_SIGNS = {
    POSTGRESQL: r"\bpostgres(?:ql)?(?:\+\w+)?://|^\s*(?:import|from)\s+(?:asyncpg|psycopg2?|psycopg_pool)\b"
    r"|\bdialects\.postgresql\b|\bdialects\s+import\s+.*\bpostgresql\b",
    SQLITE: r"\bsqlite(?:\+\w+)?://|^\s*(?:import|from)\s+(?:aiosqlite|sqlite3)\b|\bdialects\.sqlite\b|\bdialects\s+import\s+.*\bsqlite\b",
    MYSQL: r"\b(?:mysql|mariadb)(?:\+\w+)?://|^\s*(?:import|from)\s+(?:pymysql|MySQLdb|aiomysql|asyncmy|mysql\.connector)\b"
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
    found = set(_DRIVER.findall(source.text))
    return found.pop() if len(found) == 1 else ""

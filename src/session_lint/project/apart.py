"""Files that a program wrote, or that are run once: told by what stands in them, wherever they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEAD = 2_000  # bytes in which a file says what it is
_SAYS = (b"generated", b"do not edit", b"don't edit")
_GENERATED = re.compile(
    r"""
    @generated\b
    | \b(?:do\ not|don't)\ (?:edit|modify)\b
    | \b(?:auto(?:matically)?[ -]?|code[ ]|file[ ](?:is|was)[ ](?:automatically[ ]|auto-?)?)generated\ (?:by|from|with|using)\b
    | ^\#?\s*generated\ (?:by|from|with|using)\ (?!.*\b(?:claude|chatgpt|gpt|copilot|gemini|cursor|llm|ai)\b)
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_CODE = re.compile(rb"^(?:from|import|class|def|async|@|if|try|with|for)\b", re.MULTILINE)
_ALEMBIC = re.compile(rb"^down_revision\b[^=\n]*=", re.MULTILINE)
_DJANGO = re.compile(rb"^class Migration\((?:migrations\.)?(?:Migration|SchemaMigration|DataMigration)\):", re.MULTILINE)  # South's, too


def set_apart(contents: Mapping[str, bytes]) -> frozenset[str]:
    """The paths of the files that are generated, by what they say before their first statement, or a migration."""
    return frozenset(path for path, data in contents.items() if _is_generated(data) or _is_migration(data))


def _is_generated(data: bytes) -> bool:
    head = data[:_HEAD]
    low = head.lower()
    if not any(word in low for word in _SAYS):
        return False
    code = _CODE.search(head)
    return _GENERATED.search(head[: code.start() if code is not None else None].decode("utf-8", "replace")) is not None


def _is_migration(data: bytes) -> bool:
    if b"down_revision" in data and b"alembic" in data and _ALEMBIC.search(data) is not None:
        return True
    return b"class Migration(" in data and _DJANGO.search(data) is not None

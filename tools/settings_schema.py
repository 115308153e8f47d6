"""The table `[tool.session-lint]` as a JSON schema, from what the settings say of themselves: for editors that check pyproject.toml."""

from __future__ import annotations

import json
from collections.abc import Callable

from session_lint import api
from session_lint.settings.settings import UNUSED
from session_lint.settings.table import KEYS, Key

Schema = dict[str, object]
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_GETTER: Schema = {
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"name": _TEXT, "key": _TEXT, "id": _TEXT},
            "required": ["name"],
            "additionalProperties": False,
        },
    ]
}
_VERSION = r"^\s*(==|>=|<=|!=|>|<)?\s*\d+(\.\d+)*\s*(,\s*(==|>=|<=|!=|>|<)?\s*\d+(\.\d+)*\s*)*$"


def _selectors(*more: str) -> Schema:
    """What a rule may be called: ALL, its code, how that begins, its name; and `more`."""
    codes = [code for code, _ in api.known_rules()]
    starts = {code[:size] for code in codes for size in range(1, len(code) + 1)}
    return {"type": "array", "items": {"enum": ["ALL", *sorted(starts), *(name for _, name in api.known_rules()), *more]}}


# how a value looks, by how `takes` of a key begins; a key that fits none is an error here, not a gap in the schema
_SHAPES: tuple[tuple[str, Callable[[], Schema]], ...] = (
    ("a list of names, or of tables", lambda: {"type": "array", "items": _GETTER}),
    ("a list of rules", lambda: _selectors("ONE9", "ONE90", UNUSED, "unused-suppression")),
    ("a list of ", lambda: _TEXTS),
    ("a table of a path pattern and a list of rules", lambda: {"type": "object", "additionalProperties": _selectors()}),
    ("a whole number", lambda: {"type": "integer", "minimum": 0}),
    ("true or false", lambda: {"type": "boolean"}),
    ("a file", lambda: _TEXT),
    ("a directory", lambda: _TEXT),
    ("a version", lambda: {"type": "string", "pattern": _VERSION}),
    ('"', dict),
)


def text() -> str:
    """The schema of a pyproject.toml, of which it says nothing but this table."""
    table = {
        "type": "object",
        "description": "Settings of session-lint.",
        "properties": {name: _property(name, key) for name, key in KEYS.items()},
        "additionalProperties": False,
    }
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pyproject.toml with the settings of session-lint",
        "type": "object",
        "properties": {"tool": {"type": "object", "properties": {"session-lint": {"$ref": "#/definitions/session-lint"}}}},
        "definitions": {"session-lint": table},
    }
    return json.dumps(whole, indent=2) + "\n"


def _property(name: str, key: Key) -> Schema:
    shape = next((made for start, made in _SHAPES if key.takes.startswith(start)), None)
    if shape is None:
        raise SystemExit(f'settings_schema: "{name}" takes {key.takes}: say in tools/settings_schema.py how that looks')
    choices: Schema = {"enum": [word.strip('" ') for word in key.takes.split(" or ")]} if key.takes.startswith('"') else {}
    return {"description": key.meaning, **shape(), **choices}

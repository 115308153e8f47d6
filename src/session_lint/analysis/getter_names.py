"""Which function names say that a record is made when it is missing."""

from __future__ import annotations

import re
from functools import lru_cache

_MAKE = r"(?:create|insert|init|initialise|initialize|add|new|make|register|start|open)"
_SNAKE = re.compile(
    rf"(?:^|_)(?:get|find|fetch|read|load|lookup|retrieve|select|resolve)_or_{_MAKE}(?:_|$)"
    r"|(?:^|_)or_create(?:_|$)"
    r"|(?:^|_)(?:create|make|add|insert|register|init|new|start)\w*_if_(?:not_exists?|missing|absent|needed|necessary|new|none)(?:_|$)"
    r"|\w_if_(?:not_exists?|missing)$"
    r"|^_*a?(?:ensure|establish)_\w"
)
# A record is not what these return, whatever they make.
_THING = (
    r"(?:dirs?|director(?:y|ies)|folders?|paths?|files?|tables?|schemas?|index(?:es)?|indices|database|db|bucket|collections?|extensions?"
    r"|columns?|constraints?|triggers?|views?|migrations?|queues?|exchange|topics?|containers?|loop|eventloop|event_loop|venv)"
)
_VALUE = (
    r"(?:future|ascii|lists?|tuples?|dict|set|str|string|text|bytes|unicode|utf8|int|float|bool|type|types|iterable|sequence|array|series|tensor"
    r"|datetime|date|timezone|tz|aware|utc|uuid|decimal|json|number|numeric|slash|prefix|suffix|newline|trailing_slash|url"
    r"|installed|imported|loaded|valid|unique|not|no|is|has|are|can|only|all|in|on|at|same|equal|connected|connection|csrf_cookie|csrf"
    r"|async|awaitable|coroutine|callable|permissions?|authenticated|authorized|login|logged_in|running|ready|started|open|closed|min|max"
    r"|http_session|client_session|aiohttp_session)"
)
_FALSE_FRIEND = re.compile(
    rf"^_*a?ensure_(?:\w+_)?{_THING}(?:_exists?)?$|^_*a?ensure_{_VALUE}(?:_|$)"
    rf"|(?:^|_)(?:create|make|add)_(?:\w+_)?{_THING}_if_(?:not_exists?|missing|needed|necessary)$"
    rf"|^_*(?:get|find|load)_or_{_MAKE}_(?:\w+_)?{_THING}$"
    r"|(?:^|_)(?:update|replace|merge|set|save|put)_or_create(?:_|$)"  # an upsert: it writes every time
    r"|^_*(?:create_if_not_exists|create_all_if_missing|if_not_exists)$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_MAKING = re.compile(r"_*a?(?:create|insert|post|put|save|register|rpc|upsert|make|sync|push|add|store|write|execute|request)(?:_|$)")

#: Lower-case substrings: every name that `getter_shape` accepts contains one of them when lower-cased. camelCase has no
#: underscores, so both spellings are listed.
GETTER_WORDS: tuple[str, ...] = (
    "_or_",
    "or_create",  # with nothing before it
    "ensure",
    "establish",
    "_if_",
    "orcreate",
    "orinsert",
    "orinit",
    "oradd",
    "ornew",
    "ormake",
    "orregister",
    "orstart",
    "oropen",
    "ifnot",
    "ifmissing",
    "ifabsent",
    "ifneeded",
    "ifnecessary",
    "ifnew",
    "ifnone",
)


@lru_cache(maxsize=32_768)  # one name is asked for at each call of it
def getter_shape(name: str) -> bool:
    """Whether a function's own name (the last component) says get-or-create. camelCase counts as snake_case.

    `ensure_dir`, `ensure_future`, `create_table_if_not_exists` and their like do not: what they make is plainly no record.
    """
    snake = name.lower() if "_" in name.strip("_") else _HUMP.sub("_", name).lower()
    return _SNAKE.search(snake) is not None and _FALSE_FRIEND.search(snake) is None


def makes(name: str) -> bool:
    """Whether a name says that something is made, or handed to somebody who may make it."""
    return _MAKING.match(name) is not None

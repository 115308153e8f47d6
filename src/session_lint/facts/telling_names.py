"""Names that tell of a lock, of the error for a row that is there already, of what is made anew, of a class that is held: of any library,
they are called so."""

from __future__ import annotations

import re

from session_lint.facts.terms import Attr, Invoke, Item, Param, Ref, Term, strip

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LOCKS = frozenset({"lock", "locks", "rlock", "mutex", "mutexes", "locked", "filelock", "redlock"})
# Whatever goes wrong with a database, by the last names of the exceptions; APIError is PostgREST's only one, ClientError that of boto.
_ANYTHING = frozenset(
    "APIError BaseException ClientError DBAPIError DatabaseError Error Exception PostgresError PyMongoError SQLAlchemyError".split()  # noqa: SIM905
)
_MADE_UP = re.compile(
    r"uuid|ulid|nanoid|random|randint|^choices?$|token_(?:hex|urlsafe|bytes)|urandom|^(?:utc)?now$|^time(?:_ns)?$|monotonic"
)
_SEVERAL = re.compile(r"Multiple(?:Objects|Results|Documents|Rows)")
_CONFLICT = re.compile(r"Integrity|Unique|Duplicate|AlreadyExists|Conflict")

#: A regular expression for names of what holds a mapped class: `self.model`, `cls`.
CLASS_HOLDER = r"(?:\w*_)?(?:model|model_class|model_cls|klass|through|cls)"

DEPENDS = frozenset({"Depends", "Security"})  # by which FastAPI is told what to call for a parameter
INJECTING = DEPENDS | {"Provide", "Inject"}  # and others
# The codes and texts of that error, where a library has one class for all: unique_violation of PostgreSQL (SQLSTATE 23505), MySQL's
# ER_DUP_ENTRY (1062), MongoDB's DuplicateKey (11000), DynamoDB's condition that failed.
_CONFLICT_CODE = re.compile(r"^(?:23505|1062|11000)$|ConditionalCheckFailed|\bunique\b|\bduplicate\b|already exists", re.IGNORECASE)

_MAKING = re.compile(r"_*a?(?:create|send|submit)(?!.*(?:_or_|_if_|_when_|exist|missing|many|bulk|all$))", re.IGNORECASE)


def names_lock(name: str) -> bool:
    """Whether one of the words of a name is that for a lock."""
    return any(word.lower() in _LOCKS for word in _WORDS.findall(name))


def names_conflict(name: str) -> bool:
    """Whether a name is that of an error for a row that is there already."""
    return _CONFLICT.search(name) is not None


def is_conflict_code(value: object) -> bool:
    """Whether a constant that an error is asked for is the code of the error for a row that is there already, or a part of its text."""
    return isinstance(value, (str, int)) and _CONFLICT_CODE.search(str(value)) is not None


def names_several(name: str) -> bool:
    """Whether a name is that of an error for several rows where one was wanted."""
    return _SEVERAL.match(name) is not None


def names_class(name: str) -> bool:
    """Whether a name is that of what holds a mapped class."""
    return re.fullmatch(CLASS_HOLDER, name) is not None


def names_making(name: str) -> bool:
    """Whether the name of a call says that it makes one thing, each time anew: `create_issue`, `send_message`, not `create_if_missing`."""
    return _MAKING.match(name) is not None


def names_made_up(name: str) -> bool:
    """Whether a name is that of a function that makes a value up, or tells the time: no other request gets the same."""
    return _MADE_UP.search(name) is not None


def names_anything(name: str) -> bool:
    """Whether a name is that of whatever may go wrong with the database."""
    return name in _ANYTHING


def is_lock(term: Term) -> bool:
    """Whether a value has the name of a lock: `self._locks[key]`, `redis.lock(name)`, `lock.acquire()`."""
    term = strip(term)
    while isinstance(term, (Item, Invoke)):
        if isinstance(term, Invoke) and names_lock(_last_name(term.func)):
            return True
        term = strip(term.func if isinstance(term, Invoke) else term.base)
        if isinstance(term, Attr) and term.name in {"acquire", "get", "setdefault"}:
            term = strip(term.base)
    return names_lock(_last_name(term))


def _last_name(term: Term) -> str:
    inner = strip(term)
    return inner.name.rpartition(".")[2] if isinstance(inner, (Attr, Param, Ref)) else ""

"""A session of MongoDB for a run of statements: how the client is reached, and which calls take the session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.calls.arguments import add_argument, has_keyword
from session_lint.repair.rewrite.file import matching as m, names, naming
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements.regions import Run
from session_lint.repair.rewrite.writes import hazards

_WRITES = frozenset(
    {
        *("insert_one", "insert_many", "replace_one", "update_one", "update_many", "delete_one", "delete_many", "bulk_write"),
        *("find_one_and_update", "find_one_and_replace", "find_one_and_delete"),
    }
)
_READS = frozenset({"find", "find_one", "count_documents", "distinct", "aggregate"})
_OUTSIDE = frozenset(
    {
        *("create_index", "create_indexes", "drop", "drop_index", "drop_indexes", "rename", "estimated_document_count", "watch"),
        *("create_collection", "drop_collection", "list_indexes", "index_information", "list_collection_names", "command"),
    }
)
_BOUND = r"\s*(?::\s*(?:\w+\.)*(?:AsyncIOMotorDatabase|AsyncDatabase|Database)\b|=\s*\w[^\n#]*(?:\[|\.get_(?:default_)?database\())"
_DATABASES = frozenset({"db", "database", "mongo_db", "mongodb"})


@dataclass(frozen=True, slots=True)
class _Receiver:
    """The collection that both statements are called on, as written, and where its expression begins: `self` of `self.db.users`."""

    code: str
    root: str
    client: str


def client_of(source: Source, run: Run, clear: cst.Call, insert: cst.Call) -> str:
    """The client, reached from the collection of two calls: `db.client` for `db.users`, else `users.database.client`.

    Raises CannotRepair when both are not surely on one client, or the collection is only made in the run.
    """
    return _receiver(source, run, clear, insert).client


def free_session(source: Source, run: Run) -> str:
    """A name for the session that nothing has in use."""
    taken = naming.names_in(source.function_around(run.body[0]) or source.module) | names.of_module(source.module)
    found = next((name for name in ("session", "mongo_session", "db_session") if name not in taken), "")
    if not found:
        raise CannotRepair("`session` already means something else in the function")
    return found


def joined(source: Source, run: Run, clear: cst.Call, insert: cst.Call, name: str) -> tuple[Edit, ...]:
    """`session=name` at every call of the run that talks to the database.

    Raises CannotRepair for one that cannot take part, and where a collection is handed on, so that calls elsewhere would stay outside.
    """
    receiver = _receiver(source, run, clear, insert)
    _not_later(source, run, receiver)
    edits: list[Edit] = []
    for node in hazards.nodes(run.body):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            edits += _taking(source, node, receiver, name)
        if (
            isinstance(node, cst.Name | cst.Attribute | cst.Subscript)
            and source.code(node) == receiver.code
            and not _called_on(source, node)
        ):
            raise CannotRepair(f"`{receiver.code}` is also handed on between the two statements")
    return tuple(edits)


def _receiver(source: Source, run: Run, clear: cst.Call, insert: cst.Call) -> _Receiver:
    found = [call.func.value for call in (clear, insert) if isinstance(call.func, cst.Attribute)]
    if len(found) != 2 or source.code(found[0]) != source.code(found[1]):
        raise CannotRepair("nothing shows that both statements are of one client")
    collection = found[0]
    root: cst.BaseExpression = collection
    while isinstance(root, cst.Attribute | cst.Subscript):
        root = root.value
    if isinstance(collection, cst.Name) and collection.value in ("self", "cls"):
        raise CannotRepair("the statements are methods of the project's own class: nothing shows how its client is reached")
    if not isinstance(root, cst.Name):
        raise CannotRepair("the collection is looked up anew in each statement: bind it to a name first")
    function = source.function_around(run.body[0])
    used = {root.value} | {one.value for one in names.reads(collection)}
    rows = range(source.span(run.body[0]).row, source.span(insert).row + 1)
    rebound = [one for word in sorted(used) for one in (names.bindings(source, function, word) if function is not None else ())]
    if any(source.span(one).row in rows for one in rebound):
        raise CannotRepair(f"`{source.code(collection)}` is made, or made anew, between the two statements")
    return _Receiver(source.code(collection), root.value, _client(source, collection))


def _client(source: Source, collection: cst.BaseExpression) -> str:
    if isinstance(collection, cst.Attribute | cst.Subscript):
        database = dotted_name(collection.value)
        if database.rpartition(".")[2].lstrip("_") in _DATABASES and _is_database(source, collection, database.rpartition(".")[2]):
            return f"{database}.client"
    return f"{source.code(collection)}.database.client"


def _is_database(source: Source, collection: cst.Attribute | cst.Subscript, name: str) -> bool:
    """Whether a name is a database of pymongo itself, not of a class that wraps one: as it is indexed, annotated or bound."""
    return isinstance(collection, cst.Subscript) or re.search(rf"\b{name}{_BOUND}", source.text) is not None


def _taking(source: Source, call: cst.Call, receiver: _Receiver, name: str) -> Iterator[Edit]:
    assert isinstance(call.func, cst.Attribute)
    method, owner = call.func.attr.value, source.code(call.func.value)
    ours = owner == receiver.code or (
        method in _WRITES | _READS | _OUTSIDE and dotted_name(call.func.value).partition(".")[0] == receiver.root
    )
    if not ours and method not in _WRITES:
        return
    if owner != receiver.code and (receiver.root in ("self", "cls") or not ours) and method in _READS | _WRITES:
        raise CannotRepair(f"`{owner}.{method}(...)` stands between the two statements, maybe on another client")
    if method not in _WRITES | _READS:
        raise CannotRepair(f"`{method}(...)` stands between the two statements, which a transaction of MongoDB does not take")
    if has_keyword(call, "session"):
        raise CannotRepair("a session is handed to a statement already: begin the transaction where it comes from")
    yield add_argument(source, call, f"session={name}")


def _called_on(source: Source, node: cst.CSTNode) -> bool:
    """Whether an expression is what a method is called on."""
    above = source.parent(node)
    return isinstance(above, cst.Attribute) and above.value is node and isinstance(source.parent(above), cst.Call)


def _not_later(source: Source, run: Run, receiver: _Receiver) -> None:
    """Raises CannotRepair for a function in the run that talks to the collection, maybe when the session has ended."""
    for statement in run.body:
        for node in m.findall(statement, m.FunctionDef() | m.Lambda()):
            if receiver.code in source.code(node):
                raise CannotRepair(f"`{receiver.code}` is used in a function between the two statements, which may run later")

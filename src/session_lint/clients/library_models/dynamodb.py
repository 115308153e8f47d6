"""DynamoDB by boto3 and aioboto3: items of a table, by key.

From the DynamoDB API reference: `put_item` replaces the item of the same key unless a `ConditionExpression` forbids it; a batch
writer is no transaction; `transact_write_items` writes up to 100 items together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, Step, last_name
from session_lint.clients.filter_text import conditions as text_conditions
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import fields
from session_lint.clients.row_filters import OPAQUE, Filter, entries, members, ordered
from session_lint.clients.vector_stores import Collection, Collections, evidence, is_made_anew, taken
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Mapping, Op, Template, Term, strip, walk

_PACKAGES = ("boto3", "aioboto3", "aiobotocore", "botocore", "mypy_boto3_dynamodb", "types_boto3_dynamodb", "types_aioboto3_dynamodb")
_TELLS = frozenset({"Key", "Item", "TableName"})
_TABLES = Collections("dynamodb", _PACKAGES, {"Table": "name"}, _TELLS)
_WRITERS = ("batch_writer", "__enter__", "__aenter__")
_TYPES = frozenset({"S", "N", "B", "BOOL"})
_COMPARED = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Dynamodb(LibraryModel):
    """A table is one made by `boto3`, or told by `Key=`, `Item=`; a client names the table in each call."""

    advice = Advice(
        row="`put_item(Item=...)` alone, which replaces the item of the same key, with {columns} in that key",
        rows="`transact_write_items` (up to 100 items), or `put_item` of the new items first and then a delete of those that are left over",
    )
    words = ("delete_item", "put_item", "get_item")
    methods = frozenset({"delete_item", "put_item", "get_item"})
    handles = (_TABLES.handle,)
    evidence = evidence(_PACKAGES, "dynamodb", clear=("delete_item",), insert=("put_item",), upsert=("put_item",), read=("get_item",))

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, _table(call.func.base), call)
        name = step.arg(-1, "TableName")
        for found in _TABLES.of(step, context):
            yield _effect(step, Collection(_TABLES.named(name), found.owner) if name is not None else found)


def _table(term: Term) -> Term:
    """The table that `table.batch_writer()` writes to."""
    term = strip(term)
    while isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name in _WRITERS:
        term = strip(term.func.base)
    return term


def _effect(step: Step, found: Collection) -> Effect:
    base, verb = _TABLES.base(found), f".{step.name}()"
    if step.name != "put_item":
        kind = EffectKind.CLEAR if step.name == "delete_item" else EffectKind.READ
        return taken(base, kind, _picked(step.arg(-1, "Key")), verb)
    new = fields((name, _untyped(value)) for name, value in entries(strip(step.arg(-1, "Item") or NOTHING)))
    anew = any(is_made_anew(value) for name, value in new.columns if name in ("pk", "sk") or name.lower().endswith("id"))
    kind = EffectKind.INSERT if anew or _only_new(step.arg(-1, "ConditionExpression")) else EffectKind.UPSERT
    return replace(base, kind=kind, columns=new.columns, complete=False, verb=verb)


def _only_new(condition: Term | None) -> bool:
    """Whether an item that exists is left as it is: `attribute_not_exists(pk)`, `Attr("pk").not_exists()`."""
    return any(
        (isinstance(part, Const) and "attribute_not_exists" in str(part.value))
        or (isinstance(part, Invoke) and last_name(part.func) == "not_exists")
        for part in walk(condition or NOTHING)
    )


def _untyped(value: Term) -> Term:
    """The value in `{"S": value}`."""
    inner = strip(value)
    if isinstance(inner, Mapping) and len(inner.entries) == 1:
        ((key, held),) = inner.entries
        if isinstance(key, Const) and key.value in _TYPES:
            return strip(held)
    return inner


def _picked(key: Term | None) -> Iterator[Filter]:
    key = strip(key) if key is not None else None
    lookup = next((part for part in walk(key or NOTHING) if isinstance(part, Invoke) and last_name(part.func) in ("query", "scan")), None)
    if lookup is not None:  # items that a query gave, one after the other
        yield from _queried(lookup)
    elif isinstance(key, Mapping):
        yield from (Filter(name, _untyped(value)) if name else OPAQUE for name, value in entries(key))
    else:
        yield OPAQUE


def _queried(lookup: Invoke) -> Iterator[Filter]:
    values = tuple(
        (name.lstrip(":"), _untyped(value)) for name, value in entries(strip(lookup.kwarg("ExpressionAttributeValues") or NOTHING))
    )
    names = {
        name: str(value.value)
        for name, value in entries(strip(lookup.kwarg("ExpressionAttributeNames") or NOTHING))
        if isinstance(value, Const)
    }
    found = [lookup.kwarg(name) for name in ("KeyConditionExpression", "FilterExpression")]
    for condition in found:
        if condition is not None:
            yield from _condition(strip(condition), values, names)


def _condition(term: Term, values: tuple[tuple[str, Term], ...], names: dict[str, str]) -> Iterator[Filter]:
    """`Key("user").eq(x) & Key("at").lt(y)`, or the same as text."""
    match term:
        case Op("&", operands):
            yield from (found for operand in operands for found in _condition(strip(operand), values, names))
        case Invoke(Attr(Invoke(_, (Const(str(column)), *_), _), verb), args, _) if args:
            yield _compared(column, verb, strip(args[0]))
        case Const(str(text)):
            for short, name in names.items():
                text = text.replace(short, name)
            yield from text_conditions(Const(text), named=values)
        case Template():
            yield from text_conditions(term, named=values)
        case _:
            yield OPAQUE


def _compared(column: str, verb: str, value: Term) -> Filter:
    if verb == "eq":
        return Filter(column, value)
    if verb == "is_in":
        return members(column, value)
    return ordered(column, value, _COMPARED[verb]) if verb in _COMPARED else Filter(column, value, Selection.RANGE)

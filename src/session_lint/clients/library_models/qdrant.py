"""Qdrant: points of a collection, by ids and by payload.

From the Qdrant client's reference: `delete(collection_name, points_selector)` takes ids, `PointIdsList`, `Filter` or
`FilterSelector`; `upsert(collection_name, points)` replaces points of the same id, as the uploads do; there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Step, last_name
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows
from session_lint.clients.row_filters import OPAQUE, Filter, differs, members, negated
from session_lint.clients.vector_stores import (
    ROWS,
    Collections,
    behind,
    evidence,
    first_of,
    given,
    listed,
    metadata,
    picked,
    put,
    records,
    taken,
)
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Comprehension, Const, Invoke, Mapping, Sequence, Term, strip

_PACKAGES = ("qdrant_client",)
_TELLS = frozenset({"points_selector", "points", "collection_name", "scroll_filter", "count_filter"})
_CLIENTS = Collections(
    "qdrant", _PACKAGES, tells=_TELLS, chosen="collection_name", classes=frozenset({"QdrantClient", "AsyncQdrantClient"})
)
_PUTS = frozenset({"upsert", "upload_points", "upload_records", "upload_collection", "add"})
_READS = frozenset({"scroll", "retrieve", "count"})


class Qdrant(LibraryModel):
    """A client is one made by `qdrant_client`, or annotated as one; it says its collection in each call."""

    advice = Advice(
        row="one `client.upsert(...)` under a point id made from {columns} (`uuid5`), without the delete",
        rows=f"`client.upsert(...)`: {ROWS}",
    )
    packages = _PACKAGES
    words = ("delete(", ".upsert(", ".upload_", ".add(", ".scroll(", ".retrieve(", ".count(")
    methods = _PUTS | _READS | {"delete"}
    handles = (_CLIENTS.handle,)
    evidence = evidence(_PACKAGES, "qdrant", clear=("delete",), insert=_PUTS, upsert=_PUTS, read=_READS)

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        for found in _CLIENTS.of(step, context):
            base, verb = _CLIENTS.base(found), f".{step.name}()"
            if step.name in _PUTS:
                yield put(base, EffectKind.UPSERT, _rows(step), verb)
            else:
                kind = EffectKind.CLEAR if step.name == "delete" else EffectKind.READ
                yield taken(base, kind, _picked(step), verb)


def _picked(step: Step) -> Iterator[Filter]:
    if step.name != "delete":
        yield from _filter(step.arg(1, {"scroll": "scroll_filter", "count": "count_filter"}.get(step.name, "ids")))
        return
    selector = step.arg(1, "points_selector")
    lookup = behind(selector, step.base, frozenset({"scroll"}))
    yield from _picked(Step("scroll", step.base, lookup)) if lookup is not None else _filter(selector)


def _filter(term: Term | None) -> Iterator[Filter]:
    """A selector or a filter: ids, `Filter(must=[...])`, `FilterSelector(filter=...)`, `PointIdsList(points=[...])`."""
    match strip(term) if term is not None else None:
        case None:
            return
        case Invoke(func, args, _) as made if last_name(func) in ("FilterSelector", "PointIdsList"):
            inner = made.kwarg("filter") or made.kwarg("points") or (args[0] if args else None)
            yield from picked(inner) if last_name(func) == "PointIdsList" else _filter(inner)
        case Invoke(func, _, kwargs) if last_name(func) == "Filter":
            for name, value in kwargs:
                yield from _clause(name, value)
        case Sequence() | Comprehension() | Const() as ids:
            yield from picked(ids)
        case other if last_name(other).lower().endswith(("id", "ids")):
            yield from picked(other)
        case _:
            yield OPAQUE


def _clause(name: str, value: Term) -> Iterator[Filter]:
    value = strip(value)
    parts = value.items if isinstance(value, Sequence) else (value,)
    found = [_condition(strip(part)) for part in parts]
    if name == "must":
        yield from found
    elif name == "must_not":
        yield from negated(found)
    elif name == "should" and len(found) == 1:
        yield from found
    else:
        yield OPAQUE


def _condition(part: Term) -> Filter:
    """`FieldCondition(key=..., match=MatchValue(value=...))`, `HasIdCondition(has_id=[...])`, or the same as dicts."""
    if not isinstance(part, Invoke):
        return OPAQUE
    if last_name(part.func) == "HasIdCondition":
        return next(picked(part.arg(0, "has_id")), OPAQUE)
    key, how = part.arg(0, "key"), part.arg(1, "match")
    column = str(key.value) if isinstance(key, Const) else ""
    column = column.removeprefix("metadata.").removeprefix("payload.")
    if part.kwarg("range") is not None:
        return Filter(column, part.kwarg("range") or part, Selection.RANGE)
    matched = _matched(how)
    if matched is None or key is None:
        return OPAQUE
    sign, value = matched
    return members(column, value) if sign == "any" else differs(column, value) if sign == "except" else Filter(column, value)


def _matched(how: Term | None) -> tuple[str, Term] | None:
    """What a value is compared with, and how."""
    match strip(how) if how is not None else None:
        case Invoke(_, args, kwargs):
            pairs = (*kwargs, *(("value", arg) for arg in args))
        case Mapping(pairs_of):
            pairs = tuple((str(key.value), value) for key, value in pairs_of if isinstance(key, Const))
        case _:
            return None
    return next(((name.rstrip("_"), strip(value)) for name, value in pairs), None)


def _rows(step: Step) -> Rows:
    """Points as `PointStruct`, as a `Batch`, or side by side."""
    if step.name in ("upload_collection", "add"):
        handed = step.arg(-1, "ids")
        columns = (*given(handed), *metadata(step.arg(-1, "payload"), step.arg(-1, "metadata")))
        return Rows(columns, many=listed(handed if handed is not None else step.arg(-1, "documents") or step.arg(1, "vectors")))
    handed = step.arg(1, "points")
    points = strip(handed) if handed is not None else None
    if isinstance(points, Invoke) and last_name(points.func) == "Batch":
        ids = points.arg(0, "ids")
        return Rows((*given(ids), *metadata(points.kwarg("payloads"))), many=listed(ids))
    many = listed(points)
    match first_of(points):
        case Invoke() as point:
            return Rows((*given(point.arg(0, "id"), many=many), *metadata(point.kwarg("payload"))), many=many)
        case Mapping(pairs):
            named = {str(key.value): value for key, value in pairs if isinstance(key, Const)}
            return Rows((*given(named.get("id"), many=many), *metadata(named.get("payload"))), many=many)
        case _:
            return replace(records(points), many=many)

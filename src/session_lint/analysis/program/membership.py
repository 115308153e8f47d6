"""Rows of which a test asks whether one has a value: `if name in [tag.name for tag in tags]:`, `any(tag.name == name for tag in tags)`.

That is a look-up by one column more than the rows are fetched by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.blocks import conditions
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Item, Op, Ref, Term, strip

_WRAPPING = frozenset(f"builtins.{name}" for name in ("set", "list", "tuple", "sorted", "frozenset"))
_COLUMNS = frozenset({"values_list", "select", "query", "with_entities"})  # they say which columns are fetched
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A column of fetched rows, and the value that one of them may have. `sites`: the calls that fetch them, the last of a chain first."""

    sites: tuple[int, ...]
    column: str
    value: Term


def asked(term: Term) -> Asked | None:
    """What a test asks of rows; None for one that asks something else."""
    match strip(term):
        case Op("in" | "not in", (value, collection)):
            return _of_collection(value, _unwrapped(collection))
        case Invoke(Ref("builtins.any"), (inner,)) if isinstance(told := strip(inner), Comprehension):
            match strip(told.element):
                case Op("==", (left, right)):
                    return _of_element(right, left) or _of_element(left, right)
    return None


@by_identity
def members(facts: FunctionFacts) -> Mapping[int, tuple[Asked, ...]]:
    """What the tests of a function ask of rows, by the calls that fetch them."""
    found: dict[int, list[Asked]] = {}
    for test in conditions(facts.body):
        for one in _parts(test.term):
            for site in one.sites:
                found.setdefault(site, []).append(one)
    return {site: tuple(dict.fromkeys(several)) for site, several in found.items()}


def _parts(term: Term) -> Iterator[Asked]:
    inner = strip(term)
    if isinstance(inner, Op) and inner.kind in ("not", "and", "or"):
        for part in inner.operands:
            yield from _parts(part)
    elif (one := asked(inner)) is not None:
        yield one


def _unwrapped(collection: Term) -> Term:
    inner = strip(collection)
    while isinstance(inner, Invoke) and isinstance(inner.func, Ref) and inner.func.name in _WRAPPING and len(inner.args) == 1:
        inner = strip(inner.args[0])
    return inner


def _of_collection(value: Term, collection: Term) -> Asked | None:
    if isinstance(collection, Comprehension):
        return _of_element(value, collection.element)
    column = _fetched(collection)
    return _asked(value, collection, column) if column else None


def _of_element(value: Term, part: Term) -> Asked | None:
    """`tag.name`, `row["name"]`, and `row[0]` of a query of one column."""
    match strip(part):
        case Attr(base, name) | Item(base, Const(str() as name)) if isinstance(row := strip(base), Element):
            return _asked(value, row.source, name)
        case Item(base, Const(0)) if isinstance(row := strip(base), Element):
            column = _fetched(_unwrapped(row.source))
            return _asked(value, row.source, column) if column else None
    return None


def _asked(value: Term, rows: Term, column: str) -> Asked | None:
    sites = tuple(call.site for call in _calls(_unwrapped(rows)) if call.site >= 0)
    return Asked(sites, column, strip(value)) if sites else None


def _fetched(query: Term) -> str:
    """The one column that a query fetches: `values_list("name", flat=True)`, `select(Tag.name)`."""
    for call in _calls(query):
        name = call.func.name if isinstance(call.func, Attr) else call.func.name.rpartition(".")[2] if isinstance(call.func, Ref) else ""
        if name in _COLUMNS and len(call.args) == 1:
            match strip(call.args[0]):
                case Const(str() as column) if name == "values_list":
                    return column
                case Attr(_, column) if name != "values_list":
                    return column
    return ""


def _calls(query: Term) -> Iterator[Invoke]:
    """The calls of a chain, and of the statement that one of them runs, the last first."""
    work, left = [strip(query)], _DEEPEST
    while work and left:
        left -= 1
        match work.pop():
            case Invoke(Attr(base, name), args, _) as call:
                yield call
                work.append(strip(base))
                if args and name in ("execute", "exec", "scalars", "scalar"):
                    work.append(strip(args[0]))
            case Invoke() as call:
                yield call
            case Op("await", (inner,)) | Attr(inner, _):
                work.append(strip(inner))

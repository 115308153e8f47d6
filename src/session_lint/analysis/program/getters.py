"""Which functions are getters: by what they return, by look-up then insert, by their name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence as Seq
from dataclasses import dataclass, replace

from session_lint.analysis.program.blocks import conditions
from session_lint.analysis.program.events import Columns, Event, function_identity, same_resource
from session_lint.analysis.program.keys import IDENTITY
from session_lint.analysis.program.spreads import handed_in
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import (
    Attr,
    Const,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    children,
    dotted,
    root,
    strip,
    walk,
)

_INFRASTRUCTURE_TYPES = {
    "Session", "AsyncSession", "Connection", "AsyncConnection", "Cursor", "AsyncCursor", "Pool", "Engine", "AsyncEngine", "Redis",
    "Client", "AsyncClient", "Database", "Logger", "BackgroundTasks",
}  # fmt: skip
INFRASTRUCTURE_NAMES = {
    "pipeline", "pipe", "db", "conn", "connection", "cursor", "cur", "tx", "txn", "pool", "engine", "logger", "log", "defaults", "using",
}  # fmt: skip
_NEAR = 2  # look-up and insert of a getter are its own, or those of a helper; select looks no farther
_WRITTEN = 4  # effects by which it is told what a getter known by its name obtains
_UNWRAP = {"data", "result", "results", "rows", "row", "record", "instance", "object"}  # of a response, a result, a form
_MEMO_WORDS = ("cache", "memo", "lru")


@dataclass(frozen=True, slots=True)
class GetterNames:
    """What counts as a getter by name. `shape` judges a bare name; `configured(full)` gives (is one, key argument); of what is `denied`
    nothing obtains, whatever it looks like."""

    shape: Callable[[str], bool]
    configured: Callable[[str], tuple[bool, str | None]]
    memoising: frozenset[str]
    denied: Callable[[str], bool] = lambda _full: False


def base_sites(term: Term, symbols: SymbolTable, depth: int = 0, *, identity: bool = True) -> Iterator[int]:
    """The call sites whose result the term is, or wraps one to one; with `identity`, also those whose record's id it is."""
    if depth > 12:
        return
    term = strip(term)
    if isinstance(term, Invoke):
        yield term.site
    for inner in _same_record(term, symbols, identity=identity):
        yield from base_sites(inner, symbols, depth + 1, identity=identity)


def _same_record(term: Term, symbols: SymbolTable, *, identity: bool) -> tuple[Term, ...]:
    """The parts of a term that may be the record it stands for."""
    match term:
        case Phi(options):
            return options
        case Attr(base, name) | Item(base, Const(str(name))):
            return (base,) if name in _UNWRAP or (identity and name in IDENTITY) else ()
        case Item(base, key):
            return (base,) if key != Const(1) else ()
        case Sequence("tuple", items) | Op("or" | "and" | "await", items):
            return items
        case Invoke():
            return _around(term, symbols)
    return ()


def _around(call: Invoke, symbols: SymbolTable) -> tuple[Term, ...]:
    """What a call is made on, and the one record that it wraps."""
    owner = (call.func.base,) if isinstance(call.func, Attr) else ()
    wrapped = (*call.args, *(value for _, value in call.kwargs))
    return (*owner, *_one_record(wrapped)) if wrapped and _wraps(call.func, symbols) else owner


def _one_record(given: Seq[Term]) -> tuple[Term, ...]:
    """What an object is made of: the one argument, or the record that all arguments are parts of, constants aside. One part of
    it alone makes an answer about the record, and not the record."""
    match [strip(term) for term in given]:
        case [Op("starred", (whole,))] | [whole]:
            return (whole,)
        case several:
            parts = [term for term in several if not isinstance(term, Const)]
            records = {strip(term.base) for term in parts if isinstance(term, Attr | Item)}
            parted = len(records) == 1 and len(set(parts)) > 1 and all(isinstance(term, Attr | Item) for term in parts)
            return tuple(records) if parted else ()


def _wraps(func: Term, symbols: SymbolTable) -> bool:
    """A constructor or conversion of one record: `Session(row)`, `dict(row)`, `Session.model_validate(row)`."""
    match strip(func):
        case Ref(name):
            last = name.rsplit(".", 1)[-1]
            return name in symbols.classes or last in {"dict", "cast", "str", "int"} or last[:1].isupper()
        case Attr(_, name):
            return name in {"model_validate", "from_orm", "parse_obj", "from_row", "from_dict", "from_record", "_make", "model_construct"}
    return False


def returned_sites(facts: FunctionFacts, symbols: SymbolTable, *, identity: bool) -> set[int]:
    """Every call site whose result the function returns; with `identity`, also those of which it returns the id."""
    return {site for term in facts.returns for site in base_sites(term, symbols, identity=identity)}


def hands_back(facts: FunctionFacts) -> bool:
    """Whether a function may return what it was handed, and not what its object keeps for a key: the id that it returns else is in the
    place of that, and no record."""
    every = (term for one in facts.returns for term in map(strip, alternatives(one)) if not _is_kept(term))
    return any(isinstance(root(term), Param) and not any(isinstance(part, Invoke) for part in walk(term)) for term in every)


def _is_kept(term: Term) -> bool:
    return isinstance(term, Item) and root(term) == Param("self") and not isinstance(strip(term.key), Const)


def memoised(function: FunctionSymbol, names: GetterNames) -> bool:
    """Whether a decorator keeps the function's results (`@cache`, `@lru_cache`, `@cached_property`, `@cache_memoize(60)`)."""
    for decorator in function.index.decorators:
        last = (dotted(decorator.func if isinstance(decorator, Invoke) else decorator) or "").rsplit(".", 1)[-1].lower()
        if last in names.memoising or any(word in last for word in _MEMO_WORDS):
            return "never_cache" not in last and "clear" not in last
    return False


Spelled = Callable[[Term], Term]  # a term with what project functions return in the place of their calls


def by_return(walked: Walk, returned: set[int], facts: FunctionFacts, symbols: SymbolTable, spelled: Spelled) -> Event | None:
    """The obtained record that the function returns; None when it may return something else, or one of several that it does not all
    obtain: of those it is the first, on which the others hang."""
    first = {site for one in facts.returns for term in alternatives(one) for site in base_sites(term, symbols)} & returned
    obtained = (e for e in walked.events if e.kind is EffectKind.OBTAIN and e.site in first and len(e.path) == 1)
    found = [e for e in obtained if e.callee != e.path[0].function]  # that it calls itself makes no getter of it
    if not found or any(not same_resource(found[0].resource, e.resource) and (e.conditions or found[0].conditions) for e in found[1:]):
        return None
    of = Of(lambda term: set(base_sites(term, symbols)), spelled)
    return found[0] if only({e.site for e in found}, facts, symbols, of) else None


@dataclass(frozen=True, slots=True)
class Of:
    """How the values of a function are read: the sites that a term stands for, and a term with what project functions return."""

    sites: Callable[[Term], set[int]]
    spelled: Spelled


def only(sites: set[int], facts: FunctionFacts, symbols: SymbolTable, of: Of) -> bool:
    """Whether everything the function returns is one of these results, a row made here, or was there before."""
    every = [term for one in facts.returns for term in alternatives(one)]
    made = (call for call in facts.calls if call.index in sites)
    given = {strip(arg) for call in made for arg in (*call.args, *dict(call.kwargs).values())}  # the row that was inserted, as a dict
    return not any(isinstance(term, Sequence) for term in every) and all(
        sites & of.sites(term) or was_there(term) or made_here(of.spelled(term), symbols) or (isinstance(term, Mapping) and term in given)
        for term in every
    )


def made_here(term: Term, symbols: SymbolTable) -> bool:
    """Whether a term makes an object of the project: `row = Session(user_id=x); db.add(row); return row`; also of `cls`, of the model of
    a manager, or made by a function."""
    if not isinstance(term, Invoke):
        return False
    match term.func:
        case Param("cls") | Attr(Param("self" | "cls"), "model" | "model_class" | "model_cls"):
            return True
        case Ref(name):
            return isinstance(symbols.lookup(name), ClassSymbol)
    return False


def alternatives(term: Term) -> Iterator[Term]:
    """The values a returned term may have; of a pair such as (record, created) the record, not of one with something handed in."""
    match strip(term):
        case Phi(options) | Op("or", options):
            for option in options:
                yield from alternatives(option)
        case Sequence("tuple", (first, *others)) if not any(isinstance(root(other), Param) for other in others):
            yield from alternatives(first)
        case other:
            yield other


def was_there(term: Term) -> bool:
    """Nothing, or a record that was already there: a parameter, something kept on an object."""
    return term == Const(None) or (isinstance(term, (Param, Attr, Item)) and isinstance(root(term), (Param, Ref)))


def by_upsert(walked: Walk, returned: set[int]) -> Event | None:
    """Upsert one row whose columns are all known, return it."""
    for event in walked.events:
        effect = event.effect
        own = len(event.path) == 1 or (event.returned and event.steps <= _NEAR)
        if event.kind is not EffectKind.UPSERT or event.site not in returned or not own or effect is None:
            continue
        if effect.complete and not effect.many and event.columns:
            return replace(event, kind=EffectKind.OBTAIN)
    return None


def _notes_keys(walked: Walk, facts: FunctionFacts, columns: Columns) -> bool:
    """Whether an object keeps the keys for which this was done: `if key in self._loaded: return ... self._loaded.add(key)`."""
    keys = {strip(value) for _, value in columns}
    noted = {(strip(target.base), strip(value)) for target, value, _ in walked.remembered if isinstance(target, Item)}
    tests = (strip(test.term) for test in conditions(facts.body))
    return any(
        isinstance(test, Op)
        and test.kind == "in"
        and strip(test.operands[0]) in keys
        and (strip(test.operands[1]), strip(test.operands[0])) in noted
        for test in tests
    )


def _empties_itself(walked: Walk) -> bool:
    """Whether the function works off what has gathered on its own object: each call is for something else."""
    stored = (*walked.kept, *((target, value) for target, value, _ in walked.remembered))
    empty = (target for target, value in stored if isinstance(value, (Sequence, Mapping)) and not children(value))
    return any(root(target) == Param("self") for target in empty)


def by_name(function: FunctionSymbol, walked: Walk, facts: FunctionFacts, names: GetterNames, step: Event | None) -> Event | None:
    """A getter by its name, known to touch stored state; its key is its parameters without connections and flags."""
    configured, key = names.configured(function.full)
    if not configured and not names.shape(function.index.name):
        return None
    columns = key_columns(function, facts, walked.events, key)
    if step is None or (not columns and not configured):
        return None
    if not configured and (
        _notes_keys(walked, facts, columns) or (all(name in {"self", "cls"} for name, _ in columns) and _empties_itself(walked))
    ):
        return None
    if function.index.name.lstrip("_").startswith("ensure") and all(name in {"self", "cls"} for name, _ in columns) and not configured:
        return None
    writers = [e for e in walked.events if e.kind in {EffectKind.INSERT, EffectKind.UPSERT, EffectKind.OBTAIN}]
    shared = tuple(c for c in writers[0].conditions if all(c in e.conditions for e in writers)) if writers else ()
    shared = tuple(c for c in shared if isinstance(root(c.term), Param) and not any(isinstance(t, Invoke) for t in (c.term,)))
    own = tuple({(e.table, e.resource): replace(e, within=()) for e in writers[:_WRITTEN]}.values())
    resource = function_identity(function.full)
    return replace(step, kind=EffectKind.OBTAIN, resource=resource, columns=columns, conditions=shared, within=own)


def key_columns(function: FunctionSymbol, facts: FunctionFacts, events: Seq[Event], key: str | None, known: Columns = ()) -> Columns:
    """The parameters that pick the record: all but connections, flags and the object itself, with what is handed in as `**kwargs`; or the
    configured one. `known` is the key as far as the body tells it."""
    parameters = function.index.parameters
    if key is not None and any(p.name == key for p in parameters):
        return ((key, Param(key)),)
    bound = {p.name for p in parameters[:1]} if function.kind in {"instance", "class"} else set()
    connections = {root(e.effect.connection) for e in events if e.effect is not None and e.effect.connection is not None}
    names = [p.name for p in parameters if p.name not in bound and not _infrastructure(p, connections)]
    rest = handed_in(parameters, facts, INFRASTRUCTURE_NAMES, known)
    if not names and not rest and function.kind == "instance":
        names = sorted(bound)
    return (*((name, Param(name)) for name in names), *rest)


def _infrastructure(parameter: Parameter, connections: Iterable[Term]) -> bool:
    if parameter.kind in {"args", "kwargs"} or parameter.name in INFRASTRUCTURE_NAMES:
        return True
    if isinstance(parameter.default, Const) and isinstance(parameter.default.value, bool):
        return True
    return is_connection(parameter, set(connections))


def is_connection(parameter: Parameter, connections: Collection[Term]) -> bool:
    """Whether a parameter is what statements run on, by its type or by its use."""
    annotation = parameter.annotation
    name = (dotted(annotation) or "").rsplit(".", 1)[-1] if annotation is not None else ""
    return name in _INFRASTRUCTURE_TYPES or Param(parameter.name) in connections

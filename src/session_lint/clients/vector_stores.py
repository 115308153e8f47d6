"""What vector stores share: collections known by value, rows picked by ids or by a filter, rows that carry their ids.

No vector store has transactions or unique constraints. Ids are lists to most of them, so the ids of a call are one value:
a display stands for itself, a comprehension for its element.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping as Table
from dataclasses import dataclass, field, replace

from session_lint.clients.call_shapes import Columns, Step, chains, last_name, named, options
from session_lint.clients.filter_text import plain
from session_lint.clients.library_model import Evidence, FileContext, Handle
from session_lint.clients.new_rows import Rows, rows, several
from session_lint.clients.receivers import Made, Origin, closed, made
from session_lint.clients.row_filters import Filter, is_difference, members, picking
from session_lint.facts.effects import Effect, EffectKind, Selection
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Ref,
    Sequence,
    Template,
    Term,
    dotted,
    strip,
    walk,
)

ROWS = "an upsert under ids made from the data, and then a delete of what is left over"

_FRESH = frozenset({"uuid1", "uuid4", "uuid7", "ulid", "ULID", "token_hex", "token_urlsafe", "ObjectId", "nanoid", "generate"})
_MASS = ("data", "batch", "df", "frame", "table", "payload", "payloads", "embedding_data")
_WRAPPERS = frozenset({"list", "tuple", "sorted", "DataFrame", "from_pylist", "from_dicts", "from_records"})
_COMMON = 6  # letters of a name that functions of every sort call: `get`, `create`, `Index`
_HOLDERS = r"(?:collection|vector|chroma|qdrant|milvus|pinecone|weaviate|lance|docstore|embedding)\w*"
_NAMES = frozenset({"id", "_id", "pk", "uuid", "primary_key"})


@dataclass(frozen=True, slots=True)
class Collection:
    """Where a call does something: which collection, and the object it is called on."""

    resource: Term
    owner: Term


@dataclass(frozen=True, slots=True)
class Collections:
    """How the collections of one client are told.

    `makers`: a method or class that gives a collection, with the name of the argument that names it ("" when nothing does).
    `tells`: keyword arguments that show a call of the client on a receiver of which the file says nothing.
    `chosen`: the keyword argument that names the collection in each call, of a client that has no object for one.
    """

    client: str
    packages: tuple[str, ...]
    makers: Table[str, str] = field(default_factory=dict)
    tells: frozenset[str] = frozenset()
    chosen: str = ""
    position: int = 0  # where the collection is named, when it is `chosen`
    classes: frozenset[str] = frozenset()  # what the object is an instance of, or comes from; any of the packages' when empty

    @property
    def role(self) -> str:
        """What a value of the client is to the program, which may know it from another file."""
        return f"{self.client} {' '.join(sorted(self.classes))}".rstrip()

    @property
    def handle(self) -> Handle:
        """Where values of the client come from."""
        made_by = f"(?:{'|'.join(sorted(self.classes))})" if self.classes else r"\w+"
        telling = "|".join(sorted(name for name in self.makers if len(name) > _COMMON))  # select looks for functions that call them
        further = rf"(?:\.(?:{telling})\(\))?" if telling else ""
        return Handle(rf"(?:{'|'.join(self.packages)})(?:\.\w+)*?\.{made_by}\(\){further}.*", self.role)

    def of(self, step: Step, context: FileContext) -> Iterator[Collection]:
        """The collections that a call may be on; none when its receiver is something else."""
        imported = context.imports_any(*self.packages)
        if not imported and context.role(step.base) != self.role:
            return
        seen: set[Term] = set()
        for option in options(step.base):
            for one in made(option, context, self.packages):
                if one.origin is Origin.OPEN and context.role(one.term) == self.role:
                    one = Made(Origin.OWN, one.term, one.near, by_role=True)
                found = self._of(step, option, one)
                if found is not None and found.resource not in seen:
                    seen.add(found.resource)
                    yield found

    def _of(self, step: Step, receiver: Term, one: Made) -> Collection | None:
        maker = self._maker(one.term)
        telling = step.call is not None and any(name in self.tells for name, _ in step.call.kwargs)
        if one.origin is Origin.OTHER or (one.origin is Origin.OPEN and maker is None and not telling):
            return None
        if self.classes and one.origin is Origin.OWN and not one.by_role and self.classes.isdisjoint(_names(one.term)):
            return None
        if self.chosen:
            name = step.arg(self.position, self.chosen)
            return Collection(self.named(name), receiver) if name is not None else None
        if maker is not None and (one.near or closed(maker)):
            return Collection(self.named(maker), receiver)
        return Collection(receiver, receiver)

    def named(self, name: Term) -> Term:
        """The collection of that name: not the table of another client that is called alike."""
        return Item(Ref(self.client), named(name) or name)

    def _maker(self, term: Term) -> Term | None:
        """The name given to what makes the collection; None when none does."""
        for chain in chains(term):
            for step in reversed(chain.steps):
                if step.name in self.makers and step.call is not None:
                    return step.arg(0, self.makers[step.name])
            start = strip(chain.root)
            if isinstance(start, Invoke) and last_name(start.func) in self.makers:
                return start.arg(0, self.makers[last_name(start.func)])
        return None

    def base(self, found: Collection) -> Effect:
        """An effect on the collection, to be filled."""
        return Effect(EffectKind.READ, self.client, resource=found.resource, connection=found.owner)


def _names(term: Term) -> Iterator[str]:
    """The names of the functions and classes that make a value."""
    for chain in chains(term):
        start = strip(chain.root)
        yield from (dotted(start.func if isinstance(start, Invoke) else start) or "").split(".")
        yield from (step.name for step in chain.steps)


def evidence(packages: tuple[str, ...], client: str, **methods: Iterable[str]) -> tuple[Evidence, ...]:
    """What select needs of calls of methods by kind (`clear=(...)`, `insert=(...)`): a file that imports the client, or a receiver
    that is called as those of such stores are; what it is, the program finds by its value."""
    return tuple(
        Evidence(frozenset(names), EffectKind(kind), asked, says=says, on_text=client)
        for kind, names in methods.items()
        for asked, says in ((packages, ""), ((), rf"(?i){_HOLDERS}(?:\.data)?\.(?:{'|'.join(sorted(names))})\b"))
    )


def single(value: Term) -> Term:
    """One id, as the list of it: stores take lists."""
    return value if isinstance(value, Sequence) else Sequence("list", (value,))


def picked(value: Term | None, column: str = "id") -> Iterator[Filter]:
    """The rows with these ids."""
    if value is None or value == Const(None):
        return
    one, value = alone(value), plain(value)
    if one:
        yield Filter(column, single(value))
    elif isinstance(value, Sequence) and len(value.items) == 1 and not _spread(value.items[0]):
        yield Filter(column, single(Sequence("list", value.items)))
    elif isinstance(value, Sequence) and not is_difference(value):
        yield replace(members(column, value), value=Sequence("list", value.items))
    else:
        yield members(column, value)


def identified(filters: Iterable[Filter]) -> Iterator[Filter]:
    """Conditions on the id as `picked` writes them."""
    for item in filters:
        one = item.how is Selection.KEY and not isinstance(item.value, Sequence)
        yield replace(item, column="id", value=single(item.value) if one else item.value) if item.column in _NAMES else item


def behind(value: Term | None, owner: Term, reads: frozenset[str]) -> Invoke | None:
    """The look-up in the same collection that ids come from: `collection.get(where=...)["ids"]`."""
    for part in walk(value) if value is not None else ():
        if isinstance(part, Invoke) and last_name(part.func) in reads and strip(getattr(part.func, "base", part)) == strip(owner):
            return part
    return None


def _spread(term: Term) -> bool:
    return isinstance(term, Comprehension) or (isinstance(term, Op) and term.kind == "starred")


def listed(term: Term | None) -> bool:
    """Whether what a call takes as its rows is more than one: a display says so; of anything else only a name in the singular denies it."""
    match strip(term) if term is not None else None:
        case None | Mapping():
            return False
        case Sequence(_, items):
            return len(items) != 1 or _spread(items[0])
        case Const():
            return False
        case Invoke(func, (inner, *_), _) if last_name(func) in _WRAPPERS:
            return listed(inner)
        case Item(_, Const(int())) | Element():
            return False
        case Invoke() | Comprehension() | Op():
            return True
        case other:
            name = last_name(other)
            return not name or several(other) or name.lower().lstrip("_").endswith(_MASS)


def first_of(term: Term | None) -> Term | None:
    """One of the rows of a list: what tells their shape."""
    inner = strip(term) if term is not None else None
    if isinstance(inner, Sequence):
        return (
            first_of(inner.items[0]) if inner.items and isinstance(strip(inner.items[0]), Comprehension) else next(iter(inner.items), None)
        )
    return strip(inner.element) if isinstance(inner, Comprehension) else None


def given(ids: Term | None, *, many: bool = False) -> Columns:
    """The ids of new rows as a column; `many`: it is the id of each of many."""
    if ids is None or ids == Const(None):
        return ()
    value = plain(ids)
    if many or not (isinstance(value, Sequence) or alone(ids)):
        return (("id", value),)
    return (("id", Sequence("list", value.items) if isinstance(value, Sequence) else single(value)),)


_TO_ONE = frozenset({"str", "int", "UUID", "uuid5", "uuid4", "generate_uuid5", "hexdigest", "get", "hash", "join"})


def alone(value: Term) -> bool:
    """Whether a value handed in as ids is one id: a constant, or what has a name in the singular."""
    match strip(value):
        case Const() | Template():
            return True
        case Param() | Attr() | Ref():
            return bool(last_name(value)) and not listed(value)
        case Item(_, Const(str(key))):
            return not several(Param(key))
        case Invoke(func, _, _):
            return last_name(func) in _TO_ONE
        case _:
            return False


def metadata(*terms: Term | None) -> Columns:
    """The columns that the metadata of new rows show: one dict for all rows, or one each."""
    for term in terms:
        if term is not None:
            found = rows(term).columns
            if found:
                return found
    return ()


def records(term: Term | None) -> Rows:
    """New rows handed over as dicts, a list of dicts, a frame of them, or something that is not seen."""
    inner = strip(term) if term is not None else None
    while isinstance(inner, Invoke) and last_name(inner.func) in _WRAPPERS and inner.args:
        inner = strip(inner.args[0])
    found = rows(inner)
    many = listed(inner)
    columns = tuple(pair for name, value in found.columns for pair in (given(value, many=many) if name in _NAMES else ((name, value),)))
    if not found.columns and inner is not None and many:
        columns = (("id", Item(Element(inner, -1), Const("id"))),)
    return Rows(columns, found.complete, many)


def is_fresh(columns: Columns) -> bool:
    """Whether the ids of new rows are made anew at every run: no upsert ever meets a row that exists."""
    return any(name == "id" and is_made_anew(value) for name, value in columns)


def is_made_anew(value: Term) -> bool:
    """Whether a value is a new one at every run: `str(uuid4())`."""
    return any(isinstance(part, Invoke) and last_name(part.func) in _FRESH for part in walk(value))


def put(base: Effect, kind: EffectKind, new: Rows, verb: str) -> Effect:
    """New rows. An upsert under ids that are new every time is an insert."""
    kind = EffectKind.INSERT if kind is EffectKind.UPSERT and is_fresh(new.columns) else kind
    return replace(base, kind=kind, columns=new.columns, complete=False, many=new.many, verb=verb)


def taken(base: Effect, kind: EffectKind, filters: Iterable[Filter], verb: str) -> Effect:
    """Rows that are picked: a clear, a read."""
    return picking(base, kind, base.resource, filters, verb)

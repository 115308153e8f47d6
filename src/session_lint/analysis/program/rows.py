"""Rows of mapped classes: what managers, query sets and sessions give, and both ends of foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from session_lint.analysis.foreign_keys import application, foreign_key, is_abstract, other_name
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, last_name
from session_lint.analysis.program.values import ClassValue, ElementsValue, InstanceValue, RowsValue, TupleValue, Value
from session_lint.facts.terms import Attr, Const, Invoke, Op, Ref, Term, strip

_MANAGERS = {"objects", "_default_manager", "_base_manager", "query"}
_MAPPED = ("Model", "Document", "DeclarativeBase", "SQLModel", "Table", "Base")  # ends of the names of their bases
_ON_CLASS = {  # methods that peewee, Tortoise, ormar, Beanie and the like have on the class itself
    *("get", "get_or_none", "get_by_id", "get_or_create", "update_or_create", "create", "filter", "select", "all", "find", "find_one"),
    *("first", "exclude", "insert_one"),
}
_ONE = {
    *("get", "first", "last", "earliest", "latest", "create", "get_or_none", "get_by_id", "find_one", "one", "one_or_none", "scalar"),
    *("scalar_one", "scalar_one_or_none", "get_or_404", "first_or_404", "one_or_404", "next", "insert_one"),
}
_PAIRS = {"get_or_create", "update_or_create"}
_SAME = {
    *("all", "filter", "filter_by", "where", "exclude", "order_by", "select_related", "prefetch_related", "select_for_update"),
    *("with_for_update", "using", "distinct", "annotate", "only", "defer", "options", "join", "outerjoin", "limit", "offset", "iterator"),
    *("scalars", "unique", "reverse", "find", "select", "execute", "exec", "to_list", "execution_options", "get_queryset", "fetchall"),
}
_ASYNC = {f"a{name}" for name in (*_ONE, *_PAIRS)}
_SHORTCUTS = {"get_object_or_404": "get", "aget_object_or_404": "get", "get_list_or_404": "filter"}
_STATEMENTS = {"select", "query"}  # `select(Cart)`, `session.query(Cart)`
_SENT = {"scalar": "get", "scalars": "filter", "execute": "filter", "exec": "filter"}  # `session.scalar(select(Cart))`
_GIVING = {**_SENT, **_SHORTCUTS}
_USERS = "get_user_model"  # of Django: the class that the setting names
_SETTING = "AUTH_USER_MODEL"
_MODELS = ".models"
_LOADERS = frozenset({"get_model", "load_model", "get_class"})  # Django's registry of models, and what packages look up in it
ASKING = frozenset({*_LOADERS, _USERS, "get", *_SHORTCUTS, *_STATEMENTS, *_SENT})  # the names of calls that `asked` and `named` know


class MappedRows:
    """Knows which classes are mapped, and what is asked of them."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._by_name: dict[str, list[str]] = {}
        for full in symbols.classes:
            self._by_name.setdefault(full.rpartition(".")[2].lower(), []).append(full)
        self._reverse: dict[
            tuple[str, str], RowsValue
        ] = {}  # the rows on the other side of a foreign key, by its class and their name there
        self._ends: frozenset[str] | None = None  # the names of all foreign keys, and of their other sides; None: not looked for yet

    def member(self, value: Value, name: str) -> Iterator[Value]:
        """What an attribute of a class, a record or a query is."""
        match value:
            case RowsValue(full, method, by) if not method:
                yield RowsValue(full, name, by)
            case ClassValue(full) if name in _MANAGERS and self._symbols.has_outside_base(full):
                yield RowsValue(full)
            case ClassValue(full) if name in _ON_CLASS and self._is_mapped(full):
                yield RowsValue(full, name)
            case InstanceValue(full):
                yield from self._end(full, name)

    def called(self, value: RowsValue) -> Iterator[Value]:
        """What a call of a method of a query gives."""
        name = value.method.removeprefix("a") if value.method in _ASYNC else value.method
        if name in _ONE:
            yield InstanceValue(value.full)
        elif name in _PAIRS:
            yield TupleValue(((InstanceValue(value.full),), ()))
        elif name in _SAME:
            yield RowsValue(value.full)
        elif name == "in_bulk":
            yield ElementsValue((InstanceValue(value.full),))

    def asked(self, name: str, first: Value) -> Iterator[Value]:
        """What a call of a library gives that is handed a mapped class, or a statement on one: `session.get(Cart, pk)`."""
        match first:
            case ClassValue(full) if name in _SHORTCUTS:
                yield from self.called(RowsValue(full, _SHORTCUTS[name]))
            case ClassValue(full) if name in _STATEMENTS:
                yield RowsValue(full)
            case ClassValue(full) if name == "get" and self._is_mapped(full):
                yield InstanceValue(full)
            case RowsValue(full, "") if name in _GIVING:  # `get_object_or_404(Cart.objects.filter(...), pk=pk)`
                yield from self.called(RowsValue(full, _GIVING[name]))

    def named(self, call: Invoke) -> ClassSymbol | None:
        """The class behind `get_model("shop", "Cart")`, `get_model("shop.Cart")`, `get_class("shop.models", "Cart")`, where one class has
        the name, or one of that application; `get_user_model()`."""
        if last_name(call) == _USERS:
            return self._users
        if last_name(call) not in _LOADERS:
            return None
        name = call.kwarg("model_name") or (call.args[-1] if call.args else None)
        label = call.kwarg("app_label") or (call.args[0] if len(call.args) > 1 else None)
        return self._only(strip(name), strip(label) if label is not None else None) if name is not None else None

    @cached_property
    def _users(self) -> ClassSymbol | None:
        """The class that the settings of the project name, where they all name the same."""
        named = {one.value for name, one in self._symbols.variables.items() if name.rpartition(".")[2] == _SETTING}
        return self._only(named.pop()) if len(named) == 1 else None

    def _is_mapped(self, full: str) -> bool:
        return self._symbols.outside_base(full).rpartition(".")[2].endswith(_MAPPED)

    def _only(self, name: Term, label: Term | None = None) -> ClassSymbol | None:
        """The class of a name, `shop.Cart` too; of several the one in the models of the application that is named."""
        text = name.value if isinstance(name, Const) and isinstance(name.value, str) else ""
        head, _, last = text.rpartition(".")
        found = self._by_name.get(last.lower(), [])
        if len(found) > 1:
            named = head or (label.value if isinstance(label, Const) and isinstance(label.value, str) else "")
            found = [full for full in found if named and application(full) == named.removesuffix(_MODELS).rpartition(".")[2]]
        return self._symbols.classes[found[0]] if len(found) == 1 else None

    def kept_by(self, full: str, column: str) -> str | None:
        """The class of the records that a column of a class is for."""
        found = ((owner, term) for owner, setter, term in self._symbols.attribute(full, column) if not setter)
        return next((target for owner, term in found if (target := self._target(owner, _field(term))) is not None), None)

    # -- foreign keys ------------------------------------------------------------------------------------------------

    def _end(self, full: str, name: str) -> Iterator[Value]:
        if name not in self._names_of_ends():  # asked for every attribute there is
            return
        for owner, setter, term in self._symbols.attribute(full, name):
            target = self._target(owner, term) if not setter else None
            if target is not None:
                yield InstanceValue(target)
        yield from (self._reverse[above, name] for above in self._symbols.mro(full) if (above, name) in self._reverse)

    def _target(self, owner: str, term: Term) -> str | None:
        """The class that a foreign key of a class leads to."""
        field = foreign_key(term)
        if field is None:
            return None
        to = field.arg(0, "to") or field.kwarg("model")
        match strip(to) if to is not None else None:
            case Const("self"):
                return owner
            case Attr(_, name) | Ref(name) if name.rpartition(".")[2] == _SETTING:
                return self._users.full if self._users is not None else None
            case Invoke() as made:
                return one.full if (one := self.named(made)) is not None else None
            case Ref(name):
                symbol = self._symbols.lookup(name)
                return symbol.full if isinstance(symbol, ClassSymbol) else None
            case Const() as name:
                only = self._only(name)
                return only.full if only is not None else None
        return None

    def only_end(self, name: str, record: str = "") -> RowsValue | None:
        """The rows on the other side of a foreign key that have a name there, where that is the name of nothing else in the project. Of
        several foreign keys it is the one that is called like the record."""
        if name not in self._names_of_ends() or name in self._own_names:
            return None
        found = {rows for (_, other), rows in self._reverse.items() if other == name}
        alike = {rows for rows in found if rows.by == record} if len(found) > 1 else found
        return alike.pop() if len(alike) == 1 else None

    @cached_property
    def _own_names(self) -> frozenset[str]:
        """What classes of the project have: attributes, methods, what they store in their objects."""
        indexes = [symbol.index for symbol in self._symbols.classes.values()]
        attributes = {one[0] for index in indexes for one in index.attributes} | {one[0] for index in indexes for one in index.instance}
        return frozenset(attributes).union(*(index.methods for index in indexes))

    def _names_of_ends(self) -> frozenset[str]:
        if self._ends is None:
            own: set[str] = set()
            for full, symbol in self._symbols.classes.items():
                for attribute, term in symbol.index.attributes:
                    field = foreign_key(_field(term))
                    if field is None:
                        continue
                    target = self._target(full, field)
                    own |= {attribute} if target is not None else set()
                    for owner in self._with_field(full):
                        to = owner if target == full else target
                        # a class of a library, or one that cannot be told, has the name as well: one of its own for each field
                        name = other_name(field, owner, self._options(owner))
                        self._reverse[to or f"{owner}.{attribute}", name] = RowsValue(owner, "", attribute)
            self._ends = frozenset(own).union(name for _, name in self._reverse)
        return self._ends

    def _with_field(self, full: str) -> tuple[str, ...]:
        """The classes that have the fields of a class in their tables: itself, or those below it where it is abstract."""
        if not self._is_abstract(full):
            return (full,)
        return tuple(one for one in self._symbols.below(full) if not self._is_abstract(one))

    def _is_abstract(self, full: str) -> bool:
        own = self._symbols.classes.get(f"{full}.Meta")
        return own is not None and is_abstract(dict(own.index.attributes))

    def _options(self, full: str) -> dict[str, Term]:
        """What the options of a class say, or those of the nearest class above it that has some."""
        inner = (self._symbols.classes.get(f"{one}.Meta") for one in self._symbols.mro(full))
        return next((dict(one.index.attributes) for one in inner if one is not None), {})


def _field(term: Term) -> Term:
    return term.operands[-1] if isinstance(term, Op) and term.kind == "annotation" and len(term.operands) > 1 else term

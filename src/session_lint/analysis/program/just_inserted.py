"""Values that tell of a row which the same run has just inserted: what a driver, an answer, a flag, or a framework of Django's kind gives.

`lastrowid` and `inserted_id` are from the documentation of DB-API drivers, SQLAlchemy and PyMongo; `created` is what `get_or_create` gives
beside the record; `perform_create(serializer)` and `CreateView.form_valid(form)` are called for what is to be made, as the documentation
of Django REST framework and Django says.
"""

from __future__ import annotations

from functools import partial

from session_lint.analysis.program.above import Handed
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.getters import alternatives
from session_lint.analysis.program.keys import IDENTITY, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.lookups import Rows
from session_lint.facts.effects import NEW_ROWS, EffectKind
from session_lint.facts.terms import Attr, Const, Invoke, Item, Param, Ref, Term, strip

_NUMBERS = frozenset({"lastrowid", "inserted_id", "inserted_primary_key"})  # of the row inserted last
_ANSWERS = frozenset(
    {"fetchone", "fetchval", "fetchrow", "fetch_one", "fetch_val", "scalar", "scalar_one", "one", "first", "execute", "mappings"}
)
_WHOLE = frozenset({"data", "result"})  # by which an answer gives its rows
_USERS = frozenset({"create_user", "create_superuser", "acreate_user", "acreate_superuser"})
_CREATING = frozenset({"create", "acreate"})
_MAKING = ("Serializer", "Manager")  # the last names of classes whose `create` makes a record
_FORMS = ("ModelForm", "CreationForm")  # whose `save` makes one, where the form was given none
_OF_NEW = {"perform_create": "", "form_valid": "CreateView"}  # methods that are handed what makes a record, and the class they are of


def is_just_inserted(linker: Linker, one: Handed) -> bool:
    """Whether a value of a function is a row that was inserted before in the same run, or the number of one, whichever way was taken."""
    told = [option for option in map(strip, alternatives(one.value)) if option != Const(None)]
    return bool(told) and all(_is_flagged(one, option) or _is_new(linker, one.function, option) for option in told)


def _is_new(linker: Linker, full: str, value: Term) -> bool:
    walked = linker.walks[full]
    if _has_number(value):
        return not any(event.kind in NEW_ROWS and not _makes_one(event) for event in walked.events)
    made = {event.site for event in walked.events if _makes_one(event) and (len(event.path) == 1 or event.returned)}
    record = _record(value)
    if not isinstance(record, Invoke):
        return False
    if made and (record.site in made or name_of(record.func) in _ANSWERS):
        rows = Rows(linker.facts[full], linker.symbols, partial(linker.spelled, full), walked)
        return record.site in made or not made.isdisjoint(rows.of(record))
    told = strip(linker.spelled(full, record))
    return any(isinstance(one, Invoke) and _is_of_framework(linker, full, one) for one in (record, told))


def _makes_one(event: Event) -> bool:
    """Whether an event inserts a row, whatever is there already."""
    return event.kind is EffectKind.INSERT and event.effect is not None and not event.effect.ignores_conflicts


def _has_number(value: Term) -> bool:
    """`cursor.lastrowid`, `result.inserted_primary_key[0]`."""
    inner = strip(value.base) if isinstance(value, Item) and isinstance(value.key, Const) else value
    return isinstance(inner, Attr) and inner.name in _NUMBERS


def _record(value: Term) -> Term:
    """What a value is the number of, taken out of an answer: `conn.execute(...).fetchone()` of `row[0]` and `row["order_id"]`."""
    inner = strip(value)
    while isinstance(inner, (Attr, Item)) and (isinstance(part := _part(inner), int) or part in _WHOLE or part.endswith("id")):
        inner = strip(inner.base)
    return inner


def _part(value: Attr | Item) -> str | int:
    """By which name or number a part is taken."""
    part = value.name if isinstance(value, Attr) else value.key.value if isinstance(value.key, Const) else ""
    return part if isinstance(part, (str, int)) else ""


def _is_flagged(one: Handed, value: Term) -> bool:
    """Whether a test says that a getter has made the record: `order, created = Order.objects.get_or_create(...)`, and `if created`."""
    record = strip(value.base) if isinstance(value, (Attr, Item)) and _part(value) in IDENTITY else value
    made = strip(record.base) if isinstance(record, Item) and record.key == Const(0) else None
    return made is not None and any(test.holds and strip(test.term) == Item(made, Const(1)) for test in one.tests)


def _is_of_framework(linker: Linker, full: str, call: Invoke) -> bool:
    """Whether a call that leads to nothing of the project makes a record of Django: of a user, by a form, by a serializer."""
    name, base = name_of(call.func) or "", strip(call.func.base) if isinstance(call.func, Attr) else None
    if base is None or linker.resolver.enter(full, call) is not None:
        return False
    if name in _USERS:
        return True
    if isinstance(base, Invoke) and base.func == Ref("builtins.super"):
        return name in _CREATING and linker.symbols.outside_base(_owner(linker, full)).endswith(_MAKING)
    if name != "save":
        return False
    if isinstance(base, Invoke):
        of_form = isinstance(base.func, Ref) and linker.symbols.outside_base(base.func.name).endswith(_FORMS)
        return of_form and all(given != "instance" for given, _ in base.kwargs)
    return isinstance(base, Param) and _is_for_new(linker, full, base.name)


def _owner(linker: Linker, full: str) -> str:
    function = linker.symbols.functions.get(full)
    return function.owner or "" if function is not None else ""


def _is_for_new(linker: Linker, full: str, parameter: str) -> bool:
    """Whether a method is handed, in a parameter, what is to make a record."""
    function = linker.symbols.functions.get(full)
    if function is None or function.index.name not in _OF_NEW or [one.name for one in function.index.parameters][1:2] != [parameter]:
        return False
    return linker.symbols.outside_base(function.owner or "").endswith(_OF_NEW[function.index.name])

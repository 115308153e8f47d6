"""Whether a value is there: decides guards such as `if not session_id:` for one caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence as Seq
from types import MappingProxyType

from session_lint.analysis.program.constant_objects import same
from session_lint.analysis.program.constructors import argument
from session_lint.analysis.program.events import KEPT
from session_lint.analysis.program.folding import folded
from session_lint.analysis.program.keys import ANEW, IDENTITY, unconverted
from session_lint.analysis.program.places import is_record, last_part, made_by, same_place
from session_lint.analysis.program.substitution import MADE, behind_partial
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, VariableSymbol
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import (
    Attr,
    Const,
    Given,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Op,
    Phi,
    Ref,
    Sequence,
    Template,
    Term,
    strip,
    walk,
)

_EMPTY = (None, False, 0, "")
Written = dict[tuple[int, int], tuple[Term, Term]]  # by identity and depth; the term is kept so that its id stays its own


def _is_empty(term: Term) -> bool:
    return isinstance(term, (Const, MappingTerm, Sequence)) and not _literal(term)


def _literal(term: Const | MappingTerm | Sequence) -> bool:
    if isinstance(term, Const):
        return term.value not in _EMPTY
    return bool(term.entries if isinstance(term, MappingTerm) else term.items)


class Presence:
    """Judges presence in one function, at one point of its walk.

    `obtained` are the call sites whose result is an obtained record; `kept` what was stored so far, latest last;
    `result` gives the single return value of a called function, in the caller's terms, or None. `sure` tells of one of the stores
    whether it has happened on every way to this point. `escaped` are objects that somebody unknown may have changed since.
    """

    def __init__(
        self,
        symbols: SymbolTable,
        obtained: set[int],
        kept: Seq[tuple[Term, Term]],
        result: Callable[[Invoke], Term | None],
        sure: Callable[[int, int], bool] = lambda _index, _made: True,
        escaped: Mapping[int, int] = MappingProxyType({}),
        moment: Callable[[], object] = lambda: None,
        opened: Callable[[Invoke], bool] = lambda _call: False,
    ) -> None:
        """`moment` gives what tells one point of the walk from another; `opened` tells of calls that give a connection: it is there."""
        self._opened = opened
        self._symbols = symbols
        self._sure = sure
        self._escaped = escaped
        self._places: dict[Term | str, list[int]] = {}  # the stores by the last part of their place
        self._noted = 0  # how many of them are in it
        self._obtained = obtained
        self._kept = kept
        self._result = result
        self._moment = moment
        self._now: object = None
        self._written: Written = {}
        self._unfolded: Written = {}

    def written(self) -> Written:
        """A place for what terms are written out to (`simplify`) at this point; at the next one it is another."""
        self._come_to()
        return self._written

    def unfolded(self) -> Written:
        """The same for what they are with the results of the functions that they call."""
        self._come_to()
        return self._unfolded

    def _come_to(self) -> None:
        now = (len(self._kept), tuple(self._escaped.items()), self._moment())
        if now != self._now:
            self._now, self._written, self._unfolded = now, {}, {}

    def holds(self, condition: Condition) -> bool | None:
        """Whether the condition is known to hold (True) or to fail (False)."""
        present = self.present(condition.term)
        return None if present is None else present is condition.holds

    def present(self, term: Term, depth: int = 0) -> bool | None:
        """True: not None and not empty. False: None or empty. None: cannot be told."""
        if depth > 8:
            return None
        match term:
            case Given() | Template():
                return True
            case Const() | MappingTerm() | Sequence():
                return _literal(term)
            case Phi(options):
                return self._either(options, depth)
            case Op():
                return self._operation(term, depth + 1)
            case Invoke():
                return self._call(term, depth)
            case Attr() | Item():
                return self._part(term, depth)
        return None

    def _either(self, options: tuple[Term, ...], depth: int) -> bool | None:
        if self._or_nothing(options):
            return True
        found = {self.present(option, depth + 1) for option in options}
        return found.pop() if len(found) == 1 else None

    def _or_nothing(self, options: tuple[Term, ...]) -> bool:
        """`row["id"] if row else None`, `row or {}` of an obtained record: it is there, so the other value is never taken."""
        filled = [option for option in options if not _is_empty(option)]
        return 0 < len(filled) < len(options) and all(
            self._from_obtained(option) and any(isinstance(part, Given) for part in walk(option)) for option in filled
        )

    def _operation(self, term: Op, depth: int) -> bool | None:
        match term:
            case Op("==", (left, right)):
                a, b = behind_partial(left)[0], behind_partial(right)[0]
                return same(self._symbols, a, b)
            case Op(kind, (inner,)) if kind == ANEW:
                return self.present(inner, depth)
            case Op("not", (inner,)):
                present = self.present(inner, depth)
                return None if present is None else not present
            case Op("isinstance", (value, _)):
                return False if self.present(value, depth) is False else self._is_instance(value)
        return None

    def _is_instance(self, value: Term) -> bool | None:
        return True if self._from_obtained(value) else None

    def _call(self, term: Invoke, depth: int) -> bool | None:
        if self._from_obtained(term):
            return True
        if self._constructed(term) is not None:
            return True
        result = self._result(term)
        return (True if self._opened(term) else None) if result is None else self.present(result, depth + 1)

    def _part(self, term: Attr | Item, depth: int) -> bool | None:
        term = _of_made(term)
        index = self._last_store(term)
        if index is not None:
            kept = self._kept[index][1]
            there = self._from_obtained(kept) or self.present(kept, depth + 1)
            return there if there or self._is_sure(index, term) else None  # emptied on one of the ways
        if self._from_obtained(term):
            return True
        inner = self.field(term)
        return None if inner is None else self.present(inner, depth + 1)

    def _from_obtained(self, term: Term) -> bool:
        """`session`, `session["id"]`, `session.id` of an obtained record; neither another field nor the `created` flag of a pair."""
        term = unconverted(self._told(term))
        while isinstance(term, (Attr, Item)):
            if not is_record(term):
                return False
            term = unconverted(self._told(term.base))
        if isinstance(term, Phi):  # looked up, or made
            return self._or_nothing(term.options) or all(
                isinstance(option, Given) or self._is_record(_made(option)) for option in term.options
            )
        return isinstance(term, Invoke) and term.site in self._obtained

    def _told(self, term: Term) -> Term:
        """The term with the key that it asks for, where that is a constant of a module: `row.get(ID)`, `row[ID]`."""
        match strip(term):
            case Invoke(func, args, kwargs, site) if any(isinstance(arg, Ref) for arg in args):
                return Invoke(func, tuple(map(self._constant, args)), kwargs, site)
            case Item(base, Ref() as key):
                return Item(base, self._constant(key))
        return term

    def _constant(self, term: Term) -> Term:
        symbol = self._symbols.lookup(term.name) if isinstance(term, Ref) else None
        return symbol.value if isinstance(symbol, VariableSymbol) and isinstance(symbol.value, Const) else term

    def _is_record(self, term: Term) -> bool:
        return self._from_obtained(term) or (isinstance(term, Invoke) and self._constructed(term) is not None)

    @property
    def keeps(self) -> bool:
        """Whether anything was stored."""
        return bool(self._kept)

    def _last_store(self, term: Attr | Item) -> int | None:
        """Which store was the last under an attribute or item path."""
        if not self._kept:
            return None
        for known in range(self._noted, len(self._kept)):
            self._places.setdefault(last_part(self._kept[known][0]), []).append(known)
        self._noted = len(self._kept)
        stores = self._places.get(last_part(term))
        if stores is None:
            return None
        return next((index for index in reversed(stores) if same_place(self._kept[index][0], term)), None)

    def _is_sure(self, index: int, term: Attr | Item) -> bool:
        """Whether a store in a place has happened wherever somebody looks there."""
        made = made_by(term)
        return self._sure(index, made.site if made is not None else -1)

    def value(self, term: Attr | Item) -> Term | None:
        """What an attribute path holds, when it is known: what was stored there last, on every way, else what the constructor was given."""
        index = self._last_store(term)
        start = made_by(term) if self._escaped else None
        if start is not None and self._escaped.get(start.site, -1) > (-1 if index is None else index):
            return None
        if index is None:
            known = self.field(term)
        else:
            kept = self._kept[index][1]
            known = kept if self._is_sure(index, term) and kept != KEPT else None
        return None if _to_be_filled(known) else known

    def field(self, term: Attr | Item) -> Term | None:
        """The constructor argument behind `Context(session_id=x).session_id`, also through a function that returns one."""
        if not isinstance(term, Attr):
            return None
        base = strip(term.base)
        if isinstance(base, Item) and isinstance(call := strip(base.base), Invoke):  # one of several objects that a function gives
            parts = self._result(call)
            base = strip(folded(Item(parts, base.key))) if isinstance(parts, Sequence) else base
        if not isinstance(base, Invoke):
            return None
        cls = self._constructed(base)
        if cls is None:
            result = self._result(base)
            return None if result is None else self.field(Attr(result, term.name))
        return argument(self._symbols, cls, base, term.name)

    def of_one_object(self, term: Attr | Item) -> Attr | None:
        """A part that an object of the project made here has by itself: that of another one is another value."""
        base = strip(term.base)
        if not isinstance(term, Attr) or term.name in IDENTITY or not isinstance(base, Invoke) or base.site < 0:
            return None
        given = None if self._constructed(base) is not None else self._result(base)  # by a function that was handed the class
        made = base if given is None else strip(given)
        if not isinstance(made, Invoke) or self._constructed(made) is None:
            return None
        return Attr(Op(MADE, (base, Const(base.site))), term.name)

    def filled(self, call: Invoke) -> tuple[tuple[Term, Term], ...]:
        """What was put into the dict that a call gives, by key."""
        places = ((strip(target), value) for target, value in self._kept)
        return tuple((strip(place.key), value) for place, value in places if isinstance(place, Item) and same_place(place.base, call))

    def _constructed(self, call: Invoke) -> ClassSymbol | None:
        func = strip(call.func)
        symbol = self._symbols.lookup(func.name) if isinstance(func, Ref) else None
        return symbol if isinstance(symbol, ClassSymbol) else None


def _to_be_filled(value: Term | None) -> bool:
    """An empty list or dict of a constructor: what is in it later, others say."""
    return (isinstance(value, Sequence) and not value.items) or (isinstance(value, MappingTerm) and not value.entries)


def _of_made(term: Attr | Item) -> Attr | Item:
    """A part that an object has by itself (`of_one_object`), as the part of that object."""
    match term:
        case Attr(Op(kind, (whole, _)), name) if kind == MADE:
            return Attr(whole, name)
    return term


def _made(term: Term) -> Term:
    """What a call has made, as that call."""
    inner = strip(term)
    return inner.operands[0] if isinstance(inner, Op) and inner.kind == ANEW else term

"""What was changed between two computations of a key: `name_of(parts)` is another value after `parts["term"] = 2`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence as Sequenced
from dataclasses import dataclass, field

from session_lint.analysis.program.attributes_read import Telling, attributes_read
from session_lint.analysis.program.keys import Match, normalise
from session_lint.analysis.program.substitution import HANDED, rebuilt
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import (
    Attr,
    Const,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Ref,
    Sequence,
    Template,
    Term,
    children,
    root,
    strip,
    walk,
)

Columns = tuple[tuple[str, Term], ...]

_CONTAINER = ""

# methods of Python's own containers that change them
_CHANGING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem", "popleft", "remove"}
    | {"reverse", "setdefault", "sort", "update", "move_to_end", "rotate", "subtract"}
)


@dataclass(slots=True)
class Changes:
    """The objects that were changed in a walk, in order, and how many of them before each call site was reached.

    A part of a container that is set, and a method that changes one, makes another value of what is computed of it. Of an
    attribute that is set it cannot always be told: what is computed may not read it.
    """

    _objects: list[tuple[Term, str]] = field(default_factory=list)  # the object, and the attribute that was set; "" of a container
    _before: dict[int, int] = field(default_factory=dict)
    _after: dict[int, int] = field(default_factory=dict)  # with those that the callee makes, where it makes any

    def __len__(self) -> int:
        return len(self._objects)

    def store(self, target: Term, site: int = -1) -> None:
        """A value is put into a place, by the callee of a call site: whatever the place is a part of has changed."""
        inner = strip(target)
        while isinstance(inner, (Attr, Item)):
            name = inner.name if isinstance(inner, Attr) else _CONTAINER
            inner = strip(inner.base)
            self._objects.append((normalise(inner), name))
        if site >= 0:
            self._after[site] = len(self._objects)

    def change(self, target: Term, value: Callable[[Term], Term]) -> None:
        """The same of what a place is a part of, as the walk knows it: `value` writes a term out."""
        inner = strip(target)
        if isinstance(inner, (Attr, Item)):
            self._objects.append((normalise(value(inner.base)), inner.name if isinstance(inner, Attr) else _CONTAINER))

    def call(self, site: CallSite, receiver: Term | None) -> None:
        """A call is reached; `receiver` is what its method is called on, as the walk knows it."""
        self._before[site.index] = len(self._objects)
        if receiver is not None and isinstance(site.func, Attr) and site.func.name in _CHANGING and not site.effects:
            self._objects.append((normalise(receiver), _CONTAINER))

    def callee(self, container: Term, site: int) -> None:
        """A container was changed by the callee of a call site."""
        self._objects.append((normalise(container), _CONTAINER))
        self._after[site] = len(self._objects)

    def handed(self) -> tuple[Term, ...]:
        """The containers that were changed and that a caller has, too."""
        return tuple(dict.fromkeys(one for one, name in self._objects if name == _CONTAINER and _is_of_caller(root(one))))

    def match(
        self,
        first: Columns,
        first_site: int,
        second: Columns,
        second_site: int,
        telling: Telling | None = None,
        *,
        unfolded: bool = False,
    ) -> Match:
        """Whether the key of the second is computed of objects that are as they were when that of the first was. `telling` says what the
        calls read; `unfolded`: the keys are written out, and so is what was changed."""
        if not self._objects:
            return Match.SAME
        earlier = {call: part for _, value in first for call, part in _computed(value)}
        later = [(call, part) for _, value in second for call, part in _computed(value)]
        found = Match.SAME
        for call, part in later:
            if call in earlier:
                start = site if (site := _site(earlier[call])) >= 0 else first_site
                between = self._objects_between(start, _site(part), second_site)
                found = min(found, _changed(between, part, frozenset(_parts(call)), telling, unfolded=unfolded))
        return found

    def changes(self, columns: Columns, start: int) -> bool:
        """Whether a key is computed of something that was changed since."""
        changed = {one for one, _ in self._objects[start:]}
        return any(not changed.isdisjoint(_parts(call)) for _, value in columns for call, _ in _computed(value)) if changed else False

    def _objects_between(self, first: int, site: int, second: int) -> list[tuple[Term, str]]:
        """What was changed from one call site to what is computed at another, or below it: that may be after all that a callee changes."""
        end = self._before.get(site if site >= 0 else second, len(self._objects))
        return self._objects[self._before.get(first, 0) : end if site >= 0 else self._after.get(second, end)]


def _site(part: Term) -> int:
    """Where something is computed; -1 for what a callee computes, and for a text."""
    return part.site if isinstance(part, Invoke) else -1


def _changed(between: Sequenced[tuple[Term, str]], call: Term, used: frozenset[Term], telling: Telling | None, *, unfolded: bool) -> Match:
    """What becomes of a value that a call computes of some things where others were changed."""
    changed = [*between]
    if unfolded and used and telling is not None:
        changed += [(normalise(telling.unfolded(one)), name) for one, name in between]
    names: dict[Term, set[str]] = {}
    for one, name in changed:
        if _is_used(one, used):
            names.setdefault(one, set()).add(name)
    if any(_CONTAINER in some for some in names.values()):
        return Match.DIFFERENT
    read = ((attributes_read(call, one, telling) if telling is not None else None, some) for one, some in names.items())
    return Match.UNKNOWN if any(told is None or not told.isdisjoint(some) for told, some in read) else Match.SAME


def _is_of_caller(start: Term) -> bool:
    return isinstance(start, (Param, Ref)) or (isinstance(start, Op) and start.kind == HANDED)


def _is_used(changed: Term, used: frozenset[Term]) -> bool:
    """Whether something is computed of what was changed; of the text that a list was joined to, only its parts tell."""
    joined = changed.items if isinstance(changed, Sequence) else ()
    return changed in used or (bool(joined) and used.issuperset(joined))


def _computed(value: Term) -> Iterator[tuple[Term, Term]]:
    """The calls, and texts put together, that a value is computed by: each normalised, and as it is."""
    yield from ((normalise(_as_handed(part)), part) for part in walk(value) if isinstance(part, (Invoke, Template)))


def _as_handed(call: Term) -> Term:
    """A computation without what is known to have been put into the objects that it is handed: what has changed is told by the walk."""
    return rebuilt(call, _object) if any(_object(part) is not part for part in children(call)) else call


def _object(part: Term) -> Term:
    return part if (whole := _whole(part)) is None else whole


def _whole(part: Term) -> Term | None:
    """The object behind `{**row, "day": day}`."""
    inner = strip(part)
    first, whole = inner.entries[0] if isinstance(inner, Mapping) and len(inner.entries) > 1 else (part, part)
    return whole if first is None else None


def _parts(call: Term) -> Iterator[Term]:
    """The objects that a call is handed whole, or is a method of."""
    match strip(call):
        case Invoke(func, args, kwargs):
            told = (*args, *(value for _, value in kwargs), *((func.base,) if isinstance(func, Attr) else ()))
        case Template(parts):
            told = parts
        case _:
            return
    for one in told:
        if not isinstance(inner := strip(one), Const):
            yield normalise(inner)

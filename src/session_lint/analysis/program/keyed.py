"""Tables of functions that are kept by key: `HANDLERS["paid"] = thank`, `bus.subscribe(Paid, thank)`.

What is called for one key is not called for another one: each of several targets comes with the test that the key is its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.puts import by_key, table_names
from session_lint.analysis.program.resolution import Given, Resolver
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.values import ClassValue, ContainerValue, FunctionValue, InstanceValue, Value
from session_lint.facts.module_facts import CallSite, Condition, FunctionFacts, Store
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Mapping as MappingTerm, Op, Param, Ref, Term, strip, walk

_Handed: TypeAlias = tuple[Mapping[str, Term], str]  # what parameters get, and where that was said
_LOOKING = frozenset({"get", "pop", "setdefault", "__getitem__"})
_OPEN = Op("any key", ())  # of what is kept under a key that is not known


class Keyed:
    """Tells under which keys the functions of a table are kept."""

    def __init__(self, resolver: Resolver, facts: Mapping[str, FunctionFacts]) -> None:
        self._resolver = resolver
        self._infer = resolver.inference.infer
        self._facts = facts
        self._tables: dict[str, dict[str, set[Term]]] | None = None  # by table: by function or class, the keys

    def tests(self, full: str, site: CallSite, target: Target) -> tuple[Condition, ...]:
        """The test by which a call of a function that is looked up in a table enters one of them; none where that is not known, nor for
        each of several keys: then one is entered after the other."""
        asked = asked_by_key(site.func)
        if asked is None or any(isinstance(part, Element) and part.loop in site.loops for part in walk(asked[1])):
            return ()
        table, key = asked
        keys = set[Term]()
        for kept, among in self._kept(table, full):
            keys |= among if kept in {target.full, target.constructs} or self._has(kept, target) else set()
        if len(keys) != 1 or _OPEN in keys:
            return ()
        return (Condition(Op("==", (key, keys.pop())), holds=True),)

    def _has(self, kept: str, target: Target) -> bool:
        """Whether a method that is called is one of a class that is kept, or whose object is."""
        symbols = self._resolver.symbols
        name = target.full.rpartition(".")[2]
        method = symbols.method(kept, name) if kept in symbols.classes else None
        return method is not None and method.full == target.full

    def _kept(self, table: Term, full: str) -> Iterator[tuple[str, set[Term]]]:
        if self._tables is None:
            self._tables = {}
            self._fill(self._tables)
        for name in table_names(self._resolver.inference, table, full):
            yield from self._tables.get(name, {}).items()
        for value in self._infer(table, full):
            if isinstance(value, ContainerValue) and isinstance(value.term, MappingTerm):
                for key, item in value.term.entries:
                    yield from ((one, {_OPEN if key is None else key}) for one in _named(self._infer(item, value.scope)))

    def _fill(self, tables: dict[str, dict[str, set[Term]]]) -> None:
        puts = [(full, *put) for full in sorted(self._facts) for put in _puts(self._facts[full])]
        handed = self._handed({full for full, _, _, value in puts if isinstance(strip(value), Param)})
        for full, table, key, value in puts:
            for name in tuple(table_names(self._resolver.inference, table, full)):
                into = tables.setdefault(name, {})
                for function, known in self._put(full, key, value, handed.get(full, ())):
                    into.setdefault(function, set()).add(known)

    def _put(self, full: str, key: Term, value: Term, handed: Sequence[_Handed]) -> Iterator[tuple[str, Term]]:
        """What a function puts into a table, each with its key: what it is handed, by each of those who call it."""
        taken = strip(value)
        if not isinstance(taken, Param):
            yield from ((one, _known(key, {}, one)) for one in _named(self._infer(value, full)))
            return
        found: dict[str, set[Term]] = {}
        for values, scope in handed:
            given = values.get(taken.name)
            for one in _named(self._infer(given, scope)) if given is not None else ():
                found.setdefault(one, set()).add(_known(key, values, one))
        around = full.rpartition(".")[0]
        for one, keys in found.items():  # who calls what a decorator gives does not say what the decorator was given; who decorates does
            told = {known for known in keys if not (isinstance(known, Ref) and known.name.rpartition(".")[0] == around)}
            yield from ((one, known) for known in told or keys)

    def _handed(self, putting: Collection[str]) -> Mapping[str, Sequence[_Handed]]:
        """What the parameters of functions get from each call, those of the function around one from whoever decorates by it."""
        found: dict[str, list[_Handed]] = defaultdict(list)
        for caller in sorted(self._facts) if putting else ():
            for site in self._facts[caller].calls:
                for target in self._resolver.resolve(caller, site).targets:
                    if target.full in putting:
                        found[target.full].append((self._resolver.bind(target, site).values, caller))
        for full, given in self._decorating(putting) if putting else ():
            found[full].append(given)
        return found

    def _decorating(self, putting: Collection[str]) -> Iterator[tuple[str, _Handed]]:
        functions, inside = self._resolver.symbols.functions, defaultdict[str, list[str]](list)
        for full in putting:
            inside[full.rpartition(".")[0]].append(full)
        for decorated, decorator, value in self._decorators():
            called = decorator if isinstance(decorator, Invoke) else None
            for full in {value.full}.intersection(putting) if called is None else inside.get(value.full, ()):
                around = {} if called is None else self._around(value, called)
                for first in functions[full].index.parameters[:1] if full in functions else ():
                    yield full, ({**around, first.name: Ref(decorated.full)}, decorated.module)

    def _decorators(self) -> Iterator[tuple[FunctionSymbol, Term, FunctionValue]]:
        """Each function of the project with its decorators, and the functions that these are, or that make them."""
        for decorated in self._resolver.symbols.functions.values():
            for decorator in decorated.index.decorators:
                made = decorator.func if isinstance(decorator, Invoke) else decorator
                values = self._infer(made, decorated.module)
                yield from ((decorated, decorator, value) for value in values if isinstance(value, FunctionValue))

    def _around(self, value: FunctionValue, decorator: Invoke) -> dict[str, Term]:
        target = Target(value.full, value.receiver, value.preset_args, value.preset_kwargs)
        bound = self._resolver.bind(target, Given(decorator.args, decorator.kwargs, spread=False)).values
        return {f"{value.full}.{name}": term for name, term in bound.items()}


def asked_by_key(func: Term) -> tuple[Term, Term] | None:
    """The table in which a function is looked up, and the key: `TABLE[key](x)`, `for each in TABLE.get(key, []): each(x)`."""
    inner = strip(func)
    inner = strip(inner.base) if isinstance(inner, Attr) and not isinstance(strip(inner.base), (Ref, Param)) else inner
    inner = strip(inner.source) if isinstance(inner, Element) else inner
    match inner:
        case Op("or", (first, *_)):
            return asked_by_key(first)
        case Item(table, key):
            return table, key
        case Invoke(Attr(table, name), (key, *_)) if name in _LOOKING:
            return table, key
        case Invoke(Item() as made, _, _):  # an object of a class in a table
            return asked_by_key(made)
    return None


def _puts(facts: FunctionFacts) -> Iterator[tuple[Term, Term, Term]]:
    """What a function puts under a key of a table that others see: the table, the key, and what is put there, or into a list there."""
    for step in steps(facts.body):
        if isinstance(step, Store) and isinstance(step.target, Item):
            yield step.target.base, step.target.key, step.value
    for site in facts.calls:
        put = by_key(site)
        if put is not None:
            yield put


def _named(values: tuple[Value, ...]) -> Iterator[str]:
    """The functions and classes that values are, or are objects of."""
    yield from (value.full for value in values if isinstance(value, (FunctionValue, ClassValue, InstanceValue)))


def _known(key: Term, values: Mapping[str, Term], function: str) -> Term:
    """A key in terms that mean the same everywhere."""
    told = strip(substitute(key, values) if values else key)
    if isinstance(told, Attr) and told.name == "__name__":
        return Const(function.rpartition(".")[2])
    return told if isinstance(told, (Const, Ref)) or (isinstance(told, Attr) and isinstance(told.base, Ref)) else _OPEN

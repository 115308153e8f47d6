"""Functions that are put into a list from elsewhere, by a decorator or a call that hands them over: who says the list may run them.

`LISTENERS.append(func)` in `on(func)`, then `@on` above a function, or `bus.subscribe(thank)`. So it is with a table that is empty where
it is made, `HANDLERS[kind] = func`, or `HANDLERS[kind].append(func)`: under which key a function is kept is not looked at here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping as Map, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from session_lint.analysis.index.node import Node, decorator_name
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Invoke, Mapping, Sequence as Display, Term, dotted

_ADDING = (".append(", ".add(", ".insert(")
_MAKING = frozenset({"list", "set", "deque"})
_TABLES = frozenset({"dict", "defaultdict", "OrderedDict"})
_STEPS = 4  # functions that each hand on to the next one what it adds
_SMALL = 4  # names that a function says which only hands on what it is handed
_Place: TypeAlias = tuple[int, str, str]  # a list, by its file, its name and its class


@dataclass(frozen=True, slots=True)
class Registry:
    """A list or table of a file, by its name and by the class whose attribute it is, the functions that fill it or hand one over, and
    those that are handed over. `keyed`: who fills it cannot be told from who looks something up in it."""

    file: int
    name: str
    owner: str
    fillers: tuple[str, ...]
    functions: tuple[str, ...]
    keyed: bool = False


def registries(files: Sequence[ModuleIndex], reaches: Callable[[int, int], bool]) -> Iterator[Registry]:
    """The lists that functions of the project fill with functions they are handed. `reaches` says whether a file imports another one."""
    fillers, filling = _all_fillers(files, reaches)
    if not fillers:
        return
    defined = frozenset(f"{index.module}.{one.qualname}" for index in files for one in index.functions)
    found: dict[tuple[int, str, str], dict[str, None]] = defaultdict(dict)
    for number, index in enumerate(files):
        for name, function, by in _handed(index, fillers, defined):
            for place in fillers[name]:
                if place[0] == number or reaches(number, place[0]):
                    found[place][function] = None
                    filling[place].extend([by] if by and by not in filling[place] else [])
    tables = {file: _tables(files[file]) for file in {place[0] for place in found}}
    for place, functions in found.items():
        yield Registry(*place, tuple(filling[place]), tuple(functions), keyed=place[1:] in tables[place[0]])


def _tables(index: ModuleIndex) -> frozenset[tuple[str, str]]:
    """The tables of a file that are empty where they are made, each with the class whose attribute it is."""
    owned = [(name, item.qualname, term) for item in index.classes for name, term in _pairs(item)]
    return frozenset((name, owner) for name, owner, term in (*((n, "", t) for n, t in index.variables), *owned) if _is_table(term))


def _all_fillers(
    files: Sequence[ModuleIndex], reaches: Callable[[int, int], bool]
) -> tuple[dict[str, list[_Place]], dict[_Place, list[str]]]:
    """The lists that functions fill, by the names of those; and by list their full names."""
    fillers: dict[str, list[_Place]] = defaultdict(list)
    filling: dict[_Place, list[str]] = defaultdict(list)
    for number, index in enumerate(files):
        for name, full, filled, owner in _fillers(index):
            fillers[name].append((number, filled, owner))
            filling[number, filled, owner].append(full)
    for _ in range(_STEPS if fillers else 0):
        through = [(number, one) for number, index in enumerate(files) for one in _filling_through(index, fillers)]
        known = [(name, full, place) for number, (name, full, place) in through if place[0] == number or reaches(number, place[0])]
        for name, full, place in known:
            fillers[name].append(place)
            filling[place].append(full)
        if not known:
            break
    return fillers, filling


def _fillers(index: ModuleIndex) -> Iterator[tuple[str, str, str, str]]:
    """The functions that add to a list that outlives them: by which name they are called, their full name, the list, and its class."""
    lists = frozenset(name for name, term in index.variables if _is_list(term))
    owned = {item.qualname: _lists(item) for item in index.classes}
    tables = _tables(index)
    if not lists and not tables and not any(owned.values()):
        return
    for function in index.functions:
        added = [form[: form.rindex(".")] for form in function.said if form.endswith(_ADDING)]
        owner = function.owner or ""
        name = function.qualname.removeprefix(f"{owner}.").partition(".")[0]  # of a nested function, the one around it
        full = f"{index.module}.{function.qualname}"
        yield from ((name, full, one, "") for one in added if one in lists)
        attributes = owned.get(owner, frozenset())
        yield from ((name, full, one[1:], owner) for one in added if one[1:] in attributes and f"self{one}" in function.said)
        if tables and _may_put(function):
            mine = ((one, of) for one, of in tables if of in ("", owner) and (f"self.{one}" if of else one) in function.said)
            yield from ((name, full, *place) for place in mine)


def puts_in(node: Node) -> bool:
    """Whether a function says that it puts something into a list, wherever that is."""
    return any(form.endswith((*_ADDING, ".setdefault(")) for form in node.said)


def _may_put(function: FunctionIndex) -> bool:
    """Whether a function may put what it is handed under a key: into a list there, or it does little else."""
    taken = [one for one in function.parameters if one.name not in ("self", "cls")]
    inside = "." in function.qualname.removeprefix(f"{function.owner}." if function.owner else "")  # it is handed what it decorates
    into = any(form.endswith(".setdefault(") or form in _ADDING for form in function.said)  # of what stands under a key
    return bool(taken) and (into or (len(function.said) <= _SMALL and (inside or len(taken) > 1)))


def _filling_through(index: ModuleIndex, fillers: Map[str, Sequence[_Place]]) -> list[tuple[str, str, _Place]]:
    """The functions that hand on what they are handed to one that adds it to a list."""
    found: list[tuple[str, str, _Place]] = []
    for function in index.functions if any(not function.calls.isdisjoint(fillers) for function in index.functions) else ():
        if function.parameters and len(function.said) <= _SMALL:
            full, name = f"{index.module}.{function.qualname}", function.qualname.removeprefix(f"{function.owner or ''}.").partition(".")[0]
            found += [(name, full, place) for form in function.said for place in fillers.get(form.rpartition(".")[2].removesuffix("("), ())]
    return [one for one in dict.fromkeys(found) if one[2] not in fillers.get(one[0], ())]


def _lists(item: ClassIndex) -> frozenset[str]:
    return frozenset(name for name, term in _pairs(item) if _is_list(term))


def _pairs(item: ClassIndex) -> tuple[tuple[str, Term], ...]:
    return (*item.attributes, *((name, term) for name, _, term in item.instance))


def _is_table(term: Term) -> bool:
    made = (dotted(term.func) or "").rpartition(".")[2] if isinstance(term, Invoke) else ""
    return made in _TABLES or term == Mapping(())


def _is_list(term: Term) -> bool:
    made = (dotted(term.func) or "").rpartition(".")[2] if isinstance(term, Invoke) else ""
    return made in _MAKING or (isinstance(term, Display) and term.kind != "tuple")


def _handed(index: ModuleIndex, fillers: Map[str, object], defined: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """The functions that are handed to a filler in a file, each with the name of the filler and who hands it; "" for a decorator."""
    for function in index.functions:
        for decorator in function.decorators:
            name = decorator_name(decorator)
            if name in fillers:
                yield name, f"{index.module}.{function.qualname}", ""
    parts: list[ModuleIndex | FunctionIndex] = [index, *index.functions]
    for part in parts:
        names = [name for name in part.calls if name in fillers] if not part.calls.isdisjoint(fillers) else []
        plain = [form for form in part.said if form.isidentifier()] if names else []
        for full in _meant(index, plain, defined) if plain else ():
            by = f"{index.module}.{part.qualname if isinstance(part, FunctionIndex) else '<module>'}"
            yield from ((name, full, by) for name in names)


def _meant(index: ModuleIndex, names: Sequence[str], defined: frozenset[str]) -> Iterator[str]:
    """The functions that plain names of a file mean."""
    imports = dict(index.imports)
    for name in names:
        full = imports.get(name, f"{index.module}.{name}")
        if full in defined:
            yield full

"""Functions that are put into a list from elsewhere, by a decorator or a call that hands them over: who says the list may run them.

`LISTENERS.append(func)` in `on(func)`, then `@on` above a function, or `bus.subscribe(thank)`. Of dicts nothing is told here: which
key a function is put under decides who runs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from session_lint.analysis.index.node import decorator_name
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Invoke, Sequence as Display, Term, dotted

_ADDING = (".append(", ".add(", ".insert(")
_MAKING = frozenset({"list", "set", "deque"})
_STEPS = 4  # functions that each hand on to the next one what it adds
_SMALL = 4  # names that a function says which only hands on what it is handed
_Place: TypeAlias = tuple[int, str, str]  # a list, by its file, its name and its class


@dataclass(frozen=True, slots=True)
class Registry:
    """A list of a file, by its name and by the class whose attribute it is, the functions that fill it or hand one over,
    and those that are handed over."""

    file: int
    name: str
    owner: str
    fillers: tuple[str, ...]
    functions: tuple[str, ...]


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
    yield from (Registry(*place, tuple(filling[place]), tuple(functions)) for place, functions in found.items())


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
    if not lists and not any(owned.values()):
        return
    for function in index.functions:
        added = [form[: form.rindex(".")] for form in function.said if form.endswith(_ADDING)]
        owner = function.owner or ""
        name = function.qualname.removeprefix(f"{owner}.").partition(".")[0]  # of a nested function, the one around it
        full = f"{index.module}.{function.qualname}"
        yield from ((name, full, one, "") for one in added if one in lists)
        attributes = owned.get(owner, frozenset())
        yield from ((name, full, one[1:], owner) for one in added if one[1:] in attributes and f"self{one}" in function.said)


def _filling_through(index: ModuleIndex, fillers: Mapping[str, Sequence[_Place]]) -> list[tuple[str, str, _Place]]:
    """The functions that hand on what they are handed to one that adds it to a list."""
    found: list[tuple[str, str, _Place]] = []
    for function in index.functions if any(not function.calls.isdisjoint(fillers) for function in index.functions) else ():
        if function.parameters and len(function.said) <= _SMALL:
            full, name = f"{index.module}.{function.qualname}", function.qualname.removeprefix(f"{function.owner or ''}.").partition(".")[0]
            found += [(name, full, place) for form in function.said for place in fillers.get(form.rpartition(".")[2].removesuffix("("), ())]
    return [one for one in dict.fromkeys(found) if one[2] not in fillers.get(one[0], ())]


def _lists(item: ClassIndex) -> frozenset[str]:
    pairs = (*item.attributes, *((name, term) for name, _, term in item.instance))
    return frozenset(name for name, term in pairs if _is_list(term))


def _is_list(term: Term) -> bool:
    made = (dotted(term.func) or "").rpartition(".")[2] if isinstance(term, Invoke) else ""
    return made in _MAKING or (isinstance(term, Display) and term.kind != "tuple")


def _handed(index: ModuleIndex, fillers: Mapping[str, object], defined: frozenset[str]) -> Iterator[tuple[str, str, str]]:
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

"""What frameworks ask of the project: the calls that tell them what to run, and what the names in these mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from session_lint.analysis.told import Found
from session_lint.clients.framework import Told
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Invoke, Item, Op, Ref, Term, dotted, strip
from session_lint.runtime.going_on import go_on

Ask: TypeAlias = Callable[[ModuleIndex, tuple[str, ...]], Found]

_STEPS = 6  # imports of imports


class ProjectWiring:
    """The answers, from the indexes of all files; only a file that makes such a call is read for it."""

    def __init__(self, indexes: Sequence[ModuleIndex], ask: Ask, aliases: Mapping[str, str]) -> None:
        """`ask`: what a file says by some names. `aliases`: other names of modules."""
        self.modules = {index.module: index for index in indexes}
        self._ask = ask
        self._aliases = aliases
        self._imports: dict[str, dict[str, str]] = {}
        self._functions: dict[str, FunctionIndex] = {}
        self._classes: dict[str, ClassIndex] = {}
        for module, index in self.modules.items():
            self._functions.update([(f"{module}.{one.qualname}", one) for one in index.functions])
            self._classes.update([(f"{module}.{one.qualname}", one) for one in index.classes])
        self._variables = {f"{module}.{name}": value for module, index in self.modules.items() for name, value in index.variables}
        self._read: dict[tuple[str, tuple[str, ...]], Found] = {}
        self._assigned: dict[str, Term] = {}
        self._orders: dict[str, tuple[str, ...]] = {}

    # -- calls ---------------------------------------------------------------------------------------------------------

    def decorated(self, *names: str) -> Iterator[Told]:
        """The decorators by the last of their names, in the order of files; no file is read for them."""
        wanted = frozenset(names)
        for module, index in sorted(self.modules.items()):
            yield from _decorators(module, index, wanted)

    def told(self, *names: str) -> Iterator[Told]:
        """The calls and decorators by the last of their names, in the order of files."""
        wanted = frozenset(names)
        for module, index in sorted(self.modules.items()):
            yield from _decorators(module, index, wanted)
            if not wanted.isdisjoint(index.calls) or any(not wanted.isdisjoint(one.calls) for one in index.functions):
                for call in self._found(index, names).calls:
                    yield Told(module, call)

    def _found(self, index: ModuleIndex, names: tuple[str, ...]) -> Found:
        key = (index.path, names)
        go_on()
        if key not in self._read:
            self._read[key] = self._ask(index, names)
            self._assigned.update(self._read[key].assigned)
        return self._read[key]

    # -- names ---------------------------------------------------------------------------------------------------------

    def find(self, full: str) -> str:
        """The full name under which something is defined that is imported or re-exported by another; "" for none."""
        for _ in range(_STEPS):
            if full in self._functions or full in self._classes or full in self._variables or full in self._assigned:
                return full
            head, rest = full, ""
            while head and head not in self.modules and head not in self._aliases:
                head, _, tail = head.rpartition(".")
                rest = f"{tail}.{rest}" if rest else tail
            if not head or not rest:
                return ""
            if head in self._aliases and self._aliases[head] != head:
                full = f"{self._aliases[head]}.{rest}"
                continue
            first, _, more = rest.partition(".")
            target = self._imported(head).get(first)
            if target is None or target == f"{head}.{first}":
                return ""
            full = f"{target}.{more}" if more else target
        return ""

    def _imported(self, module: str) -> dict[str, str]:
        if module not in self._imports:
            self._imports[module] = dict(self.modules[module].imports)
        return self._imports[module]

    def inside(self, full: str) -> tuple[str, ...]:
        """The full names of the functions directly inside a function or class."""
        return tuple(name for name in self._functions if name.rpartition(".")[0] == full)

    def parameters(self, full: str) -> tuple[str, ...]:
        """The names of the parameters of a function, without `*args` and `**kwargs`."""
        function = self._functions.get(full)
        found = function.parameters if function is not None else ()
        return tuple(one.name for one in found if one.kind not in {"args", "kwargs"})

    def annotation(self, full: str, parameter: str) -> str:
        """The absolute dotted name that a parameter is annotated with; "" for none."""
        function = self._functions.get(full)
        notes = (one.annotation for one in function.parameters if one.name == parameter) if function is not None else ()
        return next((dotted(note) or "" for note in notes if note is not None), "")

    def model(self, cls: str) -> str:
        """The class of the project that `model` is in the class `Meta` inside of a class, or inside of one above it; "" for none."""
        for one in self.order(cls):
            inner = self._classes.get(f"{one}.Meta")
            found = dict(inner.attributes).get("model") if inner is not None else None
            if found is not None:
                named = self.find(dotted(found) or "")
                return named if named in self._classes else ""
        return ""

    def held(self, cls: str, attribute: str) -> str:
        """The class of the project that an attribute of a class holds, its own or of one above it; "" for none."""
        found = (dict(self._classes[one].attributes).get(attribute) for one in self.order(cls))
        named = self.find(next((dotted(one) or "" for one in found if one is not None), ""))
        return named if named in self._classes else ""

    def default(self, full: str, parameter: str) -> Term | None:
        """The default of a parameter."""
        function = self._functions.get(full)
        return next((one.default for one in function.parameters if one.name == parameter), None) if function is not None else None

    def value(self, full: str) -> Term | None:
        """What is assigned to a variable of a module, or of a function that tells a framework something."""
        found = self.find(full)
        return self._variables.get(found) or self._assigned.get(found)

    def variables(self, name: str) -> Iterator[Term]:
        """What is assigned to the variables of a name, in any module."""
        for _, index in sorted(self.modules.items()):
            yield from (value for variable, value in index.variables if variable == name)

    def module_of(self, full: str) -> str:
        """The module in which something is defined."""
        while full and full not in self.modules:
            full = full.rpartition(".")[0]
        return full

    # -- classes -------------------------------------------------------------------------------------------------------

    def is_function(self, full: str) -> bool:
        """Whether a full name is a function of the project."""
        return full in self._functions

    def is_class(self, full: str) -> bool:
        """Whether a full name is a class of the project."""
        return full in self._classes

    def classes(self) -> Mapping[str, ClassIndex]:
        """The classes of the project by full name."""
        return self._classes

    def function(self, full: str) -> FunctionIndex | None:
        """A function of the project."""
        return self._functions.get(full)

    def order(self, cls: str) -> tuple[str, ...]:
        """A class and those of the project above it, nearest first."""
        if cls not in self._orders:
            self._orders[cls] = (cls,)
            above = [name for base in self._bases(cls) for name in self.order(base)]
            self._orders[cls] = tuple(dict.fromkeys((cls, *above)))
        return self._orders[cls]

    def _bases(self, cls: str) -> list[str]:
        found = [self.find(dotted(_plain(base)) or "") for base in self._classes[cls].bases]
        return [name for name in found if name in self._classes and name != cls]

    def outside(self, cls: str) -> Iterator[str]:
        """The dotted names of the bases of a class, at any depth, that are not of the project."""
        for one in self.order(cls):
            for base in self._classes[one].bases:
                name = dotted(_plain(base)) or ""
                if name and not self.find(name):
                    yield name

    def method(self, cls: str, name: str) -> str:
        """The full name of a method that a class of the project has, its own or from above; "" for none."""
        return next(
            (f"{one}.{name}" for one in (self.order(cls) if cls in self._classes else ()) if f"{one}.{name}" in self._functions), ""
        )

    def attribute(self, cls: str, name: str) -> Term | None:
        """What the body of a class, or of one above it, assigns to an attribute; the last time, where it does so twice."""
        for one in self.order(cls) if cls in self._classes else ():
            found = [value for attribute, value in self._classes[one].attributes if attribute == name]
            assigned = [value for value in found if not (isinstance(value, Op) and value.kind == "annotation")]
            if assigned:
                return assigned[-1]
        return None

    def is_below(self, cls: str, *names: str) -> bool:
        """Whether a class of the project has a base outside of it by one of these last names."""
        return cls in self._classes and any(base.rpartition(".")[2] in names for base in self.outside(cls))


def _decorators(module: str, index: ModuleIndex, wanted: frozenset[str]) -> Iterator[Told]:
    """Those of the functions, then those of the classes."""
    both = [(one.qualname, one.decorators) for one in index.functions] + [(one.qualname, one.decorators) for one in index.classes]
    for qualname, decorators in both:
        for decorator in decorators:
            call = decorator if isinstance(decorator, Invoke) else Invoke(decorator)
            if _last(call.func) in wanted:
                yield Told(module, call, f"{module}.{qualname}")


def _plain(base: Term) -> Term:
    base = strip(base)
    return strip(base.base) if isinstance(base, Item) else base  # Generic[T]


def _last(term: Term) -> str:
    term = strip(term)
    return term.name if isinstance(term, Attr) else term.name.rpartition(".")[2] if isinstance(term, Ref) else ""

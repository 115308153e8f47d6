"""The names of the project: which module, class, function or variable a dotted path means, re-exports followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.alike import kept_names
from session_lint.analysis.program.managers import written_base
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Const, Invoke, Mapping as MappingTerm, Ref, Term, dotted

_PROPERTIES = frozenset({"property", "cached_property", "classproperty", "hybrid_property", "abstractproperty"})
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty"})


def last_name(term: Term) -> str:
    """The last name of a decorator, called or not: `wraps` of `@functools.wraps(f)`."""
    return (dotted(term.func if isinstance(term, Invoke) else term) or "").rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True)
class FunctionSymbol:
    """A function of the project. `full` is its dotted name; `owner` the full name of the class of a method."""

    full: str
    module: str
    path: str
    index: FunctionIndex
    owner: str | None

    @property
    def kind(self) -> str:
        """ "static", "class", "instance" for methods, "function" otherwise."""
        if self.owner is None:
            return "function"
        names = {decorator.name for decorator in self.index.decorators if isinstance(decorator, Ref)}
        if "builtins.staticmethod" in names:
            return "static"
        return "class" if "builtins.classmethod" in names or self.index.name in {"__new__", "__init_subclass__"} else "instance"

    @property
    def decorators(self) -> frozenset[str]:
        """The last names of the decorators."""
        return frozenset(last_name(decorator) for decorator in self.index.decorators)

    @property
    def is_property(self) -> bool:
        """Whether reading it calls it."""
        return not _PROPERTIES.isdisjoint(self.decorators)

    @property
    def is_abstract(self) -> bool:
        """Whether a subclass is to say what it does."""
        return self.owner is not None and (self.index.stub or not _ABSTRACT.isdisjoint(self.decorators))


@dataclass(frozen=True, slots=True)
class ClassSymbol:
    """A class of the project."""

    full: str
    module: str
    path: str
    index: ClassIndex


@dataclass(frozen=True, slots=True)
class VariableSymbol:
    """A module-level name and what is assigned to it."""

    full: str
    module: str
    value: Term


@dataclass(frozen=True, slots=True)
class ModuleSymbol:
    """A module or package of the project."""

    full: str


Symbol = FunctionSymbol | ClassSymbol | VariableSymbol | ModuleSymbol


class SymbolTable:
    """Looks names up. Built once from every file's index; read-only afterwards."""

    def __init__(self, indexes: Iterable[ModuleIndex], aliases: Mapping[str, str]) -> None:
        """`aliases` maps other dotted names of a module (`src.app.x`) to the one its index carries (`app.x`)."""
        self.modules: dict[str, ModuleIndex] = {}
        self.functions: dict[str, FunctionSymbol] = {}
        self._alike: dict[str, list[FunctionSymbol]] = {}  # by name: each function that has it
        self.classes: dict[str, ClassSymbol] = {}
        self.variables: dict[str, VariableSymbol] = {}
        self._imports: dict[str, dict[str, str]] = {}
        self._aliases = aliases
        self.alternatives: dict[tuple[str, str], tuple[str, ...]] = {}  # module, import -> what the name may be instead
        self._packages: set[str] = set()
        self._found: dict[str, Symbol | None] = {}
        self._mro: dict[str, tuple[str, ...]] = {}
        self._methods: dict[tuple[str, str, str | None], FunctionSymbol | None] = {}
        self._of_frameworks: dict[tuple[str, str], FunctionSymbol] = {}  # class, method: those that it has from a framework
        self._below: dict[str, tuple[str, ...]] = {}
        self._children: dict[str, list[str]] | None = None
        for index in indexes:
            self._add(index)
        for alias in aliases:  # `import api.models.x` names packages that only an alias has
            while "." in alias:
                alias = alias.rpartition(".")[0]
                self._packages.add(alias)

    def _add(self, index: ModuleIndex) -> None:
        module = index.module
        if module in self.modules:  # two scripts of one name: keep both reachable, the second under its path
            module = index.path
        self.modules[module] = index
        parent = module
        while "." in parent:
            parent = parent.rpartition(".")[0]
            self._packages.add(parent)
        self._imports[module] = dict(index.imports)
        for first, other in index.alternatives:
            self.alternatives[module, first] = (*self.alternatives.get((module, first), ()), other)
        for full, function in kept_names(module, index.functions):
            owner = f"{module}.{function.owner}" if function.owner else None
            self.functions[full] = symbol = FunctionSymbol(full, module, index.path, function, owner)
            self._alike.setdefault(f"{module}.{function.qualname}", []).append(symbol)
            if owner is not None and function.flow is not None:
                self._of_frameworks[owner, function.name] = symbol
        for cls in index.classes:
            self.classes[f"{module}.{cls.qualname}"] = ClassSymbol(f"{module}.{cls.qualname}", module, index.path, cls)
        for name, value in index.variables:
            self._assign(module, name, value)

    def _assign(self, module: str, name: str, value: Term) -> None:
        """The last assignment counts; an item assignment adds to the table that the name holds."""
        full = f"{module}.{name}"
        old = self.variables[full].value if full in self.variables else None
        if isinstance(old, MappingTerm) and isinstance(value, MappingTerm) and len(value.entries) == 1:
            key = value.entries[0][0]
            kept = tuple(entry for entry in old.entries if entry[0] != key or not isinstance(key, Const))
            value = MappingTerm((*kept, *value.entries))
        self.variables[full] = VariableSymbol(full, module, value)

    def facts_name(self, module: str, qualname: str, row: int) -> str:
        """The full name under which a function is kept: one of several that have a qualname is told by a line of it."""
        full = f"{module}.{qualname}"
        alike = self._alike.get(full, ())
        return next((one.full for one in alike if one.index.first_line <= row <= one.index.last_line), full)

    def lookup(self, dotted: str) -> Symbol | None:
        """What a dotted path means in the project; None for the outside world."""
        if dotted not in self._found:
            self._found[dotted] = None  # guards against import cycles
            self._found[dotted] = self._lookup(dotted)
        return self._found[dotted]

    def _lookup(self, dotted: str) -> Symbol | None:
        dotted = self._canonical(dotted)
        head, _, name = dotted.rpartition(".")
        direct = self.functions.get(dotted) or self.classes.get(dotted)
        if direct is not None:
            return direct
        variable = self.variables.get(dotted)
        if variable is not None and not (isinstance(variable.value, Const) and name in self._imports[variable.module]):
            return variable
        if dotted in self.modules or dotted in self._packages:
            # a package can bind the name of its own module: `from .load import load`
            hidden = self._imports[head].get(name) if head in self.modules else None
            found = self.lookup(hidden) if hidden is not None and hidden != dotted else None
            return found if found is not None else ModuleSymbol(dotted)
        if not head:
            return None
        if head in self.modules:
            return self._member(head, name)
        base = self.lookup(head)
        if isinstance(base, ModuleSymbol) and base.full != head:
            return self.lookup(f"{base.full}.{name}")
        if isinstance(base, ClassSymbol):
            return self.method(base.full, name) or self.classes.get(f"{base.full}.{name}")
        return None

    def _member(self, module: str, name: str) -> Symbol | None:
        target = self._imports[module].get(name)
        if target is not None and target != f"{module}.{name}":
            return self.lookup(target)
        for star in self.modules[module].star_imports:
            found = self.lookup(f"{star}.{name}")
            if found is not None:
                return found
        return None

    def _canonical(self, dotted: str) -> str:
        if not self._aliases:
            return dotted
        head, rest = dotted, ""
        while head:
            if head in self._aliases:
                return self._aliases[head] + rest
            head, _, tail = head.rpartition(".")
            rest = f".{tail}{rest}"
        return dotted

    def mro(self, cls: str) -> tuple[str, ...]:
        """The project classes of a class's method resolution order, itself first; unknown bases are left out."""
        if cls not in self._mro:
            self._mro[cls] = (cls,)  # guards against cycles in broken code
            self._mro[cls] = self._linearize(cls)
        return self._mro[cls]

    def bases(self, cls: str) -> tuple[str, ...]:
        """The full names of the direct bases that are in the project."""
        found = []
        for base in self.classes[cls].index.bases:
            symbol = self.lookup(name) if (name := dotted(written_base(base, self))) else None
            if isinstance(symbol, ClassSymbol) and symbol.full != cls:
                found.append(symbol.full)
        return tuple(found)

    def _linearize(self, cls: str) -> tuple[str, ...]:
        bases = self.bases(cls)
        sequences = [list(self.mro(base)) for base in bases] + [list(bases)]
        merged = [cls]
        while sequences := [s for s in sequences if s]:
            for sequence in sequences:
                if not any(sequence[0] in other[1:] for other in sequences):
                    head = sequence[0]
                    break
            else:  # inconsistent hierarchy: Python refuses it, we take the first
                head = sequences[0][0]
            merged.append(head)
            sequences = [[c for c in s if c != head] for s in sequences]
        return tuple(dict.fromkeys(merged))

    def method(self, cls: str, name: str, *, after: str | None = None) -> FunctionSymbol | None:
        """The method a class has by that name; with `after`, the one behind that class (as `super()` finds it)."""
        key = (cls, name, after)
        if key not in self._methods:
            self._methods[key] = self._method(cls, name, after)
        return self._methods[key]

    def _method(self, cls: str, name: str, after: str | None) -> FunctionSymbol | None:
        order = self.mro(cls)
        order = order[order.index(after) + 1 :] if after is not None and after in order else order
        for one in order:
            if (found := self.functions.get(f"{one}.{name}")) is not None and found.owner == one:
                return found
        known = self._of_frameworks
        return next((known[one, name] for one in self.mro(cls) if (one, name) in known), None) if known else None

    def attribute(self, cls: str, name: str) -> tuple[tuple[str, str, Term], ...]:
        """What an attribute of a class holds: (class, method that sets it or "", value), nearest class first."""
        for one in self.mro(cls):
            index = self.classes[one].index
            found = [(one, "", value) for key, value in index.attributes if key == name]
            found += [(one, method, value) for key, method, value in index.instance if key == name]
            if found:
                return tuple(found)
        return ()

    def outside_base(self, cls: str) -> str:
        """The dotted name of the nearest base of a project class that is no class of the project; "" when there is none."""
        symbol = self.lookup(cls)
        for candidate in self.mro(symbol.full) if isinstance(symbol, ClassSymbol) else ():
            for base in self.classes[candidate].index.bases:
                name = dotted(base) or ""
                if "." in name and not name.startswith("builtins.") and not isinstance(self.lookup(name), ClassSymbol):
                    return name
        return ""

    def subclasses(self, cls: str) -> tuple[str, ...]:
        """The direct subclasses in the project, sorted."""
        if self._children is None:
            self._children = {}
            for full in self.classes:
                for base in self.bases(full):
                    self._children.setdefault(base, []).append(full)
        return tuple(sorted(self._children.get(cls, ())))

    def below(self, cls: str) -> tuple[str, ...]:
        """All subclasses in the project, at any depth, sorted."""
        if cls not in self._below:
            found: set[str] = set()
            work = [cls]
            while work:
                new = [child for child in self.subclasses(work.pop()) if child not in found]
                found.update(new)
                work.extend(new)
            self._below[cls] = tuple(sorted(found - {cls}))
        return self._below[cls]

    def has_outside_base(self, cls: str) -> bool:
        """Whether a class inherits, at any depth, from something outside the project."""
        return any(len(self.bases(c)) < len(self.classes[c].index.bases) for c in self.mro(cls))

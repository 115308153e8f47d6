"""Lookup tables over the indexes of all files, for select: who may mean whom by a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from session_lint.analysis.index.framework_nodes import run_by_frameworks
from session_lint.analysis.index.modules import Modules
from session_lint.analysis.index.named import holds_functions, made_in, named_in
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.reach import reachable
from session_lint.analysis.index.registries import registries
from session_lint.facts.flow import written
from session_lint.facts.module_index import ClassIndex, ModuleIndex
from session_lint.facts.terms import Attr, Ref, Term, walk

MODULE_LEVEL = "<module>"
# Methods that run without being named: by constructing, calling, or entering an instance.
_IMPLICIT = frozenset(
    {
        "__init__",
        "__post_init__",
        "__new__",
        "__call__",
        "__enter__",
        "__aenter__",
        "__exit__",
        "__aexit__",
        "__iter__",
        "__aiter__",
        "__await__",
    }
)
# Of these the ones that run once, where the object is made.
_MAKING = frozenset({"__init__", "__post_init__", "__new__"})
_MADE_BY_ANNOTATION = frozenset({"Depends", "Security"})  # `service: Service = Depends()`


class ProjectIndex:
    """The files, their nodes, and the import graph."""

    def __init__(self, indexes: Sequence[ModuleIndex]) -> None:
        self.files = sorted(indexes, key=lambda index: index.path)
        self.nodes: list[Node] = []
        self.modules = Modules([(index.path, index.module) for index in self.files])
        self.classes: dict[str, list[tuple[int, ClassIndex]]] = defaultdict(list)
        self.bases: dict[str, set[str]] = defaultdict(set)  # by bare name
        self._above: dict[frozenset[str], list[tuple[int, tuple[str, ...]]]] = {}
        self.subclasses: dict[str, set[str]] = defaultdict(set)
        for number, index in enumerate(self.files):
            for item in index.classes:
                last = item.qualname.rsplit(".", 1)[-1]
                self.classes[last].append((number, item))
                for base in item.bases:
                    for name in last_names(base):
                        self.bases[last].add(name)
                        self.subclasses[name].add(last)
        self.made: dict[tuple[str, str], tuple[str, ...]] = {}  # by class and attribute, bare names: what is called to make what it holds
        self._ports: dict[str, set[str]] = defaultdict(set)  # of a class, the protocols that it fulfils without a word
        self._add_ports()
        self.imported = [self.modules.imported(index) for index in self.files]
        self.reach = reachable(self.imported)
        self._through: dict[tuple[int, str], bool] = {}  # whether a file imports one that may hand on a name
        self.offered = [self._offered(index) for index in self.files]
        for number, index in enumerate(self.files):
            self._add_file(number, index)
        for node in [node for node in self.nodes if node.function is not None and node.function.flow is not None]:
            for file, name, owner in run_by_frameworks(node, self.files):
                self._add(file, name, (name,), (), owner=owner).refs = (f"{self.files[node.file].module}.{node.qualname}",)
        self.registries: set[str] = set()  # the names of lists that functions are put into from elsewhere
        self.tables: set[str] = set()  # those of them that are tables
        self.fillers: set[str] = set()  # the functions that put them in
        self._add_registries()

    def _add_registries(self) -> None:
        for one in registries(self.files, lambda file, other: bool(self.reach[file] >> other & 1)):
            node = self._add(one.file, one.name, (one.name,), (), top_level=not one.owner, owner=one.owner)
            node.refs, node.registry = (*one.functions, *one.fillers), True
            self.registries.add(one.name)
            self.tables.update([one.name] if one.keyed else [])
            self.fillers.update(one.fillers)

    def _add_ports(self) -> None:
        """A class that has every method of a protocol is as one below it."""
        methods = {name: frozenset([method for _, item in found for method in item.methods]) for name, found in self.classes.items()}
        for port in sorted(self.subclasses.get("Protocol", ())):
            wanted = [method for method in methods[port] if not method.startswith("_")]
            for name, own in methods.items() if wanted else ():
                has = own.union(*[methods.get(base, ()) for base in self.bases[name]])
                if name != port and has.issuperset(wanted):
                    self.subclasses[port].add(name)
                    self.bases[name].add(port)
                    self._ports[name].add(port)

    def fields(self, node: Node) -> frozenset[str]:
        """What a function holds besides its parameters: the attributes of its own class and of those its parameters are annotated with."""
        function = node.function
        if function is None:
            return frozenset()
        names = {last for p in function.parameters if p.annotation is not None for last in last_names(p.annotation)}
        work = sorted(names | ({function.owner.rsplit(".", 1)[-1]} if function.owner else set()))
        found: set[str] = set()
        done = set(work)
        while work:
            for _, item in self.classes.get(work.pop(), ()):
                found.update([attribute for attribute, _ in item.attributes], [attribute for attribute, _, _ in item.instance])
                bases = {last for base in item.bases for last in last_names(base)} - done
                done |= bases
                work += sorted(bases)
        return frozenset(found)

    # Nodes

    def _add(
        self, file: int, qualname: str, names: Iterable[str], mentions: Iterable[str], *, top_level: bool = False, owner: str = ""
    ) -> Node:
        node = Node(len(self.nodes), file, qualname, tuple(names), frozenset(mentions), owner=owner, real=False, top_level=top_level)
        self.nodes.append(node)
        return node

    def _add_file(self, file: int, index: ModuleIndex) -> None:
        top = self._add(file, MODULE_LEVEL, (), ())
        top.real, top.repeated, top.words, top.said = True, index.repeated, index.words, index.said
        top.calls = index.calls
        bases = {item.qualname: self._bases_of(item) for item in index.classes}
        for function in index.functions:
            inherited = bases.get(function.owner or "", frozenset())
            # an implicit method is meant by its class, not by every other `__init__`
            names = (written(function.qualname),) if function.name in _IMPLICIT else (function.name,)
            beside: frozenset[str] = frozenset()
            if function.owner is not None and not (function.calls.isdisjoint(_IMPLICIT) and function.reads.isdisjoint(_IMPLICIT)):
                beside = inherited  # `super().__init__()` runs the one of a base, which a mention of the base stands for
            node = self._add(file, function.qualname, names, beside, owner=function.owner or "")
            node.said, node.calls = function.said, function.calls
            notes = tuple(sorted({ref for p in function.parameters if p.annotation is not None for ref in named_in(p.annotation)[0]}))
            if function.calls.isdisjoint(_MADE_BY_ANNOTATION):
                node.holds = notes
            else:
                node.refs = notes
            if function.owner is None and "." in function.qualname:
                node.around = _around(function.qualname, bases)
            if inherited:
                node.declared = self._declared(inherited, function.name)
            node.real, node.repeated, node.words, node.function = True, function.repeated, function.words, function
            node.top_level = "." not in function.qualname
        for name, term in index.variables:
            self._alias(file, name, term, top_level=True)
        self._add_renamed(file, index)
        for item in index.classes:
            self._add_class(file, item)

    def _add_renamed(self, file: int, index: ModuleIndex) -> None:
        """What a file imports under another name: others may import it from there under that one."""
        for name, target in index.imports:
            module, _, last = target.rpartition(".")
            if name != last and "." not in name and self.files_of(module, file):
                self._alias(file, name, Ref(target), top_level=True)

    def _bases_of(self, item: ClassIndex) -> frozenset[str]:
        own = [last for base in item.bases for last in last_names(base)]
        return frozenset([*own, *self._ports.get(item.qualname.rpartition(".")[2], ())])

    def _declared(self, bases: frozenset[str], method: str) -> int:
        """The files of base classes, at any depth and by bare name, that define the method themselves."""
        above = self._above.get(bases)
        if above is None:
            done, work = set(bases), sorted(bases)
            while work:
                fresh = self.bases.get(work.pop(), set()) - done
                done |= fresh
                work += fresh
            above = self._above[bases] = [(number, item.methods) for name in sorted(done) for number, item in self.classes.get(name, ())]
        bits = 0
        for number, methods in above:
            if method in methods:
                bits |= 1 << number
        return bits

    def _add_class(self, file: int, item: ClassIndex) -> None:
        """A mention of a class may run its implicit methods, and those of its bases."""
        name = item.qualname.rsplit(".", 1)[-1]
        implicit = [f"{item.qualname}.{method}" for method in item.methods if method in _IMPLICIT]
        node = self._add(file, item.qualname, (name,), (), top_level="." not in item.qualname)
        refs = {ref for base in item.bases for ref in named_in(base)[0]}
        own = f"{self.files[file].module}."
        node.refs = tuple(sorted([*refs, *[own + method for method in implicit]]))
        node = self._add(file, item.qualname, (name,), (), top_level="." not in item.qualname)
        node.held, node.holds = True, tuple(sorted(refs))
        node.refs = tuple(sorted([own + method for method in implicit if method.rpartition(".")[2] not in _MAKING]))
        for attribute, term in item.attributes:
            self._alias(file, attribute, term, owner=item.qualname)
        for attribute, _, term in item.instance:
            self._alias(file, attribute, term, owner=item.qualname)

    def _alias(self, file: int, name: str, term: Term, *, top_level: bool = False, owner: str = "") -> None:
        refs, attributes = named_in(term)
        attributes.discard("." + name)
        if refs or attributes:
            node = self._add(file, name, (name,), (), top_level=top_level, owner=owner)
            made = made_in(term) & refs
            if owner and made:
                self.made[owner.rpartition(".")[2], name] = tuple(sorted({*made, *self.made.get((owner.rpartition(".")[2], name), ())}))
            node.holds, refs = tuple(sorted(made)), refs - made
            node.refs, node.said = tuple(sorted(refs)), tuple(sorted(attributes))
            node.calls, node.registry = frozenset([form[1:] for form in attributes]), bool(owner) and holds_functions(term)

    # Imports

    def files_of(self, target: str, file: int) -> Sequence[int]:
        """The files that a dotted name, imported by a file, may be the module of."""
        return self.modules.files_of(target, self.files[file].path)

    def is_folder(self, target: str) -> bool:
        """Whether a dotted name may be a folder of the project: a package without an `__init__.py`."""
        return self.modules.is_folder(target)

    def _offered(self, index: ModuleIndex) -> frozenset[str]:
        """The names a file gets by importing them from somewhere."""
        targets = [t for name, t in index.imports if "." not in name]
        return frozenset([t.rsplit(".", 1)[-1] for t in (*targets, *index.inner_imports)]) | frozenset(
            [name for name, _ in index.imports if "." not in name]
        )

    def may_mean(self, file: int, name: str, node: Node) -> bool:
        """Whether `name`, said in a file, can mean the node."""
        if node.file == file:
            return True
        if not self.reach[file] >> node.file & 1:
            return bool(self.reach[file] & node.declared)
        if not node.top_level:
            return True
        if name in self.offered[file] or node.file in self.imported[file]:
            return True
        through = self._through.get((file, name))
        if through is None:
            through = any(name in self.offered[other] or self.files[other].star_imports for other in self.imported[file])
            self._through[file, name] = through
        return through or any(self._inside(other, node.file) for other in self.imported[file])

    def _inside(self, package: int, file: int) -> bool:
        """Whether importing the package imports the file too, which is then an attribute of it: `import shop`, `shop.orders.load()`."""
        owner = self.files[package]
        return owner.is_package and self.files[file].module.startswith(f"{owner.module}.") and file in self.imported[package]


def _around(qualname: str, classes: dict[str, frozenset[str]]) -> str:
    """The innermost class that a nested function stands in."""
    while qualname:
        qualname = qualname.rpartition(".")[0]
        if qualname in classes:
            return qualname
    return ""


def last_names(term: Term) -> list[str]:
    """The last components of all names in a term."""
    out: list[str] = []
    for part in walk(term):
        if isinstance(part, Ref):
            if not part.name.startswith("builtins."):
                out.append(part.name.rsplit(".", 1)[-1])
        elif isinstance(part, Attr):
            out.append(part.name)
    return out

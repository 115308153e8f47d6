"""What a name can mean where it is said: by the receiver it is said on, as far as names go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from session_lint.analysis.index.defined import Defined
from session_lint.analysis.index.families import Families
from session_lint.analysis.index.framework_nodes import run_on_variables
from session_lint.analysis.index.names import BUILTINS
from session_lint.analysis.index.node import Node, is_abstract
from session_lint.analysis.index.project_index import ProjectIndex, last_names
from session_lint.analysis.index.receivers import Receivers
from session_lint.analysis.index.registries import puts_in
from session_lint.facts.flow import is_flow, written
from session_lint.facts.module_index import FunctionIndex

_ITSELF = frozenset({"self", "cls", "super()"})
_OPEN = frozenset({"Any", "object", "TypeVar", "T", "Self", "Protocol", "Callable"})  # annotations that say nothing of methods
_FEW = 12  # more than the program follows (3), since classes go by their bare names here


class Targets:
    """Answers, once for every file and name as written, which nodes may be meant."""

    def __init__(self, project: ProjectIndex) -> None:
        self.project = project
        self.nodes = project.nodes
        self.defined = Defined(project)
        self.families = Families(project, self.defined)
        self._receivers = Receivers(project, self.defined, self.families)
        self._full: dict[str, list[Node]] = defaultdict(list)
        self._nested: dict[tuple[int, str], list[Node]] = defaultdict(list)
        self._held: dict[tuple[int, str], Node] = {}
        for node in self.nodes:
            if node.function is not None and "." in node.qualname:
                self._nested[node.file, node.qualname.rpartition(".")[0]].append(node)
            if node.held:
                self._held[node.file, node.qualname] = node
                continue
            full = f"{project.files[node.file].module}.{node.qualname}"
            self._full[full].append(node)
            if is_flow(full) and node.owner:  # a method that a class has from a framework
                self._full[written(full)].append(node)
        self._known: dict[tuple[int, str, str], tuple[Node, ...]] = {}
        self._of_variables = run_on_variables(self.nodes, project.files)
        self._modular: dict[tuple[str, str], frozenset[Node]] = {}
        self._local_classes = [frozenset([item.qualname for item in index.classes]) for index in project.files]
        self._imports = [{**_inner(index.inner_imports), **dict(index.imports)} for index in project.files]
        self._modules: dict[int, frozenset[int]] = {}
        self._stars: dict[int, frozenset[int]] = {}
        self._module_files: dict[str, list[int]] = defaultdict(list)  # by the last part of their name
        for number, index in enumerate(project.files):
            self._module_files[index.module.rpartition(".")[2]].append(number)
        self._variables = [frozenset([name for name, _ in index.variables]) for index in project.files]

    def of(self, node: Node, form: str) -> tuple[Node, ...]:
        """The nodes that a name can mean, written like FunctionIndex.said in the text of `node`.

        An attribute that is only read, on a receiver that nothing is known of, is a property or of no interest.
        """
        form = form.removesuffix("(")
        receiver, _, name = form.rpartition(".")
        if name not in self.defined:
            return ()
        owner = node.owner or node.around
        key = (node.file, owner if receiver in _ITSELF else "", form)
        found = self._known.get(key)
        if found is None:
            self._known[key] = found = tuple(self._find(node, receiver, name, dotted="." in form))
        if found and receiver[:1] == ":" and node.function is not None:
            found = self._of_parameter(node, node.function, receiver[1:], found)
        if name in self.project.registries and name not in node.repeated and (name not in self.project.tables or puts_in(node)):
            found = tuple([n for n in found if not n.registry])
        if "." in form and name not in node.calls:  # an attribute that is read: at most a property
            return tuple([n for n in found if n.registry or (n.function is not None and n.function.decorators)])
        return found

    def _of_parameter(self, node: Node, function: FunctionIndex, receiver: str, found: tuple[Node, ...]) -> tuple[Node, ...]:
        """A parameter is what it is annotated with, and not what callers have, unless it is assigned an object made here."""
        parameter = next((p for p in function.parameters if p.name == receiver), None)
        if parameter is None or (parameter.annotation is None and parameter.kind != "kwargs"):
            return found
        names = last_names(parameter.annotation) if parameter.annotation is not None else []
        if any(name in self.defined or name in _OPEN for name in names):
            return found
        said = {form.removesuffix("(") for form in node.said}
        return tuple([n for n in found if n.owner and n.owner.rpartition(".")[2] in said])

    def named(self, node: Node, ref: str) -> tuple[Node, ...]:
        """The nodes that a full dotted name can mean."""
        exact = self._full.get(ref)
        if exact is not None:
            return tuple(exact)
        key = (node.file, "", "=" + ref)
        found = self._known.get(key)
        if found is None:
            last = ref.rpartition(".")[2]
            above = ref.rpartition(".")[0]
            files = set(self.project.files_of(above, node.file))
            named = self.defined.of(last)
            here = named.top_in(files)
            if not here and (files or self.project.is_folder(above)):
                here = [n for n in named.top if self.project.may_mean(node.file, last, n)]
            elif not here and last in self.defined and self._inside(ref, node.file):
                here = self._unknown(node.file, above, last)
            self._known[key] = found = tuple(here)
        return found

    def objects(self, node: Node, ref: str) -> tuple[Node, ...]:
        """The nodes that a full dotted name can mean where an object of it is at hand: a class stands for its object."""
        key = (node.file, "", "@" + ref)
        if key not in self._known:
            self._known[key] = tuple([other for n in self.named(node, ref) for other in self._given(n)])
        return self._known[key]

    def _given(self, node: Node) -> list[Node]:
        """What may run through the result of a call of the node: methods of a class, or the functions inside a decorator."""
        if node.function is None:
            return [self._held.get((node.file, node.qualname), node)]
        return self._nested.get((node.file, node.qualname), [])

    def _inside(self, ref: str, file: int) -> bool:
        """Whether some part of a dotted name may be a module of the project."""
        while ref:
            ref = ref.rpartition(".")[0]
            if ref and (self.project.files_of(ref, file) or self.project.is_folder(ref)):
                return True
        return False

    def loosely(self, file: int, name: str) -> tuple[Node, ...]:
        """The nodes that a name can mean on a receiver that nothing is known of, or none."""
        key = (file, "", "*" + name)
        found = self._known.get(key)
        if found is None:
            self._known[key] = found = tuple([n for n in self.defined.all(name) if self.project.may_mean(file, name, n)])
        return found

    def _find(self, node: Node, receiver: str, name: str, *, dotted: bool) -> list[Node]:
        if not dotted:
            return self._plain(node.file, name)
        owner = node.owner or node.around
        if receiver == "super()" and owner:
            return self._above_class(owner, name, node.file)
        if receiver in _ITSELF and owner:
            return self._of_class(owner, name, node.file, own=True)
        if not receiver or receiver[0] in ".:" or receiver in _ITSELF:
            return self._of_variables.get(f"{receiver}.{name}") or self._unknown(node.file, receiver, name)
        return self._on_name(node.file, receiver, name)

    def _plain(self, file: int, name: str) -> list[Node]:
        """`load()`: something of this file that is no method, or an import."""
        target = self._imports[file].get(name)
        if target is not None:
            exact = self.defined.exported(target, file)
            if exact is not None:
                return exact
        named = self.defined.of(name)
        here = [n for n in named.inside(file) if not n.owner]
        others = [n for n in named.top if n.file != file]
        if not others:
            return here
        if not self._may_be_imported(file, name, target):
            starred = self._starred(file)
            offered = any(name in self.project.offered[number] for number in starred)
            others = [n for n in others if n.file in starred or offered]
        return here + [n for n in others if self.project.may_mean(file, name, n)]

    def _may_be_imported(self, file: int, name: str, target: str | None) -> bool:
        """Whether a plain name may be imported, by name, from another file of the project."""
        if target is not None and self._inside(target, file):
            return True
        if target is None:
            return name in self.project.offered[file]  # in a function, or as another name
        return any(other == name and self._inside(full, file) for other, full in self._others(file))

    def _starred(self, file: int) -> frozenset[int]:
        """The files whose names `from x import *` brings, directly or through another one."""
        known = self._stars.get(file)
        if known is None:
            done, work = {file}, [file]
            while work:
                here = work.pop()
                for star in self.project.files[here].star_imports:
                    fresh = set(self.project.files_of(star, here)) - done
                    done |= fresh
                    work += sorted(fresh)
            known = self._stars[file] = frozenset(done - {file})
        return known

    def _others(self, file: int) -> Iterable[tuple[str, str]]:
        """What the names of a file are imported as in a second place, or in a function."""
        index = self.project.files[file]
        return (*index.alternatives, *[(target.rpartition(".")[2], target) for target in index.inner_imports])

    def _unknown(self, file: int, receiver: str, name: str) -> list[Node]:
        """`x.load()`: a method; something of a module only where the receiver may be that module: it is named so, or it is a
        local in a file that imports the module."""
        found = self._of_modules(receiver.rpartition(".")[2].removeprefix(":"), name)
        if receiver[:1] == ":":
            found = found.union(self.defined.of(name).top_in(self._modules_known(file)))
        ordered = sorted(found, key=lambda node: node.number)
        return [*self._receivers.methods(file, receiver, name), *(n for n in ordered if self.project.may_mean(file, name, n))]

    def _of_modules(self, last: str, name: str) -> frozenset[Node]:
        """What modules whose name ends so define under a name, or offer by it."""
        key = (last, name)
        known = self._modular.get(key)
        if known is None:
            named, numbers = self.defined.of(name), self._module_files.get(last, ())
            found = set(named.top_in(numbers)) if named.top else set()
            for number in numbers if named.top else ():
                reach = self.project.reach[number]
                found.update([n for n in self._offered(number, name) if reach >> n.file & 1])
            known = self._modular[key] = frozenset(found)
        return known

    def _offered(self, file: int, name: str) -> Sequence[Node]:
        """What a file may offer under a name that it imports, by the name or with all of a module."""
        named = self.defined.of(name)
        if name in self.project.offered[file]:
            return named.top
        stars = {number for star in self.project.files[file].star_imports for number in self.project.files_of(star, file)}
        return named.top_in(stars) if stars else ()

    def _modules_known(self, file: int) -> frozenset[int]:
        """The files that a file imports as modules."""
        known = self._modules.get(file)
        if known is None:
            index = self.project.files[file]
            targets = {*(target for _, target in index.imports), *index.inner_imports}
            known = self._modules[file] = frozenset([number for target in targets for number in self.project.files_of(target, file)])
        return known

    def _on_name(self, file: int, receiver: str, name: str) -> list[Node]:
        """`orders.load()`: of a module, a class, or what a variable holds."""
        target = self._imports[file].get(receiver)
        if run := self._of_variables.get(f"{target or f'{self.project.files[file].module}.{receiver}'}.{name}"):
            return run
        if target is None:
            if receiver in self._local_classes[file]:
                return self._of_class(receiver, name, file)
            return [] if receiver in BUILTINS and receiver not in self._variables[file] else self._unknown(file, receiver, name)
        files = self.project.files_of(target, file)
        if files:
            named = self.defined.of(name)
            return named.top_in(files) or [n for n in named.top if self.project.may_mean(file, name, n)]
        last = target.rpartition(".")[2]
        if last in self.project.classes:
            return self._of_class(last, name, file)
        if not self.project.files_of(target.rpartition(".")[0], file) and not self.project.is_folder(target):
            return []  # of a library
        return self._unknown(file, receiver, name)

    def _of_class(self, qualname: str, name: str, file: int, *, own: bool = False) -> list[Node]:
        """A method of a class or of one above it; where that is abstract, or `own` and there is none, those of the classes below,
        if they are few: what so many share tells nothing."""
        last = qualname.rpartition(".")[2]
        above = self._visible(self.families.bases(last) | {last}, name, file)
        here = [n for n in above if n.file == file and n.owner == qualname and n.function is not None]
        methods = here or [n for n in above if n.function is not None]
        if any(not is_abstract(n) for n in methods) or not (methods or own):
            return above
        below = self._visible(self.families.family(last), name, file)
        return below if len(below) <= len(above) + _FEW else above

    def _above_class(self, qualname: str, name: str, file: int) -> list[Node]:
        last = qualname.rpartition(".")[2]
        above = [n for n in self._visible(self.families.bases(last), name, file) if (n.file, n.owner) != (file, qualname)]
        return above + [n for n in self._visible(self.families.family(last), name, file) if is_flow(n.qualname)]

    def _visible(self, classes: frozenset[str], name: str, file: int) -> list[Node]:
        found = self.defined.of(name).of_classes(classes)
        return [n for n in found if self.project.may_mean(file, name, n) or self.project.reach[n.file] >> file & 1]


def _inner(targets: tuple[str, ...]) -> dict[str, str]:
    """What functions import, by the names that it mostly has there."""
    return {target.rpartition(".")[2]: target for target in targets}

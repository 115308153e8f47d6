"""What a name can mean where it is said: by the receiver it is said on, as far as names go."""

from __future__ import annotations

import io
from collections import defaultdict

from session_lint.index.names import BUILTINS
from session_lint.index.project_index import Node, ProjectIndex, last_names

_ITSELF = frozenset({"self", "cls", "super()"})
# Names that objects of every sort have: on a receiver that nothing is known of they mean a method only where its class is known.
_COMMON = frozenset(
    [name for kind in (dict, list, set, str, bytes, io.StringIO) for name in dir(kind)]
    + """
    acquire all apply begin call check clean commit connect create data delete discard end execute exists fetch filter first flush
    form handle id init is_valid last load lock log main merge name one order_by parse patch post process put query refresh render
    reset result rollback run save search select send set start state status stop submit sync test type upsert user validate value
    """.split()  # noqa: SIM905
)
_MANY = 6  # a method that so many classes have is as telling as those


class Targets:
    """Answers, once for every file and name as written, which nodes may be meant."""

    def __init__(self, project: ProjectIndex) -> None:
        self.project = project
        self.nodes = project.nodes
        self.defined: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for name in node.names:
                self.defined[name].append(node)
        self._full: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            self._full[f"{project.files[node.file].module}.{node.qualname}"].append(node)
        self._known: dict[tuple[int, str, str], tuple[Node, ...]] = {}
        self._families: dict[str, frozenset[str]] = {}
        self._local_classes = [frozenset([item.qualname for item in index.classes]) for index in project.files]
        self._imports = [_last_wins(index.imports) for index in project.files]
        self._above: dict[int, frozenset[tuple[int, str]]] = {}
        self._based: dict[str, frozenset[str]] = {}
        self._classes: dict[int, frozenset[tuple[int, str]]] = {}
        self._direct: dict[int, frozenset[tuple[int, str]]] = {}
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
        key = (node.file, owner if receiver in _ITSELF else "", form if "." in form and receiver[:1] not in ".:" else f".{name}")
        if "." not in form:
            key = (node.file, "", form)
        found = self._known.get(key)
        if found is None:
            found = tuple(self._find(node, receiver, name, dotted="." in form))
            self._known[key] = found
        if found and "." in form and name not in node.calls:
            unknown = receiver[:1] in ("", ".", ":")
            return tuple([n for n in found if n.function is not None and (n.function.decorators or not unknown)])
        return found

    def named(self, node: Node, ref: str) -> tuple[Node, ...]:
        """The nodes that a full dotted name can mean."""
        exact = self._full.get(ref)
        if exact is not None:
            return tuple(exact)
        key = (node.file, "", "=" + ref)
        found = self._known.get(key)
        if found is None:
            last = ref.rpartition(".")[2]
            files = set(self.project.files_of(ref.rpartition(".")[0], node.file))
            here = [n for n in self.defined.get(last, ()) if n.file in files and n.top_level]
            if not here and self._inside(ref, node.file):
                here = [n for n in self.defined.get(last, ()) if self.project.may_mean(node.file, last, n)]
            found = tuple(here)
            self._known[key] = found
        return found

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
            found = tuple([n for n in self.defined.get(name, ()) if self.project.may_mean(file, name, n)])
            self._known[key] = found
        return found

    def _find(self, node: Node, receiver: str, name: str, *, dotted: bool) -> list[Node]:
        if not dotted:
            return self._plain(node.file, name)
        owner = node.owner or node.around
        if receiver in _ITSELF and owner:
            return self._of_class(owner, name, node.file)
        if not receiver or receiver[0] in ".:" or receiver in _ITSELF:
            return self._unknown(node.file, name)
        return self._on_name(node.file, receiver, name)

    def _plain(self, file: int, name: str) -> list[Node]:
        """`load()`: something of this file that is no method, or an import."""
        target = self._imports[file].get(name)
        if target is not None:
            exact = self._exported(target, file)
            if exact is not None:
                return exact
        return [
            n
            for n in self.defined[name]
            if (n.file == file and not n.owner) or (n.file != file and n.top_level and self.project.may_mean(file, name, n))
        ]

    def _exported(self, target: str, file: int) -> list[Node] | None:
        """What a module of the project defines under the dotted name itself; None when it defines nothing of that name."""
        module, _, name = target.rpartition(".")
        files = set(self.project.files_of(module, file))
        found = [n for n in self.defined.get(name, ()) if n.file in files and n.top_level]
        return found or None

    def _unknown(self, file: int, name: str) -> list[Node]:
        found = self.defined[name]
        if name in _COMMON or len(found) >= _MANY:
            known = self._at_or_above(file)
            found = [n for n in found if not n.owner or (n.file, n.owner.rpartition(".")[2]) in known]
        return [n for n in found if self.project.may_mean(file, name, n)]

    def _at_or_above(self, file: int) -> frozenset[tuple[int, str]]:
        """The classes known in a file, and those above them."""
        found = self._above.get(file)
        if found is None:
            known = self._classes_known(file)
            names = {name for _, name in known}
            above = {base for name in names for base in self._bases(name)}
            found = known | {(number, name) for name in above for number, _ in self.project.classes.get(name, ())}
            self._above[file] = found
        return found

    def _bases(self, name: str) -> frozenset[str]:
        """The classes above one, by bare name."""
        found = self._based.get(name)
        if found is None:
            found = frozenset(_closure([name], self.project.bases) - {name})
            self._based[name] = found
        return found

    def _classes_known(self, file: int) -> frozenset[tuple[int, str]]:
        """The classes, each with its file, that a file defines, says or imports, or that what it imports says: a class that its
        objects are of is among them, or it is handed the objects by somebody else."""
        known = self._classes.get(file)
        if known is None:
            known = self._directly(file)
            for name, target in self.project.files[file].imports:
                for node in (self._exported(target, file) or ()) if "." not in name else ():
                    named = {form.removesuffix("(") for form in node.said} | {ref.rpartition(".")[2] for ref in node.refs}
                    if node.function is not None and node.function.returns is not None:
                        named.update(last_names(node.function.returns))
                    known |= {pair for pair in self._directly(node.file) if pair[1] in named}
            self._classes[file] = known
        return known

    def _directly(self, file: int) -> frozenset[tuple[int, str]]:
        """The classes a file defines or imports."""
        known = self._direct.get(file)
        if known is None:
            index = self.project.files[file]
            found = {(file, item.qualname.rpartition(".")[2]) for item in index.classes}
            inner = [(target, target) for target in index.inner_imports]
            for name, target in (*index.imports, *inner):
                last = target.rpartition(".")[2]
                if "." in name and name != target:
                    continue
                if last in self.project.classes:
                    exact = [n.file for n in self._exported(target, file) or () if n.function is None]
                    found.update([(number, last) for number in exact or [number for number, _ in self.project.classes[last]]])
                for number in self.project.files_of(target, file):  # `import models`: any class of it
                    found.update([(number, item.qualname.rpartition(".")[2]) for item in self.project.files[number].classes])
            known = frozenset(found)
            self._direct[file] = known
        return known

    def _on_name(self, file: int, receiver: str, name: str) -> list[Node]:
        """`orders.load()`: of a module, a class, or what a variable holds."""
        target = self._imports[file].get(receiver)
        if target is None:
            if receiver in self._local_classes[file]:
                return self._of_class(receiver, name, file)
            return [] if receiver in BUILTINS and receiver not in self._variables[file] else self._unknown(file, name)
        files = self.project.files_of(target, file)
        if files:
            here = [n for n in self.defined[name] if n.file in files and n.top_level]
            return here or [n for n in self.defined[name] if n.top_level and self.project.may_mean(file, name, n)]
        last = target.rpartition(".")[2]
        if last in self.project.classes:
            return self._of_class(last, name, file)
        if not self.project.files_of(target.rpartition(".")[0], file) and not self.project.is_folder(target):
            return []  # of a library
        return self._unknown(file, name)

    def _of_class(self, qualname: str, name: str, file: int) -> list[Node]:
        family = self._family(qualname.rpartition(".")[2])
        found = [n for n in self.defined[name] if n.owner.rpartition(".")[2] in family]
        return [n for n in found if self.project.may_mean(file, name, n) or self.project.reach[n.file] >> file & 1]

    def _family(self, name: str) -> frozenset[str]:
        """The classes below a class, and all above those: by bare name."""
        known = self._families.get(name)
        if known is None:
            below = _closure([name], self.project.subclasses)
            known = frozenset(_closure(sorted(below), self.project.bases))
            self._families[name] = known
        return known


def _last_wins(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(pairs)


def _closure(start: list[str], edges: dict[str, set[str]]) -> set[str]:
    done, work = set(start), list(start)
    while work:
        fresh = edges.get(work.pop(), set()) - done
        done |= fresh
        work += sorted(fresh)
    return done

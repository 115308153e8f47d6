"""What is defined under a name, and where: a name such as `update` is defined thousands of times in a large project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex

_HANDED_ON = 3  # modules that import a name to offer it again


class Named:
    """The nodes of one name, in order, told apart by file and class."""

    __slots__ = ("_by_class", "_by_file", "methods", "top")

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.top = [n for n in nodes if n.top_level]  # functions, classes and variables of modules
        self.methods = [n for n in nodes if n.owner]
        self._by_file: dict[int, list[Node]] = defaultdict(list)
        self._by_class: dict[str, list[Node]] = defaultdict(list)
        for node in nodes:
            self._by_file[node.file].append(node)
            self._by_class[node.owner.rpartition(".")[2]].append(node)

    def inside(self, file: int) -> Sequence[Node]:
        """Those of one file."""
        return self._by_file.get(file, ())

    def top_in(self, files: Collection[int]) -> list[Node]:
        """The functions, classes and variables of some modules."""
        if len(files) > len(self.top):
            return [n for n in self.top if n.file in files]
        return [n for file in sorted(files) for n in self._by_file.get(file, ()) if n.top_level]

    def methods_of(self, classes: Collection[tuple[int, str]]) -> list[Node]:
        """The methods of classes given by file and bare name."""
        if len(classes) > len(self.methods):
            return [n for n in self.methods if (n.file, n.owner.rpartition(".")[2]) in classes]
        return _ordered([n for file, name in classes for n in self._by_class.get(name, ()) if n.file == file and n.owner])

    def of_classes(self, names: Collection[str]) -> list[Node]:
        """The methods and attributes of all classes with one of these bare names."""
        return _ordered([n for name in names for n in self._by_class.get(name, ())])


def _ordered(nodes: list[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.number)


_NOTHING = Named(())


class Defined:
    """What the nodes of a project are called: objects held are not among them, nobody says them."""

    def __init__(self, project: ProjectIndex) -> None:
        self._project = project
        self._nodes: dict[str, list[Node]] = defaultdict(list)
        self._named: dict[str, Named] = {}
        for node in project.nodes:
            if not node.held:
                for name in node.names:
                    self._nodes[name].append(node)

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def all(self, name: str) -> Sequence[Node]:
        """Every node of a name."""
        return self._nodes.get(name, ())

    def of(self, name: str) -> Named:
        """The nodes of a name, to be asked for by file and class."""
        named = self._named.get(name)
        if named is None:
            nodes = self._nodes.get(name)
            if nodes is None:
                return _NOTHING
            named = self._named[name] = Named(nodes)
        return named

    def exported(self, target: str, file: int) -> list[Node] | None:
        """What a module defines under a dotted name that a file imports; None when it defines nothing of that name."""
        module, _, name = target.rpartition(".")
        if name not in self._nodes:
            return None
        return self.of(name).top_in(set(self._project.files_of(module, file))) or None

    def handed_on(self, target: str, file: int, steps: int = _HANDED_ON) -> list[Node] | None:
        """The same where the module may itself import it from another one."""
        found = self.exported(target, file)
        module, _, name = target.rpartition(".")
        for number in self._project.files_of(module, file) if found is None and steps else ():
            further = next((other for known, other in self._project.files[number].imports if known == name), None)
            found = self.handed_on(further, number, steps - 1) if further is not None else None
            if found is not None:
                break
        return found

"""Classes by bare name: above and below one another, and known in a file."""

from __future__ import annotations

from session_lint.analysis.index.defined import Defined
from session_lint.analysis.index.project_index import ProjectIndex, last_names


class Families:
    """Answers, once each, which classes a class is related to, and which a file may have objects of."""

    def __init__(self, project: ProjectIndex, defined: Defined) -> None:
        self.project = project
        self._exported = defined.handed_on
        self._beside: dict[str, frozenset[str]] = {}
        self._families: dict[str, frozenset[str]] = {}
        self._above: dict[int, frozenset[tuple[int, str]]] = {}
        self._based: dict[str, frozenset[str]] = {}
        self._classes: dict[int, frozenset[tuple[int, str]]] = {}
        self._direct: dict[int, frozenset[tuple[int, str]]] = {}

    def at_or_above(self, file: int) -> frozenset[tuple[int, str]]:
        """The classes known in a file, and those above them."""
        found = self._above.get(file)
        if found is None:
            known = self._classes_known(file)
            names = {name for _, name in known}
            above = {base for name in names for base in self.bases(name)}
            found = known | {(number, name) for name in above for number, _ in self.project.classes.get(name, ())}
            self._above[file] = found
        return found

    def bases(self, name: str) -> frozenset[str]:
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
            index = self.project.files[file]
            for target in (*(target for name, target in index.imports if "." not in name), *index.inner_imports):
                for node in self._exported(target, file) or ():
                    named = {form.removesuffix("(") for form in node.said} | {ref.rpartition(".")[2] for ref in (*node.refs, *node.holds)}
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

    def beside(self, name: str) -> frozenset[str]:
        """The classes above a class, and above those below it; not those below it, nor itself."""
        found = self._beside.get(name)
        if found is None:
            found = self._beside[name] = self.family(name) - _closure([name], self.project.subclasses)
        return found

    def family(self, name: str) -> frozenset[str]:
        """The classes below a class, and all above those: by bare name."""
        known = self._families.get(name)
        if known is None:
            below = _closure([name], self.project.subclasses)
            known = frozenset(_closure(sorted(below), self.project.bases))
            self._families[name] = known
        return known


def _closure(start: list[str], edges: dict[str, set[str]]) -> set[str]:
    done, work = set(start), list(start)
    while work:
        fresh = edges.get(work.pop(), set()) - done
        done |= fresh
        work += sorted(fresh)
    return done

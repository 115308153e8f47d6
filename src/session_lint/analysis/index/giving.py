"""Objects of a client that one function makes and another works on: collections, tables, indexes, under any name."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.index.kinds import ModelNames, Own
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.analysis.index.seeds import TEXT, Seeded, note
from session_lint.facts.terms import Invoke, Term, dotted, root, walk

_SMALL = 12  # names that a function says which only gives an object
_STEPS = 2  # functions that give what another one gives


class Giving:
    """Adds to what is `seeded` what functions do to objects that others give them, in files that name no client."""

    def __init__(self, project: ProjectIndex, mentioned: Mentioned, seeded: Seeded, models: tuple[ModelNames, ...]) -> None:
        self._project = project
        self._mentioned = mentioned
        self._seeded = seeded
        named = [model for model in models if model.openers and any(one.on_text not in ("", TEXT) for one in model.evidence)]
        self._models = [model for model in named if any(one.asks[0] for one in model.evidence)]
        self._openers = frozenset(name for model in self._models for name in model.openers)
        self._fitting: dict[int, frozenset[int]] = {}
        self._holding: dict[int, dict[str, frozenset[int]]] = {}
        self.givers: set[int] = set()
        for number, given in sorted(self._workers().items()):
            self._work(project.nodes[number], given)

    def _workers(self) -> dict[int, frozenset[int]]:
        """The functions that are given objects, by what they call or by variables of other modules, and of which clients, by number."""
        found: dict[int, frozenset[int]] = {}
        nodes = self._project.nodes
        front = {node.number: made for node in nodes if self._gives(node) and (made := self._made(node.file, node.calls))}
        for _ in range(_STEPS + 1):
            above: dict[int, frozenset[int]] = {}
            work = list(front.items())
            while work:
                number, models = work.pop()
                self.givers.add(number)
                for caller in self._mentioned.callers(number):
                    if models <= found.get(caller, frozenset()):
                        continue
                    found[caller] = found.get(caller, frozenset()) | models
                    if not nodes[caller].real:
                        work.append((caller, models))
                    elif self._gives(nodes[caller]):
                        above[caller] = above.get(caller, frozenset()) | models
            front = above
        self._add_variables(found)
        return {number: models for number, models in found.items() if nodes[number].real}

    def _add_variables(self, found: dict[int, frozenset[int]]) -> None:
        for node in self._project.nodes:
            held = self._variables(node) if node.real and node.said else frozenset()
            if held:
                found[node.number] = found.get(node.number, frozenset()) | held

    @staticmethod
    def _gives(node: Node) -> bool:
        """Whether a function is small and returns something: it may give what it makes, or was given."""
        return node.real and node.function is not None and node.function.returns_value and len(node.said) <= _SMALL

    def _work(self, node: Node, mine: frozenset[int]) -> None:
        """What a function does to what others give it: called here and worked on here, or handed on to one that works on it."""
        found: dict[str, Own] = {}
        for model in mine:
            for one in self._models[model].evidence:
                for name in one.methods & node.calls:
                    if any(form[-1] == "(" and "." in form and form[:-1].rpartition(".")[2] == name for form in node.said):
                        note(found, name, one.bits, {f"@{one.on_text}"})
                for name, names in self._handed(node):
                    if not names.isdisjoint(one.methods):
                        note(found, name, one.bits, {f"@{one.on_text}"})
        self._seeded.add(node.number, found)

    def _handed(self, node: Node) -> Iterator[tuple[str, frozenset[str]]]:
        """The functions that a function calls, with the methods that they call on a parameter."""
        for name, others in self._mentioned.said(node.number).items():
            for other in others:
                function = other.function
                if function is None or not other.real or not function.parameters:
                    continue
                parameters = {parameter.name for parameter in function.parameters}
                on = (form[1:-1].split(".") for form in other.said if form[0] == ":" and form[-1] == "(")
                yield name, frozenset(parts[-1] for parts in on if len(parts) > 1 and parts[0] in parameters)

    def _made(self, file: int, names: frozenset[str]) -> frozenset[int]:
        if names.isdisjoint(self._openers):
            return frozenset()
        return frozenset(number for number in self._of_file(file) if not names.isdisjoint(self._models[number].openers))

    def _of_file(self, file: int) -> frozenset[int]:
        """The clients that a file imports."""
        if file not in self._fitting:
            index = self._project.files[file]
            near = (
                index,
                *(self._project.files[other] for other in self._project.imported[file]),
            )  # a variable of another file is its client's
            imports = frozenset([t for one in near for t in (*(t for _, t in one.imports), *one.inner_imports, *one.star_imports)])
            self._fitting[file] = frozenset(
                number for number, model in enumerate(self._models) if any(one.asks[0] and one.fits(imports) for one in model.evidence)
            )
        return self._fitting[file]

    def _variables(self, node: Node) -> frozenset[int]:
        """The clients of objects that other modules keep in variables, and that a function says by a name it imports."""
        held = self._holding.get(node.file)
        if held is None:
            held = self._holding[node.file] = self._held(node.file)
        if not held:
            return frozenset()
        said = {form.split(".")[0].strip("(") for form in node.said}
        return frozenset(number for name, models in held.items() if name in said for number in models)

    def _held(self, file: int) -> dict[str, frozenset[int]]:
        index = self._project.files[file]
        found: dict[str, frozenset[int]] = {}
        for other in self._project.imported[file]:
            module = self._project.files[other]
            for name, term in module.variables if self._of_file(other) and not self._openers.isdisjoint(module.calls) else ():
                made = self._made(other, frozenset(_called(term)))
                for local, target in index.imports if made else ():
                    if target == f"{module.module}.{name}":
                        found[local] = made
        return found


def _called(term: Term) -> Iterator[str]:
    """The names of the calls that make a value."""
    for part in walk(term):
        if isinstance(part, Invoke):
            name = dotted(part.func) or str(getattr(part.func, "name", ""))
            yield name.rpartition(".")[2]
    start = root(term)
    yield getattr(start, "name", "")

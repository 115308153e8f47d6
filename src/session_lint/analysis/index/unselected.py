"""Why select did not take a function: what its names were looked at for, and what was not there. For `check --explain` alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from session_lint.analysis.index.giving import Giving
from session_lint.analysis.index.kinds import CLEAR, INSERT, OBTAIN, READ, WRITES, Fitting, Own, Seeds, bit_of
from session_lint.analysis.index.lending import Lending
from session_lint.analysis.index.levels import Levels
from session_lint.analysis.index.mentioned import Mentioned
from session_lint.analysis.index.node import Node
from session_lint.analysis.index.project_index import MODULE_LEVEL, ProjectIndex
from session_lint.analysis.index.seeds import Seeded
from session_lint.facts.module_index import ModuleIndex

_MAY = {OBTAIN: "get or create a record", INSERT: "insert", CLEAR: "clear", READ: "look up"}
_MOST = 5  # names or clients in one sentence


class Unselected:
    """Looks at the names of a project as select does, and says what it made of one function. `clients`: their evidence, by name."""

    def __init__(self, indexes: Sequence[ModuleIndex], seeds: Seeds, clients: Mapping[str, Sequence[Fitting]]) -> None:
        self._project = ProjectIndex(indexes)
        self._clients = clients
        self._mentioned = Mentioned(self._project)
        self._seeded = Seeded(self._project, seeds)
        Giving(self._project, self._mentioned, self._seeded, seeds.models)
        Lending(self._project.nodes, self._mentioned, self._seeded, self._project.classes)
        self._levels = Levels(self._project.nodes, self._mentioned, self._seeded.whole, self._seeded.named, self._seeded.trusted)

    def reasons(self, path: str, qualname: str) -> tuple[str, ...]:
        """Why the function was not taken, a sentence each; the first says it in short."""
        nodes = [n for n in self._project.nodes if n.real and n.qualname == qualname and self._project.files[n.file].path == path]
        return tuple(dict.fromkeys(reason for node in nodes for reason in self._of(node)))

    def _of(self, node: Node) -> Iterator[str]:
        where = "this module-level code" if node.qualname == MODULE_LEVEL else "this function"
        may = self._levels.bits[node.number]
        own = self._seeded.own.get(node.number, {})
        if not may:
            yield f"no evidence of a database client in {where}, nor in what it calls"
        elif not may & WRITES:
            yield f"{where} only looks up: by the names in it, nothing is cleared, inserted or obtained here or below"
        else:
            doing = _listed([_MAY[bit] for bit in (OBTAIN, CLEAR, INSERT) if may & bit], "and")
            yield f"by the names in it, {where} may {doing}, but {_partner(may)}"
        yield from self._said(own)
        yield from self._below(node)
        yield from self._wanting(node, own, may)

    def _said(self, own: Mapping[str, Own]) -> Iterator[str]:
        for name in sorted(own)[:_MOST]:
            # one condition may be about several names: of each what its name says, where it says something
            known = own[name].keys() if _tells(name) else {bit_of(name)} & own[name].keys()
            kinds = [bit for bit in (OBTAIN, CLEAR, INSERT, READ) if bit in known]
            hints = sorted({hint for one in own[name].values() for hint in one if hint[0].isalpha() or hint[0] == "_"})
            on = f" on {_listed([f'`{hint}`' for hint in hints[:_MOST]], 'or')}" if hints else ""
            if kinds:
                yield f"`{name}` may {_listed([_MAY[bit] for bit in kinds], 'or')}{on}"

    def _below(self, node: Node) -> Iterator[str]:
        for name, others in sorted(self._mentioned.said(node.number).items())[: 2 * _MOST]:
            bits = 0
            for other in others:
                bits |= self._levels.bits[other.number]
            kinds = [_MAY[bit] for bit in (OBTAIN, CLEAR, INSERT, READ) if bits & bit]
            if kinds:
                own = " (a call of itself counts as a retry or the next level, not as a second time)" if node in others else ""
                yield f"through `{name}` it may {_listed(kinds, 'or')}{own}"

    def _wanting(self, node: Node, own: Mapping[str, Own], may: int) -> Iterator[str]:
        """The clients that know a name called here, each with what would have to be there besides: those of the file's imports first."""
        file = self._project.files[node.file]
        imports = frozenset([*[target for _, target in file.imports], *file.inner_imports])
        text = f" {' '.join(node.said)} "
        called = node.calls - own.keys()
        if own:  # what is there already needs no more of its kind
            missing = {CLEAR, INSERT} - {may & CLEAR, may & INSERT}
            called = frozenset(name for name in called if name.startswith("execute") or bit_of(name) in missing)
        found: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
        for client, evidence in sorted(self._clients.items()):
            about = [one for one in evidence if not one.methods.isdisjoint(called)]
            asked = [(not one.fits(imports), _lacking(one, imports, text), one.methods & called) for one in about]
            if asked and all(lacking for _, lacking, _ in asked):
                nearest = min(ask[:2] for ask in asked)
                names = tuple(sorted({name for foreign, lacking, methods in asked if (foreign, lacking) == nearest for name in methods}))
                found.setdefault((*nearest, names), []).append(client)
        if not found and not own:
            yield "it calls nothing that has the name of a client's method, nor of a get-or-create"
        for (_, lacking, names), clients in sorted(found.items())[:_MOST]:
            said = _listed([f"`{name}`" for name in names[:_MOST]], "and")
            named = clients if len(clients) <= _MOST else [*clients[: _MOST - 1], "others"]
            yield f"{said}: {_listed(named, 'and')} {'know' if len(clients) > 1 else 'knows'} such calls, but {lacking}"


def _tells(name: str) -> bool:
    """Whether a call of the name does what the rest of the function says: it sends a statement, saves a record, or makes it if missing."""
    return name.startswith(("exec", "run", "save")) or "or_create" in name


def _lacking(one: Fitting, imports: frozenset[str], text: str) -> str:
    """What one condition of a client asks for that is not there."""
    packages, parts, _ = one.asks
    if not one.fits(imports):
        asked = [f"`{name}`" for name in packages] + [f"a module named `{name}`" for name in parts]
        return f"the file does not import {_listed(asked[:_MOST], 'or')}" if asked else "the file imports another client with that name"
    if one.says and re.search(one.says, text) is None:
        return "no objects, models or statements of that client are seen in the function"
    return "no text of a statement is seen in the function" if one.words else ""


def _partner(may: int) -> str:
    missing = []
    if may & OBTAIN:
        missing.append("no second get-or-create of the same record")
    if may & (CLEAR | INSERT) == CLEAR:
        missing.append("no insert of the same rows")
    elif may & (CLEAR | INSERT) == INSERT:
        missing.append("no clear of the same rows")
    if not missing:
        return "what is cleared and what is inserted are not the same rows, by their names"
    return f"{_listed(missing, 'and')} {'comes' if len(missing) == 1 else 'come'} with it, here, below, or beside it in a caller"


def _listed(words: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

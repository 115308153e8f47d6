"""What select saw of the clients that a project imports, besides what it chose: a silence is worth as much as this."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from session_lint.analysis.index.kinds import OBTAIN, ModelNames
from session_lint.analysis.index.levels import Levels
from session_lint.analysis.index.project_index import MODULE_LEVEL, ProjectIndex
from session_lint.analysis.index.seeds import Seeded
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.seen import Seen


def spotted(
    project: ProjectIndex, seeded: Seeded, levels: Levels, models: Sequence[ModelNames], muted: frozenset[str], chosen: frozenset[int]
) -> Seen:
    """What there is outside the muted files. `chosen`: the functions that were selected, by number."""
    files = {number for number, index in enumerate(project.files) if index.path not in muted}
    nodes = [node for node in project.nodes if node.real and node.file in files]
    obtaining = levels.of[OBTAIN]
    imported = _imported([project.files[number] for number in sorted(files)], models)
    return Seen(
        files=len(files),
        functions=sum(node.qualname != MODULE_LEVEL for node in nodes),
        analysed=sum(node.number in chosen and node.qualname != MODULE_LEVEL for node in nodes),
        possible=sum(node.number not in chosen and 0 in obtaining.get(node.number, {}).values() for node in nodes),
        clients=tuple(sorted(imported)),
        silent=_silent(project, seeded, models, imported),
    )


def _imported(indexes: Sequence[ModuleIndex], models: Sequence[ModelNames]) -> dict[str, Counter[str]]:
    """The clients that are imported: the packages of each, with the number of files that import it."""
    by_package: dict[str, list[str]] = defaultdict(list)
    for model in models:
        for package in model.packages:
            by_package[package].append(model.name)
    tops = {package.partition(".")[0] for package in by_package}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for index in indexes:
        inside = {name for target in index.targets if target.partition(".")[0] in tops for name in _around(target)}
        for package in inside & by_package.keys():
            for client in by_package[package]:
                found[client][package] += 1
    return found


def _silent(
    project: ProjectIndex, seeded: Seeded, models: Sequence[ModelNames], imported: Mapping[str, Counter[str]]
) -> tuple[tuple[str, int], ...]:
    """The packages of clients of which no call is recognised anywhere, tests included: of a client in several, the most imported one."""
    called: dict[int, set[str]] = defaultdict(set)  # by what judges the files, which have evidence of the same clients
    judges = {}
    for node in project.nodes:
        if node.real and seeded.own.get(node.number):
            judge, _ = seeded.judge(node)
            judges[id(judge)] = judge
            called[id(judge)].update(seeded.own[node.number])
    heard = {one for key, judge in judges.items() for one in judge.about(called[key])}
    quiet = [model.name for model in models if model.name in imported and heard.isdisjoint(map(id, model.evidence))]
    found = (max(imported[name].items(), key=lambda pair: (pair[1], pair[0])) for name in quiet)
    return tuple(sorted({*found}))


def _around(target: str) -> list[str]:
    """A dotted name, and what it is inside of."""
    parts = target.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]

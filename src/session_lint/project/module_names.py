"""The names of the modules of a project, also where two applications in it have a package of one name.

An absolute import means the nearest source root above the importing file that has such a module. So where the modules of two roots
have one name, each goes by the path of its root (`services.desk.app.store`), and what a file imports by that name is renamed with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from session_lint.project.source_roots import module_aliases, module_name

Renamed = tuple[tuple[str, str], ...]  # first names of imports, each with what it means in a file


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """The names by which modules go. `several` are first names that modules of several roots have, each with these roots."""

    roots: tuple[str, ...]
    several: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of_files(cls, paths: Iterable[str], roots: Sequence[str]) -> ModuleNames:
        """The names of some files."""
        named: dict[str, int] = {}
        under: dict[str, set[str]] = defaultdict(set)
        twice: set[str] = set()
        for path in sorted(paths):
            name, is_package = module_name(path, roots)
            head = name.partition(".")[0]
            if name in named and not is_package:  # a package in two places may be one: it has no module twice
                twice.add(head)
            named[name] = 1
            under[head].add(_root(path, roots))
        return cls(tuple(roots), {head: tuple(sorted(under[head])) for head in twice if len(under[head]) > 1})

    def of(self, path: str) -> tuple[str, bool]:
        """The dotted name of a file, and whether it is a package's `__init__.py`."""
        name, is_package = module_name(path, self.roots)
        return (_under(_root(path, self.roots), name) if name.partition(".")[0] in self.several else name), is_package

    def aliases(self, path: str) -> tuple[str, ...]:
        """Every other dotted name by which it may be imported; not one that several modules have."""
        own = self.of(path)[0]
        found = (module_name(path, self.roots)[0], *module_aliases(path, self.roots))
        return tuple(name for name in dict.fromkeys(found) if name != own and name.partition(".")[0] not in self.several)

    def aliased(self, paths: Iterable[str]) -> dict[str, str]:
        """These other names of files, each with the one by which the file goes."""
        return {alias: self.of(path)[0] for path in paths for alias in self.aliases(path)}

    def renamed(self, path: str) -> Renamed:
        """What the first names that several modules have mean in a file: those of the nearest root above it; else of the first there is."""
        found = []
        for head, roots in sorted(self.several.items()):
            above = [root for root in roots if not root or path.startswith(f"{root}/")]
            found.append((head, _under(max(above, key=len) if above else roots[0], head)))
        return tuple(found)

    def plain(self, full: str) -> str:
        """A full name as the files of its application write it."""
        for roots in self.several.values():
            for root in sorted(roots, key=len, reverse=True):
                if root and full.startswith(_under(root, "")):
                    return full.removeprefix(_under(root, ""))
        return full


def meant(target: str, renamed: Renamed) -> str:
    """What a dotted name means that a file imports."""
    for head, other in renamed:
        if target == head or target.startswith(f"{head}."):
            return other + target[len(head) :]
    return target


def _root(path: str, roots: Sequence[str]) -> str:
    return max((root for root in roots if not root or path.startswith(f"{root}/")), key=len, default="")


def _under(root: str, name: str) -> str:
    return f"{root.replace('.', '_').replace('/', '.')}.{name}" if root else name

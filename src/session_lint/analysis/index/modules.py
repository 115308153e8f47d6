"""Which files a dotted name can mean, by where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from session_lint.facts.module_index import ModuleIndex


class Modules:
    """The files of a project, by number: the order they are given in."""

    def __init__(self, files: Sequence[tuple[str, str]]) -> None:
        """`files`: path and dotted module name of each."""
        self._paths = [path for path, _ in files]
        self._by_module: dict[str, list[int]] = defaultdict(list)
        self._by_path_end: dict[str, list[int]] = defaultdict(list)
        self._folders: set[str] = set()
        for number, (path, module) in enumerate(files):
            self._by_module[module].append(number)
            for end in _ends(path):
                self._by_path_end[end].append(number)
            self._folders.update(_folders(path))

    def files_of(self, target: str, path: str) -> Sequence[int]:
        """The files that a dotted target, imported in the file `path`, may mean. A project may be imported from several source
        roots: a target that is no known module still means the files whose path ends like it, and one plain name a file near
        the importing one."""
        exact = self._by_module.get(target)
        if exact is not None or not target:
            return exact or ()
        near = self._by_path_end.get(target, ())
        if "." in target:
            return near
        return [number for number in near if _beside(self._paths[number], path)]

    def imported(self, index: ModuleIndex) -> frozenset[int]:
        """The files an import of this one runs or names: the module, or its parent when the last part is a name in it."""
        out: set[int] = set()
        for target in {*(t for _, t in index.imports), *index.star_imports, *index.inner_imports}:
            out.update(self.files_of(target, index.path))
            out.update(self.files_of(target.rpartition(".")[0], index.path))
        return frozenset(out)

    def is_folder(self, target: str) -> bool:
        """Whether a dotted name may be a folder of the project: a package without an `__init__.py`."""
        return target in self._folders


def _ends(path: str) -> list[str]:
    """The dotted names a file may have, by where the source root is: `a/b/c.py` is a.b.c, b.c or c."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return [".".join(parts[i:]) for i in range(len(parts))]


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return [".".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)]


def _beside(path: str, importing: str) -> bool:
    """Whether a file lies in the folder of the importing one, or in a folder around it."""
    folder = path.removesuffix("/__init__.py").rpartition("/")[0]
    return not folder or importing.startswith(folder + "/")

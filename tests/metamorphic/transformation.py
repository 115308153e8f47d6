"""What one file of `transformations/` holds: a way to write a program differently that means the same."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import ClassVar

import libcst as cst

from metamorphic.code import Numbers
from metamorphic.programs import Program

# The same pair of look-ups is "again in one function", "again in a callee" or "again in a callee that could have been given the record".
# Which of the three it is depends on where the two calls stand, so it changes when a statement moves into or out of a function.
REPEAT = frozenset({"ONE101", "ONE102", "ONE103"})


class Transformation(ABC):
    """Rewrites a program into one that means the same. The docstring says what is written differently; `fits` where.

    `family` are codes that may turn into one another, because the transformation moves statements between functions; `why` is
    the reason. Outside of it each code must stay what it is.
    """

    fits: ClassVar[str]
    family: ClassVar[frozenset[str]] = frozenset()
    why: ClassVar[str] = ""
    least: ClassVar[int] = 15  # how many scenarios it fits at least, so that it cannot become vacuous unnoticed

    @property
    def name(self) -> str:
        """The stem of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        """The files of the rewritten program. Where it does not fit, a file stays as it is. Comments move with their statements."""

    def apply(self, program: Program) -> Program | None:
        """The rewritten program; None when the transformation does not fit it, or only files that other programs have too."""
        modules = {path: parsed(text) for path, text in program.files if path.endswith(".py")}
        rewritten = self.rewrite(dict(modules), program)
        others = tuple((path, text) for path, text in program.files if path not in modules)
        texts = dict(program.files)
        files = (*((path, texts[path] if modules.get(path) is module else module.code) for path, module in rewritten.items()), *others)
        own = {path for path, _ in set(program.files) - set(files)} - program.shared
        return Program(program.name, files, program.settings, program.shared) if own else None


class FileByFile(Transformation):
    """A transformation that looks at one file at a time."""

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        numbers = Numbers(program.texts)
        return {path: self.rewrite_file(path, module, numbers) for path, module in modules.items()}

    @abstractmethod
    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        """The file, rewritten."""


@functools.lru_cache(maxsize=4096)
def parsed(text: str) -> cst.Module:
    """The tree of a file."""
    return cst.parse_module(text)

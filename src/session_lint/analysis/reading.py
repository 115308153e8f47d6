"""The library models as the program asks them: of any call, in any file, with what is known of its receiver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from session_lint.analysis.extract.effects import Effects
from session_lint.analysis.program.clients import Roles
from session_lint.clients.library_model import Handle, LibraryModel
from session_lint.clients.statement_library import StatementLibrary
from session_lint.facts.effects import Effect
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Invoke

_READ = 8
_WRITES = 2 | 4  # insert, clear: Evidence.bits
_TEXT = "sql"
_COMMON = frozenset(
    {"update", "set", "clear", "remove", "discard", "pop", "get", "all", "values", "value", "one", "select", "first", "query"}
)


class Readers:
    """The models over the files of one project. What a file imports counts where the call stands, not where it is made."""

    def __init__(
        self,
        models: Sequence[LibraryModel],
        indexes: Iterable[ModuleIndex],
        libraries: Sequence[StatementLibrary] = (),
        changing: frozenset[str] = frozenset(),
    ) -> None:
        self.changing = changing
        self._models = tuple(models)
        self._libraries = tuple(libraries)
        self._indexes = {index.module: index for index in indexes}
        self._effects: dict[str, Effects] = {}
        self._known: dict[str, Handle | None] = {}

    @cached_property
    def methods(self) -> frozenset[str]:
        """The last components of the called names that may have an effect."""
        return frozenset(name for model in self._models for name in model.methods)

    @cached_property
    def writing(self) -> frozenset[str]:
        """Those of them that may write, whatever they are called on or handed; not what every dict and set has too."""
        found = {name for model in self._models for one in model.evidence if one.bits & _WRITES for name in one.methods}
        return frozenset(found) - _COMMON

    @cached_property
    def looking(self) -> frozenset[str]:
        """Those of them that at most look something up; where they are handed a statement as text, that says what they do."""
        told = [one for model in self._models for one in model.evidence if one.on_text != _TEXT]
        others = {name for one in told if one.bits != _READ for name in one.methods}
        return frozenset(name for one in told for name in one.methods) - others

    @cached_property
    def _handles(self) -> tuple[tuple[re.Pattern[str], Handle], ...]:
        return tuple((re.compile(handle.origin), handle) for model in self._models for handle in model.handles)

    def read(self, module: str, call: Invoke, roles: Roles, driver: str = "") -> tuple[Effect, ...]:
        """The effects of a call that stands in a module. `driver`: a package that runs it, whatever the module imports."""
        if module not in self._effects:
            index = self._indexes.get(module)
            if index is None:
                return ()
            self._effects[module] = Effects(self._models, index)
        return self._effects[module].of(call, roles, driver=driver)

    def runs_on(self, client: str) -> str:
        """The role of what the effects of a client run on, where they show it."""
        return next((model.runs_on for model in self._models if model.stem == client), "")

    def waits(self, client: str) -> bool:
        """Whether what a client writes is final only at a commit."""
        return any(model.waits for model in self._models if model.stem == client)

    def of_package(self, package: str) -> frozenset[str]:
        """The clients whose mapped classes come from a package; none where it is no client's."""
        named = (model for model in self._models if any(one.partition(".")[0] == package for one in model.packages))
        return frozenset(model.stem for model in named)

    def handle(self, origin: str) -> Handle | None:
        """What a value is that came of this: a dotted name with the calls that made it."""
        if origin not in self._known:
            self._known[origin] = next((handle for pattern, handle in self._handles if pattern.fullmatch(origin)), None)
        return self._known[origin]

    @property
    def runs_statements(self) -> bool:
        """Whether a library is in use that makes methods of named statements."""
        return bool(self._libraries)

    def library(self, origin: str) -> StatementLibrary | None:
        """The library that makes methods of named statements of what came of this."""
        return next((library for library in self._libraries if re.fullmatch(library.origin, origin)), None)

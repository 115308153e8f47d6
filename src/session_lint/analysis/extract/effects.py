"""Asking the library models what calls, `with` blocks and decorators do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from session_lint.analysis.extract.origins import Origins
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.facts.effects import Effect, Scope, ScopeKind
from session_lint.facts.module_facts import CallSite
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.telling_names import is_lock
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, strip


def called_name(func: Term) -> str:
    """The last component of a callee's name, "" when it has none."""
    func = strip(func)
    if isinstance(func, (Attr, Param)):
        return func.name
    if isinstance(func, Ref):
        return func.name.rsplit(".", 1)[-1]
    return ""


class Effects:
    """The library models, ready to be asked about one file."""

    __slots__ = ("_by_method", "_contexts", "_imports", "_models", "_origins")

    def __init__(self, models: Sequence[LibraryModel], index: ModuleIndex) -> None:
        targets = (target for _, target in index.imports)
        self._imports = frozenset((*targets, *index.inner_imports, *index.star_imports))
        self._origins = Origins(index)
        self._contexts: dict[str, FileContext] = {}
        self._models = tuple(models)
        self._by_method = _by_method(self._models)

    def _context(self, qualname: str) -> FileContext:
        """What is known in a function of the file."""
        context = self._contexts.get(qualname)
        if context is None:
            context = self._contexts[qualname] = FileContext(self._imports, origins=partial(self._origins.of, qualname=qualname))
        return context

    def of(self, call: Invoke, role: Callable[[Term], str] | None = None, qualname: str = "", *, driver: str = "") -> tuple[Effect, ...]:
        """The effects of a call in a function, in the order of the models, each once. `role` says what a receiver is known to be,
        `driver` what runs it besides what the file imports."""
        context = self._context(qualname)
        if role is not None or driver:
            imports = context.imports | {driver} if driver else context.imports
            context = FileContext(imports, role if role is not None else context.role, context.origins)
        models: Iterable[LibraryModel] = self._by_method.get(called_name(call.func), ())
        found = [effect for model in models for effect in model.effects(call, context)]
        return tuple(dict.fromkeys(found))

    def scope(self, term: Term, qualname: str, bound: Term | None = None) -> Scope | None:
        """The unit a `with` item or a decorator opens. `bound` is what the `as` name stands for."""
        for model in self._models:
            scope = model.scope(term, self._context(qualname))
            if scope is not None:
                return replace(scope, connection=bound) if scope.connection is None else scope
        return Scope(ScopeKind.LOCK, connection=strip(term)) if is_lock(term) else None


@lru_cache(maxsize=8)  # the same for every file of a project
def _by_method(models: tuple[LibraryModel, ...]) -> Mapping[str, Sequence[LibraryModel]]:
    """The models that want to see the calls of a name."""
    found: dict[str, list[LibraryModel]] = {}
    for model in models:
        for method in model.methods:
            found.setdefault(method, []).append(model)
    return found


def take_over(calls: list[CallSite], func: Term, effects: tuple[Effect, ...]) -> None:
    """A further step of a chain says more of one statement, `T.insert(...).on_conflict(...)`: the step before it does not run one."""
    before = strip(func.base) if isinstance(func, Attr) else None
    if isinstance(before, Invoke) and 0 <= before.site < len(calls):
        said = {(one.client, one.resource, one.verb) for one in effects}
        inner = calls[before.site]
        kept = tuple(one for one in inner.effects if (one.client, one.resource, one.verb) not in said)
        if kept != inner.effects:
            calls[before.site] = replace(inner, effects=kept)

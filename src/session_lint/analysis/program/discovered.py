"""The getters of the program with their evidence, and the functions that may be getters although nothing shows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from session_lint.analysis.entry_points import marked
from session_lint.analysis.program.call_texts import call_text
from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.getters import INFRASTRUCTURE_NAMES, base_sites, key_columns, memoised, returned_sites
from session_lint.analysis.program.keys import IDENTITY, name_of
from session_lint.analysis.program.lambdas import is_lambda
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.measures import record
from session_lint.analysis.program.refusing import refuses
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.facts.effects import EffectKind
from session_lint.facts.getters import Evidence, Getter
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite
from session_lint.facts.summary import Check
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Term, Unknown, root, show, walk

_CALLS = 3  # calls that a candidate makes, as evidence
_IDENTITIES = IDENTITY | {"user_id", "session_id"}


def discovered(linker: Linker, muted: frozenset[str]) -> tuple[Getter, ...]:
    """Every getter and candidate outside muted files, by place."""
    return _Discovery(linker, muted).getters()


def with_races(found: Iterable[Getter], checks: Iterable[Check]) -> tuple[Getter, ...]:
    """The getters, each with what becomes of two requests in it that both find nothing, where nothing keeps them apart."""
    races = {one.function: one for one in checks}
    return tuple(replace(one, evidence=(*one.evidence, _race(races[one.function]))) if one.function in races else one for one in found)


def _race(check: Check) -> Evidence:
    harm = "one of them fails" if check.schema.by is not None else "both insert"
    return Evidence(f"two requests can both find nothing: {harm}", check.made)


class _Discovery:
    def __init__(self, linker: Linker, muted: frozenset[str]) -> None:
        self._linker = linker
        self._muted = muted
        self._dependents: dict[str, Place] = {}
        self._results: dict[str, Counter[str]] = {}

    def getters(self) -> tuple[Getter, ...]:
        for full in sorted(self._linker.facts):
            self._note_uses(full)
        found = []
        for full, function in sorted(self._linker.symbols.functions.items()):
            if (
                function.path not in self._muted
                and not self._linker.names.denied(full)
                and not is_lambda(full)
                and full in self._linker.facts
                and not function.is_abstract
                and not any(marked(decorator) is not None for decorator in function.index.decorators)  # a framework calls it, nobody else
            ):
                getter = self._known(full, function) or self._candidate(full, function)
                if getter is not None and not self._obtains_nothing(full, function):
                    found.append(getter)
        return tuple(sorted(found, key=lambda getter: (getter.place, getter.function)))

    # -- how callers use it ------------------------------------------------------------------------------------------

    def _note_uses(self, full: str) -> None:
        linker, facts = self._linker, self._linker.facts[full]
        targets = {site.index: [t.full for t in linker.resolver.resolve(full, site).targets] for site in facts.calls}
        for site in facts.calls:
            if self._is_dependency(full, site):
                for target in targets[site.index]:
                    self._dependents.setdefault(target, Place(linker.paths[full], site.name_span))
        terms = [term for site in facts.calls for term in (*site.args, *(value for _, value in site.kwargs), site.func)]
        for part in {part for term in (*terms, *facts.returns) for part in walk(term)}:
            name, base = _identity(part)
            if name and isinstance(base, Invoke):
                for target in targets.get(base.site, ()):
                    self._results.setdefault(target, Counter())[name] += 1

    def _is_dependency(self, full: str, site: CallSite) -> bool:
        function = self._linker.symbols.functions.get(full)
        return site.indirect and not site.concurrent and function is not None and site.span.row < function.index.body_line

    def _result(self, full: str) -> str:
        found = self._results.get(full)
        return min(found, key=lambda name: (-found[name], name)) if found else ""

    # -- getters that the analysis sees ------------------------------------------------------------------------------

    def _known(self, full: str, function: FunctionSymbol) -> Getter | None:
        summary = self._linker.summary(full)
        event = summary.getter or summary.remembered
        if event is None:
            return None
        configured = self._linker.names.configured(full)[0]
        evidence = [*self._body(full, function, event)]
        if configured:
            evidence.append(Evidence("the settings name it"))
        elif self._linker.names.shape(function.index.name) and event.resource != Op("function", (Ref(full),)):
            evidence.append(Evidence("its name says so"))
        if summary.remembered is not None:
            kept = "a decorator keeps" if memoised(function, self._linker.names) else "it keeps"
            evidence.append(Evidence(f"{kept} the result: a second call is no finding"))
        if full in self._dependents:
            evidence.append(Evidence("is a dependency of the framework", self._dependents[full]))
        return Getter(
            full,
            self._place(full),
            "configured" if configured else "known",
            tuple(evidence),
            self._keys(full, function, event),
            self._result(full),
        )

    def _obtains_nothing(self, full: str, function: FunctionSymbol) -> bool:
        """Whether a function writes an argument into the row that it finds, or refuses a row that is there, whatever else it looks like."""
        summary = self._linker.summary(full)
        event = summary.getter
        if event is None or summary.wraps or self._linker.names.configured(full)[0]:
            return False
        if event.sets:
            return True
        read = self._look_up(full, event)
        if read is None:
            return event.effect is not None and event.effect.kind is EffectKind.UPSERT and _SETS.match(function.index.name) is not None
        walked = self._linker.walks[full]
        return refuses(read, walked, Rows(self._linker.facts[full], self._linker.symbols, partial(self._linker.spelled, full), walked))

    def _body(self, full: str, function: FunctionSymbol, event: Event) -> Iterator[Evidence]:
        kind = None if event.effect is None else event.effect.kind
        what = _name(event.resource, event.text)
        read = self._look_up(full, event)
        if event.callee and len(event.path) == 1 and kind is not EffectKind.UPSERT and read is None:
            yield Evidence(f"returns what the getter `{event.callee.rpartition('.')[2]}` gives", event.place)
        elif read is not None:
            yield Evidence(f"looks {what} up", read.place)
            yield Evidence("inserts it when it is missing", event.place)
        elif event.callee:
            yield Evidence(f"returns what `{event.callee.rpartition('.')[2]}` gives", event.path[0].place)
        elif kind is EffectKind.UPSERT:
            yield Evidence(f"upserts {what} and returns the row", event.place)
        elif event.site >= 0 and event.text:
            yield Evidence(f"returns `{event.text}`", event.place)
        else:
            yield Evidence(f"its name `{function.index.name}` says so, and it makes something")

    def _look_up(self, full: str, event: Event) -> Event | None:
        """The read whose row the getter returns, when it is one by look-up and insert."""
        for read in self._linker.walks[full].events:
            if read.kind is EffectKind.READ and read.site != event.site and read.columns == event.columns:
                return read
        return None

    def _keys(self, full: str, function: FunctionSymbol, event: Event) -> tuple[str, ...]:
        configured = self._linker.names.configured(full)[1]
        if configured is not None:
            return (configured,)
        bound = {p.name for p in function.index.parameters[:1]} if function.kind in {"instance", "class"} else set()
        used = {r.name for _, value in event.columns for r in (root(part) for part in walk(value)) if isinstance(r, Param)}
        return tuple(p.name for p in function.index.parameters if p.name in used - bound and p.name not in INFRASTRUCTURE_NAMES)

    def _place(self, full: str) -> Place:
        return Place(self._linker.paths[full], self._linker.facts[full].name_span)

    # -- and those it does not ---------------------------------------------------------------------------------------

    def _candidate(self, full: str, function: FunctionSymbol) -> Getter | None:
        columns = key_columns(function, self._linker.facts[full], self._linker.walks[full].events, None)
        keys = tuple(name for name, value in columns if name not in {"self", "cls"} and value == Param(name))
        found = self._by_name(full, function, keys) or self._by_library(full) or self._by_parts(full)
        if found is None:
            return None
        evidence, reason, suggested = found
        return Getter(full, self._place(full), "candidate", evidence, keys, self._result(full), reason, suggested and bool(keys))

    def _by_name(self, full: str, function: FunctionSymbol, keys: tuple[str, ...]) -> tuple[tuple[Evidence, ...], str, bool] | None:
        if not self._linker.names.shape(function.index.name):
            return None
        outside = list(self._outside_calls(full))
        evidence = (Evidence(f"its name `{function.index.name}` says so"), *outside[:_CALLS])
        if not keys:
            return evidence, "no argument picks the record", False
        if self._linker.summary(full).writes:
            return evidence, "what it makes seems to be kept in this process, or for other keys", False
        if outside:
            return evidence, "nothing it calls is known to make a record", "ensure" not in function.index.name
        return evidence, "nothing in its body leaves this process", False

    def _outside_calls(self, full: str) -> Iterator[Evidence]:
        """The calls whose effect is not known: into libraries, or to what cannot be resolved."""
        for site in self._linker.facts[full].calls:
            link = self._linker.resolver.resolve(full, site)
            named = root(site.func)
            standard = isinstance(named, Ref) and named.name.partition(".")[0] in _QUIET
            if not link.targets and not site.effects and not standard and (site.awaited or _remote(site.func)):
                yield Evidence(f"calls `{call_text(site)}`, of which nothing is known", self._at(full, site))

    def _by_library(self, full: str) -> tuple[tuple[Evidence, ...], str, bool] | None:
        """`return stripe.Customer.get_or_create(email)`: a getter of a library that no model knows."""
        facts = self._linker.facts[full]
        returned = returned_sites(facts, self._linker.symbols, identity=True)
        for site in facts.calls:
            name = name_of(site.func) or ""
            link = self._linker.resolver.resolve(full, site)
            if site.index in returned and not site.effects and not link.targets and self._linker.names.shape(name):
                evidence = (Evidence(f"returns `{call_text(site)}`", self._at(full, site)),)
                return evidence, "that is a call of a library that the analysis does not know", "or_" in name
        return None

    def _by_parts(self, full: str) -> tuple[tuple[Evidence, ...], str, bool] | None:
        """A look-up and an insert when nothing was found, of which the row is not what is returned."""
        if not self._linker.facts[full].returns:
            return None
        events = [e for e in self._linker.walks[full].events if len(e.path) == 1]
        symbols = self._linker.symbols
        for insert in events:
            if insert.kind is not EffectKind.INSERT or (insert.effect is not None and insert.effect.many) or insert.loops:
                continue
            for read in events:
                if read.kind is not EffectKind.READ or not read.columns or not same_resource(read.resource, insert.resource):
                    continue
                if any(not c.holds and read.site in set(base_sites(c.term, symbols)) for c in insert.conditions):
                    what = _name(read.resource, read.text)
                    evidence = (Evidence(f"looks {what} up", read.place), Evidence("inserts it when it is missing", insert.place))
                    return evidence, "it may return something else than the row", _ASKS.match(full.rpartition(".")[2]) is not None
        return None

    def _at(self, full: str, site: CallSite) -> Place:
        return Place(self._linker.paths[full], site.name_span)


_SETS = re.compile(r"_*a?(?:set|save|update|put|store|write|mark|replace)(?:_|$)")
_QUIET = {"builtins", "logging", "json", "datetime", "typing", "re", "os", "uuid", "time"}
_REMOTE = {"post", "put", "request", "rpc", "execute", "send", "call", "invoke", "fetch"}
_ASKS = re.compile(r"_*a?(?:get|find|load|fetch|obtain|resolve|lookup|retrieve)(?:_|$)")


def _remote(func: Term) -> bool:
    """Whether a call leaves the process, by its name: `requests.get(url)` does, `options.get(key)` does not."""
    name = name_of(func) or ""
    return name in _REMOTE or (name == "get" and isinstance(func, Attr) and isinstance(func.base, Ref))


def _identity(part: Term) -> tuple[str, Term | None]:
    """The name by which a record is known, and the record: `session.id`, `session["id"]`."""
    match part:
        case Attr(base, name) | Item(base, Const(str(name))) if name in _IDENTITIES:
            while isinstance(base, Item) and base.key == Const(0):
                base = base.base
            return name, base
    return "", None


def _name(resource: Term | None, text: str) -> str:
    if resource is None or isinstance(resource, Unknown | Op):
        return "a record"
    name = record(resource, text) if isinstance(resource, Ref | Const) else show(resource)
    return f"`{name.rpartition('.')[2] or name}`"

"""The program: what all the extracted facts say together. Read-only; rules query it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, partial

from session_lint.analysis.program.checks import checks
from session_lint.analysis.program.clients import Clients, NoClients
from session_lint.analysis.program.cures import declaring, hindered, instead, with_limits
from session_lint.analysis.program.definitions import definitions, handed, links
from session_lint.analysis.program.edges import call_graph
from session_lint.analysis.program.getters import GetterNames
from session_lint.analysis.program.inserted import Inserted, with_several
from session_lint.analysis.program.known_callers import KnownCallers
from session_lint.analysis.program.lambdas import is_lambda, lambda_symbol
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.missing_sets import told_once, with_finer, with_kinds
from session_lint.analysis.program.repeats import repeats
from session_lint.analysis.program.replacements import replacements
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.tables import Declarations, Tables
from session_lint.analysis.program.unconstrained import unconstrained
from session_lint.facts.cost import EntryCost
from session_lint.facts.effects import Advice, EffectKind
from session_lint.facts.finding import Unresolved
from session_lint.facts.getters import Getter
from session_lint.facts.intent import Intent
from session_lint.facts.location import Place
from session_lint.facts.module_facts import FunctionFacts, ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.statement_file import StatementFile
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained
from session_lint.facts.terms import Const, Invoke, Op, Term, dotted, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.program.why import Why

_ENDS = {EffectKind.BEGIN, EffectKind.COMMIT, EffectKind.ROLLBACK, EffectKind.OPEN}
_OF_A_LIBRARY = {"groups", "user_permissions", "permissions"}  # of the users and groups that come with Django
_MANY = ("manytomany", "taggable")
_ONE = ("foreignkey", "genericrelation")


class Program:
    """Everything known of the analysed project.

    `repeats`: records obtained twice. `replacements`: keys cleared, then inserted again. `checks`: rows inserted where a look-up found
    none. `unresolved`: calls that could
    not be linked, with the reason. `resolved_calls`, `outside_calls`: how many could, and how many go to libraries.
    Each is worked out when it is first asked for: the call graph needs none of them.
    """

    def __init__(
        self,
        indexes: Iterable[ModuleIndex],
        facts: Iterable[ModuleFacts],
        names: GetterNames,
        aliases: Mapping[str, str] | None = None,
        muted: frozenset[str] = frozenset(),
        advice: Mapping[str, Advice] | None = None,
        clients: Clients | None = None,
        statements: Mapping[str, tuple[StatementFile, ...]] | None = None,
        declarations: Declarations | None = None,
        alone: frozenset[str] = frozenset(),
    ) -> None:
        """`aliases`: other names of modules. `muted`: files in which no finding may start or stand. `advice`: by client.
        `clients`: the library models, for calls of which the program knows more than their function says. `statements`: the files of
        statements that a Python file refers to, by its path. `declarations`: what tables are declared by. `alone`: the files of programs
        that do one thing at a time."""
        self._alone = alone
        self._advice = dict(advice or {})
        self._clients = clients if clients is not None else NoClients()
        self._statements = dict(statements or {})
        self._declarations = declarations if declarations is not None else Declarations()
        found = list(indexes)
        self._names = names
        self._relations = relations(found)
        self._muted = muted
        self._functions: dict[str, FunctionFacts] = {}
        self._paths: dict[str, str] = {}
        self._symbols = symbols = SymbolTable(found, aliases or {})
        named = {index.path: name for name, index in symbols.modules.items()}
        for module in facts:
            for function in module.functions:
                name = named[module.path]
                full = name if function.qualname == "<module>" else symbols.facts_name(name, function.qualname, function.name_span.row)
                if is_lambda(full):
                    symbols.functions[full] = lambda_symbol(full, name, module.path, function)
                self._functions[full] = function
                self._paths[full] = module.path

    @cached_property
    def _linker(self) -> Linker:
        return Linker(self._symbols, self._functions, self._paths, self._names, self._clients, self._statements, self._alone)

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        return tuple(full for full in sorted(self._functions) if self._paths[full] not in self._muted)

    @cached_property
    def repeats(self) -> tuple[Repeat, ...]:
        """Records obtained twice."""
        found = repeats(self._linker, self._sources, self._callers, KnownCallers(self._linker, self._callers).all_of)
        return tuple(one for one in found if one.second.path not in self._muted)

    @cached_property
    def schema(self) -> Tables:
        """The tables of the project."""
        return Tables(self._symbols, self._declarations)

    @cached_property
    def _callers(self) -> Callable[[str], frozenset[str]]:
        return cache(partial(_callers, self._symbols, self._muted))

    @cached_property
    def replacements(self) -> tuple[Replacement, ...]:
        """Keys cleared, then inserted again."""
        found = replacements(self._linker, self._sources, relations=self._relations, schema=self.schema)
        return tuple(one for one in found if one.insert.path not in self._muted)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Rows looked for, and inserted where there were none."""
        return with_finer(with_kinds(self._checks, self._wanting), self._wanted)

    @cached_property
    def _wanting(self) -> tuple[Check | Unconstrained, ...]:
        """All of which it is shown that they want a unique set."""
        return (*(one for one in self._checks if one.certain), *self._unconstrained[0])

    @cached_property
    def _wanted(self) -> tuple[Check | Unconstrained, ...]:
        """The same, with the sets that they want in view of one another."""
        certain, getters = (one for one in self._checks if one.certain), self._unconstrained[0]
        return (*with_kinds(certain, self._wanting), *with_kinds(getters, self._wanting))

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        """Without versions and jobs: rows that others insert unseen, of which one is only assumed or taken in some order."""
        return tuple(one for one in self._looked if one.several is None or (one.certain and not one.ordered))

    @cached_property
    def _looked(self) -> tuple[Check, ...]:
        """The same, with those of which others insert such rows unseen."""
        told = tuple(one for one in checks(self._linker, self._sources, self.schema) if one.insert.path not in self._muted)
        return with_several(told, Inserted(self._linker, self._sources, self.schema, told))

    @cached_property
    def _unconstrained(self) -> tuple[tuple[Unconstrained, ...], int]:
        found, unsettled = unconstrained(self._linker, self._sources, self.schema, self._muted)
        inserted = Inserted(self._linker, self._sources, self.schema, self._checks if found else ())
        return with_several(found, inserted), unsettled

    @cached_property
    def unconstrained(self) -> tuple[Unconstrained, ...]:
        """Getters and upserts of libraries by a key that no unique set of their table covers: one for each set that is missing."""
        found = (one for one in self._unconstrained[0] if one.place.path not in self._muted)
        return told_once(with_finer(with_kinds(found, self._wanting), self._wanted))

    @property
    def unsettled(self) -> int:
        """How many of them there are of which the schema does not tell whether one does."""
        return self._unconstrained[1]

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """Calls that could not be linked, with the reason."""
        return self._calls[0]

    @property
    def resolved_calls(self) -> int:
        """How many calls could be linked."""
        return self._calls[1]

    @property
    def outside_calls(self) -> int:
        """How many calls go to libraries."""
        return self._calls[2]

    @property
    def effect_calls(self) -> tuple[int, int]:
        """How many calls do something to stored state or look at it, outside muted files; and how many get or create a record."""
        found = [{one.kind for one in site.effects} for full in self._sources for site in self._functions[full].calls if site.effects]
        return sum(bool(kinds - _ENDS) for kinds in found), sum(EffectKind.OBTAIN in kinds for kinds in found)

    @property
    def getter_count(self) -> int:
        """How many functions outside muted files are getters, those included that keep what they obtain."""
        summaries = (self._linker.summary(full) for full in self._sources)
        return sum(one.getter is not None or one.remembered is not None for one in summaries)

    @cached_property
    def _calls(self) -> tuple[tuple[Unresolved, ...], int, int]:
        linker, paths = self._linker, self._paths
        unresolved: list[Unresolved] = []
        resolved = outside = 0
        for full in sorted(linker.facts):
            for site in linker.facts[full].calls:
                link = linker.resolver.resolve(full, site)
                if link.targets:
                    resolved += 1
                elif link.reason == "outside":
                    outside += 1
                elif link.reason != "no call":
                    unresolved.append(Unresolved(link.reason, Place(paths[full], site.name_span), show(site.func)))
        for full, count in sorted(linker.limits.hits.items()):
            place = Place(paths[full], linker.facts[full].name_span)
            unresolved.append(Unresolved("limit: effects left out of a summary", place, f"{full} ({count})"))
        return tuple(unresolved), resolved, outside

    def costs(self) -> tuple[tuple[EntryCost, ...], int]:
        """The entry points that obtain something, with what their worst path costs; and how many obtain nothing."""
        from session_lint.analysis.program.entries import entry_costs  # for this alone

        return entry_costs(self._linker, self._muted)

    def getters(self) -> tuple[Getter, ...]:
        """The getters with their evidence, and the functions that may be getters."""
        from session_lint.analysis.program.discovered import discovered, with_races  # for this alone

        return with_races(discovered(self._linker, self._muted), self.checks)

    def why(self) -> Why:
        """Answers to why something is reported, or is not."""
        from session_lint.analysis.program.why import answering  # for this alone

        found = ((self.replacements, self.repeats), (self._looked, self.checks), self.unconstrained)
        return answering(self._linker, self._sources, self.schema, *found)

    def graph(self) -> dict[str, tuple[str, ...]]:
        """The call graph as resolved: full names, sorted."""
        return call_graph(self._symbols, self._functions)

    def intent(self, material: Repeat | Replacement | Check | Unconstrained) -> Intent:
        """What a repair of it starts from."""
        first = material.first_chain if isinstance(material, Repeat) else material.first
        steps = (*first, *material.chain, *(material.again_chain if isinstance(material, Repeat) else ()))
        names = {material.function, *(step.function for step in steps)}
        found = links(self._linker, steps) if isinstance(material, Repeat) else ()
        if isinstance(material, Repeat):
            names |= {material.callee, material.first_function, material.second_function}
            names.update(target for link in found if not link.indirect for target in link.targets)
        return Intent(material, definitions(self._linker, names, self._handed), found)

    @cached_property
    def _handed(self) -> frozenset[str]:
        return handed(self._linker)

    def constraint(self, found: Check | Unconstrained) -> str:
        """How to declare what is missing, with what that would not do."""
        table = self.schema.of_model(declaring(found)) or found.schema.table
        return with_limits(self.schema.advice(table, found.wanted), found) if table is not None else ""

    def hindered(self, found: Check | Unconstrained) -> str:
        """What to do where no constraint can keep the rows of a key apart; "" where one can."""
        return hindered(found)

    def instead(self, check: Check) -> str:
        """What to write in the place of a look-up and insert."""
        return instead(self.advice(check.client), check)

    def advice(self, client: str) -> Advice:
        """What to write instead, in the idiom of a client."""
        return self._advice.get(client, Advice())


def _callers(symbols: SymbolTable, muted: frozenset[str], full: str) -> frozenset[str]:
    """The functions outside muted files that mention the bare name of a function, in the same application: whoever may call it."""
    wanted = frozenset((full.rsplit(".", 1)[-1],))
    own = symbols.functions.get(full) or symbols.variables.get(full)
    renamed = symbols.modules[own.module].renamed if own is not None else ()
    return frozenset(
        f"{module}.{function.qualname}"
        for module, index in symbols.modules.items()
        if index.path not in muted and index.renamed == renamed
        for function in index.functions
        if function.flow is None and not wanted.isdisjoint(function.calls)
    )


def relations(indexes: Iterable[ModuleIndex]) -> frozenset[str]:
    """The relations that classes declare, by either end's name."""
    return frozenset(_OF_A_LIBRARY).union(
        name for index in indexes for cls in index.classes for attribute, value in cls.attributes for name in _names(attribute, value)
    )


def _names(attribute: str, value: Term) -> Iterator[str]:
    """The names that one field gives: its own when it holds many records, and the one that it has from the other side."""
    annotation = value.operands[0] if isinstance(value, Op) and value.kind == "annotation" and value.operands else None
    field = annotation if annotation is not None else value
    kind = (dotted(field.func if isinstance(field, Invoke) else field) or "").rsplit(".", 1)[-1].lower()
    many = any(part in kind for part in _MANY)
    if many or kind == "genericrelation":
        yield attribute
    other = field.kwarg("related_name") if isinstance(field, Invoke) and (many or any(part in kind for part in _ONE)) else None
    if isinstance(other, Const) and isinstance(other.value, str):
        yield other.value

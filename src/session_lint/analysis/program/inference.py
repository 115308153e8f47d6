"""Types of terms: from annotations, constructors, return values, class attributes; never by a bare method name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from session_lint.analysis.program.annotations import Annotations
from session_lint.analysis.program.autocommit import asks
from session_lint.analysis.program.library_calls import LibraryCalls
from session_lint.analysis.program.members import Members
from session_lint.analysis.program.reads import CUT, Noted, Reads, drop
from session_lint.analysis.program.results import Results
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, ModuleSymbol, SymbolTable, VariableSymbol
from session_lint.analysis.program.values import (
    ClassValue,
    ContainerValue,
    ElementsValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    OutsideValue,
    RowsValue,
    Value,
)
from session_lint.facts.flow import is_flow, written
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.telling_names import INJECTING
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Element,
    Given,
    Invoke,
    Item,
    Mapping as MappingTerm,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    dotted,
)

_MOST = 12  # values of one term
_NESTED = 40  # terms under inference at one time


class Inference:
    """Infers values of terms. Results are memoised; recursion is cut, not followed.

    `exact`: for the call graph, `self` is of every class in use. The rules ask for what is surely meant instead.
    """

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts], *, exact: bool = False) -> None:
        self.symbols = symbols
        self.facts = facts
        self.bindings: dict[tuple[str, str], tuple[Value, ...]] = {}  # what callers hand to a parameter, or an attribute of a class
        self.contents: dict[str, tuple[Value, ...]] = {}  # what is put into a table or list, by its variable or attribute
        self.stored: dict[str, tuple[tuple[str, Term], ...]] = {}  # what functions assign to a global or nonlocal name
        self._used: dict[str, dict[Term, Value]] = {}
        flows = (one for one in symbols.functions.values() if is_flow(one.full) and one.owner is None and not is_flow(one.index.name))
        self._of_variables = {written(one.full): one.full for one in flows}  # `app.paid.send`: what a framework runs there
        self.reads = Reads()  # of `bindings` and `contents`
        self.members = Members(self, symbols, exact=exact)
        self._annotations = Annotations(symbols, self.infer, self.reads)
        self._library = LibraryCalls(self, self.members)
        self._memo: dict[str, dict[Term, Noted[tuple[Value, ...]]]] = {}
        self._depth = 0
        self._results = Results(self, self.members)
        self._names: dict[str, dict[str, Term]] = {}
        self._hints: dict[str, dict[Term, list[Term]]] = {}

    def forget(self, mask: int) -> None:
        """Drops the memoised results that have read any of a mask, after `bindings`, `contents` or the classes in use have grown."""
        for memo in self._memo.values():
            drop(memo, mask)
        self._results.forget(mask)
        self.members.forget()

    def infer(self, term: Term, scope: str) -> tuple[Value, ...]:
        """What the term can be, in `scope` (a function's full name, or a module's)."""
        memo = self._memo.get(scope)
        if memo is None:
            memo = self._memo[scope] = {}
        known = memo.get(term)  # hashing a term costs more than anything else here
        reads = self.reads
        if known is not None and not (known[1] & reads.grown and reads.is_old(known)):
            reads.seen |= known[1]
            return known[0]
        if self._depth > _NESTED:
            reads.seen |= CUT
            return ()
        self._depth += 1
        before, reads.seen = reads.seen, 0
        memo[term] = ((), CUT, reads.round)  # met again below, it adds nothing
        try:
            found = tuple(dict.fromkeys(self._infer(term, scope)))[:_MOST]
            if not found or all(isinstance(value, OutsideValue) for value in found):
                found = self._hinted(term, scope) or found
            memo[term] = (found, reads.seen, reads.round)
        finally:
            self._depth -= 1
            reads.seen |= before
        return found

    def _infer(self, term: Term, scope: str) -> Iterable[Value]:
        match term:
            case Ref(name):
                return self._reference(name, scope)
            case Param(name):
                return self._parameter(name, scope)
            case Attr(base, name):
                run = self._run_by_framework(base, name) if self._of_variables else None
                return run or [v for value in self.infer(base, scope) for v in self.members.member(value, name, base)]
            case Given(base):
                return self.infer(base, scope)
            case Phi(options):
                return [v for option in options for v in self.infer(option, scope)]
            case Invoke(func):
                found = [v for value in self.infer(func, scope) for v in self.called(value, term, scope)]
                return found or self._library.of_rows(term, scope)
            case MappingTerm() | Sequence() | Comprehension():
                return [ContainerValue(term, scope)]
            case _:
                return self._part(term, scope)

    def _run_by_framework(self, variable: Term, method: str) -> list[Value]:
        """What a framework runs where the project calls a method of a variable: `paid.send(...)`."""
        symbol = self.symbols.lookup(dotted(variable) or "")
        run = self._of_variables.get(f"{symbol.full}.{method}", "") if isinstance(symbol, VariableSymbol) else ""
        return [FunctionValue(run)] if run else []

    def _part(self, term: Term, scope: str) -> Iterable[Value]:
        match term:
            case Item(base, key):
                return [v for value in self.infer(base, scope) for v in self.members.item(value, key)]
            case Element(source, _):
                return [v for value in self.infer(source, scope) for v in self.members.elements(value)]
            case Op("handed", parts):
                return list(self.members.handed(parts, scope))
            case Op("or" | "and" | "await" | "made", operands):
                return [v for operand in operands for v in self.infer(operand, scope)]
            case _:
                return ()

    def _hinted(self, term: Term, scope: str) -> tuple[Value, ...]:
        """What a cast or the annotation of a variable says of a term of which nothing else is known."""
        if scope not in self._hints:
            hints: dict[Term, list[Term]] = {}
            facts = self.facts.get(scope)
            for about, annotation in facts.hints if facts is not None else ():
                hints.setdefault(about, []).append(annotation)
            self._hints[scope] = hints
            self._used[scope] = {}  # asked for again below, nothing is known yet
            self._used[scope] = dict(self._uses(facts, scope)) if facts is not None else {}
        if not self._hints[scope] and not self._used[scope]:
            return ()
        noted = tuple(v for note in self._hints[scope].get(term, ()) for v in self.annotated(note, self.module_of(scope)))
        used = self._used[scope].get(term)
        return noted or (() if used is None else (used,))

    def _uses(self, facts: FunctionFacts, scope: str) -> Iterator[tuple[Term, Value]]:
        """What a name is by its use: the record that it is for, where it is looked up or kept by a foreign key."""
        for site in facts.calls:
            for effect in site.effects:
                resource = effect.resource
                for column, value in effect.columns:
                    if isinstance(value, (Param, Ref)) and column and isinstance(resource, Ref):
                        kept = (self.members.rows.kept_by(v.full, column) for v in self.infer(resource, scope) if isinstance(v, ClassValue))
                        yield from ((value, InstanceValue(full)) for full in kept if full is not None)

    def module_of(self, scope: str) -> str:
        """The module a function belongs to; a module is its own."""
        function = self.symbols.functions.get(scope)
        return scope if function is None else function.module

    def annotated(self, term: Term, module: str) -> Iterator[Value]:
        """The values of an annotation: an instance of each class it names."""
        return self._annotations.values(term, module)

    # -- names -------------------------------------------------------------------------------------------------------

    def _reference(self, name: str, scope: str) -> Iterable[Value]:
        found = list(self._named(name))
        others = self.symbols.alternatives.get((self.module_of(scope), name), ()) if self.symbols.alternatives else ()
        return found + [v for other in others for v in self._named(other)]

    def _named(self, name: str) -> Iterable[Value]:
        symbol = self.symbols.lookup(name)
        match symbol:
            case FunctionSymbol(full=full):
                return [FunctionValue(full)]
            case ClassSymbol(full=full):
                return [ClassValue(full)]
            case ModuleSymbol(full=full):
                return [ModuleValue(full)]
            case VariableSymbol():
                return self._variable(symbol)
            case _:
                return self._captured(name) or [OutsideValue(name)]

    def _variable(self, symbol: VariableSymbol) -> Iterator[Value]:
        """What a variable of a module holds: at the end of the module, and after functions that assign or fill it."""
        full, module = symbol.full, symbol.module
        term = self._names_of(module).get(full.rsplit(".", 1)[-1])
        found = self.infer(term, module) if term is not None else ()
        if not found and symbol.value != Ref(full):
            found = self.infer(symbol.value, module)
        yield from found
        for scope, value in self.stored.get(full, ()):
            yield from self.infer(value, scope)
        self.reads.note(full)
        yield from [ElementsValue(self.contents[full])] if full in self.contents else ()

    def _names_of(self, scope: str) -> dict[str, Term]:
        if scope not in self._names:
            self._names[scope] = dict(self.facts[scope].names) if scope in self.facts else {}
        return self._names[scope]

    def _captured(self, name: str) -> list[Value]:
        """A variable of an enclosing function, named `module.outer.variable`."""
        outer, _, variable = name.rpartition(".")
        function = self.symbols.functions.get(outer)
        if function is None:
            return []
        found: list[Value] = []
        if any(p.name == variable for p in function.index.parameters):
            found.extend(self.infer(Param(variable), outer))
        term = self._names_of(outer).get(variable)
        if term is not None:
            found.extend(self.infer(term, outer))
        found.extend(v for scope, value in self.stored.get(name, ()) for v in self.infer(value, scope))
        facts = self.facts.get(outer)
        for site in facts.calls if facts is not None and not found else ():
            if site.target == variable:
                found.extend(self.infer(Invoke(site.func, site.args, site.kwargs, site.index), outer))
        self.reads.note(name)
        found.extend([ElementsValue(self.contents[name])] if name in self.contents else [])
        return found

    def _parameter(self, name: str, scope: str) -> Iterable[Value]:
        function = self.symbols.functions.get(scope)
        if function is None:
            return ()
        parameters = function.index.parameters
        if function.owner is not None and parameters and parameters[0].name == name and function.kind != "static":
            own: Value = ClassValue(function.owner, own=True) if function.kind == "class" else InstanceValue(function.owner, own=True)
            return [own]
        found: list[Value] = []
        for parameter in parameters:
            if parameter.name != name:
                continue
            if parameter.annotation is not None:
                found.extend(self._wrapped(parameter.kind, self.annotated(parameter.annotation, function.module)))
            default = parameter.default
            if isinstance(default, Invoke):
                found.extend(self._dependency(default, function.module))
            elif isinstance(default, Ref):
                found.extend(v for v in self.infer(default, function.module) if not isinstance(v, OutsideValue))
        self.reads.note((scope, name))
        return [*found, *self.bindings.get((scope, name), ())]

    def _wrapped(self, kind: str, values: Iterator[Value]) -> Iterator[Value]:
        """`*services: Service` is a tuple of them."""
        if kind in {"args", "kwargs"}:
            yield ElementsValue(tuple(values))
        else:
            yield from values

    def _dependency(self, default: Invoke, module: str) -> Iterator[Value]:
        """`Depends(f)` as a default: what f returns or yields."""
        if (dotted(default.func) or "").rsplit(".", 1)[-1] in INJECTING and default.args:
            for value in self.infer(default.args[0], module):
                generator = isinstance(value, FunctionValue) and self.symbols.functions[value.full].index.is_generator
                for result in self.called(value, Invoke(default.args[0]), module):
                    yield from result.items if generator and isinstance(result, ElementsValue) else (result,)

    # -- calls -------------------------------------------------------------------------------------------------------

    def called(self, value: Value, call: Invoke, scope: str) -> Iterator[Value]:
        """What calling the value gives."""
        match value:
            case ClassValue(full, own):
                yield InstanceValue(full, own)
            case FunctionValue():
                yield from self._results.of_function(value, call, scope)
            case InstanceValue(full):
                method = self.symbols.method(full, "__call__")
                yield from self.returned(method.full) if method is not None else ()
            case OutsideValue(full, final):
                yield from self._library.called(full, call, scope, final=final or asks(call, self.symbols))
            case RowsValue():
                yield from self.members.rows.called(value)
            case ContainerValue() | ElementsValue():  # HANDLERS.get(key), HANDLERS.values()
                yield from self._results.of_container(value, call, scope)

    def returned(self, full: str) -> tuple[Value, ...]:
        """What a function returns: the values of its return expressions, else its annotation."""
        return self._results.returned(full)

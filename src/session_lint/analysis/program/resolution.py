"""Links call sites to the functions they call, and arguments to parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from session_lint.analysis.program.accessors import read
from session_lint.analysis.program.arguments import Spread, rest as rest_given
from session_lint.analysis.program.folding import written_out
from session_lint.analysis.program.given_by_decorators import GivenByDecorators
from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.injected import left_out
from session_lint.analysis.program.reads import CUT, Noted, drop
from session_lint.analysis.program.substitution import BOUND_TO, PRESET
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.analysis.program.travels import Target, Travels
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue, ModuleValue, OutsideValue, Value
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.property_reads import place_read
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Invoke,
    Mapping as Display,
    Op,
    Param,
    Ref,
    Sequence,
    Template,
    Term,
    Unknown,
    root,
    strip,
)

__all__ = ["Binding", "Resolved", "Resolver", "Target"]

_ROUNDS = 3  # values travel through at most this many parameters
_EXACT_ROUNDS = 8
_BUILT_IN = (Comprehension, Const, Display, Sequence, Template)  # written out: a method of it is Python's own
_BY_ROOT: dict[type, str] = {Unknown: "unknown value", Const: "outside", Ref: "untyped attribute"}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The outcome for one call site. `reason` is "" when it has targets, "outside" for a library call, "no call" for what is
    no property, else why not."""

    targets: tuple[Target, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Arguments of one call as the callee's parameters see them, in terms of the caller."""

    values: Mapping[str, Term]
    omitted: frozenset[str] = field(default_factory=frozenset)  # parameters that take their default


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call that stands in a term; `spread` as of a CallSite."""

    args: tuple[Term, ...]
    kwargs: tuple[tuple[str, Term], ...]
    spread: bool


class Resolver:
    """Resolves every call site of the extracted functions once. `exact` as in Inference."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts], *, exact: bool = False) -> None:
        self.symbols = symbols
        self.facts = facts
        self.inference = Inference(symbols, facts, exact=exact)
        self._exact = exact
        self._resolved: dict[tuple[str, int], Noted[Resolved]] = {}
        self._given = GivenByDecorators(symbols, facts)
        self._queued = {full: queued for full in facts if (queued := _queued(facts[full]))}
        self._travels = Travels(self.inference, facts, exact=exact)
        self._settled = False  # whether nothing grows any more
        self._propagate()
        self._settled = True

    def _propagate(self) -> None:
        """What is handed to parameters and put into tables becomes known where it is used, to a bounded number of hops.

        After the first round only that is looked at again which has read what grew.
        """
        travels, reads = self._travels, self.inference.reads
        sites = [(full, site, travels.carries(site)) for full in sorted(self.facts) for site in self.facts[full].calls]
        sites = [one for one in sites if one[2] or self._exact]
        read = [CUT] * len(sites)
        for _ in range(_EXACT_ROUNDS if self._exact else _ROUNDS):
            mask = self._forget()
            grown = travels.fill(mask) | travels.keep() | travels.hand_in() | (False if self._exact else travels.decorate())
            for number, (full, site, carries) in enumerate(sites):
                if read[number] & (mask | reads.grown):
                    reads.seen = 0
                    grown |= self._hand_over(full, site, carries=carries)
                    read[number] = reads.seen
            if not grown:
                return
        self._forget()

    def _forget(self) -> int:
        """Drops what has read what grew in the last round; gives what it has read."""
        mask = self.inference.reads.next_round()
        drop(self._resolved, mask)
        self.inference.forget(mask)
        return mask

    def _hand_over(self, full: str, site: CallSite, *, carries: bool) -> bool:
        grown = self._instantiated(full, site) if self._exact else False
        grown |= self._travels.construct(full, site) if carries else False
        for target in self.resolve(full, site).targets if carries else ():
            grown |= self._travels.hand_over(full, site, target, self.bind(target, site).values)
        return grown

    def _instantiated(self, full: str, site: CallSite) -> bool:
        known = self.inference.members.instantiated
        made = {c for v in self.inference.infer(site.func, full) if isinstance(v, ClassValue) for c in self._made(v)}
        if made <= known:
            return False
        known |= made
        return True

    def _made(self, value: ClassValue) -> tuple[str, ...]:
        return self.inference.members.classes(value) if value.own else (value.full,)

    def resolve(self, full: str, site: CallSite) -> Resolved:
        """The functions a call site of function `full` may enter."""
        key = (full, site.index)
        known = self._resolved.get(key)
        if self._settled and known is not None:
            return known[0]
        reads = self.inference.reads
        if known is None or reads.is_old(known):
            before, reads.seen = reads.seen, 0
            try:
                known = (self._resolve(full, site), reads.seen, reads.round)
            except RecursionError:  # values that stand for one another over many steps: this one call stays open, and is listed
                known = (Resolved((), "too deep"), CUT, reads.round)
            self._resolved[key] = known
            reads.seen = before
        reads.seen |= known[1]
        return known[0]

    def _resolve(self, full: str, site: CallSite) -> Resolved:
        if site.index in self._queued.get(full, ()):  # the call that the queue makes is a call site of its own
            return Resolved((), "outside")
        place = place_read(site.func)
        values = self.inference.infer(site.func, full) if place is None else read(self.inference, place, full)
        targets: list[Target] = []
        for value in values:
            targets.extend(self._targets(value, site))
        if targets:
            return Resolved(tuple(dict.fromkeys(targets)))
        return Resolved((), "no call" if place is not None else self._reason(values, site, full))

    def _targets(self, value: Value, site: CallSite | Invoke) -> list[Target]:
        match value:
            case FunctionValue(name, receiver, args, kwargs):
                own = site.func.base if isinstance(site.func, Attr) and site.func.base == receiver else receiver  # this very object
                if receiver is not None and isinstance(site.func, Param):  # whoever hands the method in knows whose it is
                    own = Attr(site.func, BOUND_TO)
                if (args or kwargs) and self._is_handed(site.func):  # so does he know what it was given
                    args = tuple(Op(PRESET, (site.func, Const(number))) for number in range(len(args)))
                    kwargs = tuple((key, Op(PRESET, (site.func, Const(key)))) for key, _ in kwargs)
                named = not self._is_handed(site.func) or (receiver is not None and isinstance(site.func, Attr))
                if named and not (args or kwargs):  # a wrapper hands in what it opens
                    args, kwargs = self._given.to(name)
                return [Target(name, own, args, kwargs)]
            case ClassValue():
                return [
                    Target(method.full, Invoke(site.func, site.args, site.kwargs, getattr(site, "index", -1)), constructs=name)
                    for name in self._made(value)
                    for hook in ("__init__", "__post_init__")
                    if (method := self.symbols.method(name, hook)) is not None
                ]
            case InstanceValue():
                return [Target(method.full, site.func) for method in self.inference.members.methods(value, "__call__")]
        return []

    def enter(self, full: str, call: Invoke) -> tuple[Target, Binding] | None:
        """The one function of the project that a call enters which has no call site in function `full`: of a function that was handed in,
        or one that a helper makes."""
        told = written_out(call)
        values = self.inference.infer(told.func, full)
        targets = self._targets(values[0], told) if len(values) == 1 and isinstance(values[0], FunctionValue) else []
        if len(targets) != 1:
            return None
        spread = any(isinstance(arg, Op) and arg.kind == "starred" for arg in told.args) or any(not name for name, _ in told.kwargs)
        return targets[0], self.bind(targets[0], Given(told.args, told.kwargs, spread))

    def _is_handed(self, func: Term) -> bool:
        """Whether what is called is a parameter or a part of one, or taken from the function around."""
        start = root(func)
        return isinstance(start, Param) or (isinstance(start, Ref) and start.name.rpartition(".")[0] in self.symbols.functions)

    def _reason(self, values: tuple[Value, ...], site: CallSite, full: str) -> str:
        if any(isinstance(v, (OutsideValue, ClassValue)) for v in values) or bool(site.effects):
            return "outside"
        if any(isinstance(v, ModuleValue) for v in values):
            return "module attribute"
        func = strip(site.func)
        if isinstance(func, Invoke):
            return "called result"
        base = root(func)
        if isinstance(func, Attr) and isinstance(strip(func.base), _BUILT_IN):
            return "outside"
        if isinstance(func, Attr) and any(isinstance(v, InstanceValue) for v in self.inference.infer(func.base, full)):
            return "unknown member"
        if isinstance(base, Param):
            return "untyped parameter" if isinstance(func, Attr) else "callable parameter"
        return _BY_ROOT.get(type(base), "untyped value")

    def bind(self, target: Target, site: CallSite | Given) -> Binding:
        """The callee's parameters in terms of the caller: defaults for what is left out, parts of `*args` and `**kwargs`."""
        function = self.symbols.functions[target.full]
        parameters = function.index.parameters
        values: dict[str, Term] = {}
        args = [*target.preset_args, *site.args]
        if _takes_receiver(function, target):
            args.insert(0, _itself(target.receiver, function) if target.receiver is not None else Unknown("receiver", -1))
        kwargs = dict((*target.preset_kwargs, *site.kwargs))
        spread = Spread.of(args, kwargs) if site.spread else None
        omitted = set[str]()
        names = {parameter.name for parameter in parameters if parameter.kind not in {"args", "kwargs"}}
        for parameter in parameters:
            if parameter.kind in {"args", "kwargs"}:
                rest = spread.rest(parameter.kind, kwargs, names) if spread is not None else rest_given(parameter.kind, args, kwargs, names)
                values.update({} if rest is None else {parameter.name: rest})
                args = [] if parameter.kind == "args" else args
            elif args and parameter.kind in {"pos", "any"}:
                values[parameter.name] = args.pop(0)
            elif parameter.name in kwargs:
                values[parameter.name] = kwargs[parameter.name]
            elif spread is not None:
                values[parameter.name] = spread.next(parameter)
            else:
                values[parameter.name] = left_out(parameter, site, self.symbols)
                omitted.update(() if parameter.default is None else (parameter.name,))
        return Binding(values, frozenset(omitted))


def _itself(receiver: Term, function: FunctionSymbol) -> Term:
    """What a method is called on: by `super()` the object that the caller has."""
    if receiver == Invoke(Ref("builtins.super")):
        return Param("cls" if function.kind == "class" else "self")
    return receiver


def _takes_receiver(function: FunctionSymbol, target: Target) -> bool:
    return target.receiver is not None and function.kind in {"instance", "class"}


def _queued(facts: FunctionFacts) -> frozenset[int]:
    """The sites `task.delay(x)` for which the call of the task itself was recorded too."""
    made = {site.span for site in facts.calls if site.indirect}
    return frozenset(
        site.index
        for site in facts.calls
        if not site.indirect and isinstance(site.func, Attr) and site.func.name in {"delay", "apply_async"} and site.span in made
    )

"""Links call sites to the functions they call, and arguments to parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.reads import CUT, Noted, drop
from session_lint.analysis.program.substitution import BOUND_TO, MISSING, handed, rest_of
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.analysis.program.travels import Target, Travels
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue, ModuleValue, OutsideValue, Value
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Invoke,
    Item,
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
    """The outcome for one call site. `reason` is "" when it has targets, "outside" for a library call, else why not."""

    targets: tuple[Target, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Arguments of one call as the callee's parameters see them, in terms of the caller."""

    values: Mapping[str, Term]
    omitted: frozenset[str] = field(default_factory=frozenset)  # parameters that take their default


class Resolver:
    """Resolves every call site of the extracted functions once. `exact` as in Inference."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts], *, exact: bool = False) -> None:
        self.symbols = symbols
        self.facts = facts
        self.inference = Inference(symbols, facts, exact=exact)
        self._exact = exact
        self._resolved: dict[tuple[str, int], Noted[Resolved]] = {}
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
            grown = travels.fill(mask) | travels.hand_in() | (False if self._exact else travels.decorate())
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
        values = self.inference.infer(site.func, full)
        targets: list[Target] = []
        for value in values:
            targets.extend(self._targets(value, site))
        if targets:
            return Resolved(tuple(dict.fromkeys(targets)))
        return Resolved((), self._reason(values, site, full))

    def _targets(self, value: Value, site: CallSite) -> list[Target]:
        match value:
            case FunctionValue(name, receiver, args, kwargs):
                own = site.func.base if isinstance(site.func, Attr) and site.func.base == receiver else receiver  # this very object
                if receiver is not None and isinstance(site.func, Param):  # whoever hands the method in knows whose it is
                    own = Attr(site.func, BOUND_TO)
                return [Target(name, own, args, kwargs)]
            case ClassValue():
                return [
                    Target(method.full, Invoke(site.func, site.args, site.kwargs, site.index), constructs=name)
                    for name in self._made(value)
                    for hook in ("__init__", "__post_init__")
                    if (method := self.symbols.method(name, hook)) is not None
                ]
            case InstanceValue():
                return [Target(method.full, site.func) for method in self.inference.members.methods(value, "__call__")]
        return []

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

    def bind(self, target: Target, site: CallSite) -> Binding:
        """The callee's parameters in terms of the caller: defaults for what is left out, parts of `*args` and `**kwargs`."""
        function = self.symbols.functions[target.full]
        parameters = function.index.parameters
        values: dict[str, Term] = {}
        args = [*target.preset_args, *site.args]
        if _takes_receiver(function, target):
            args.insert(0, target.receiver if target.receiver is not None else Unknown("receiver", -1))
        kwargs = dict((*target.preset_kwargs, *site.kwargs))
        spread = Spread.of(args, kwargs) if site.spread else None
        omitted = set()
        names = {parameter.name for parameter in parameters if parameter.kind not in {"args", "kwargs"}}
        for parameter in parameters:
            if parameter.kind in {"args", "kwargs"}:
                rest = spread.rest(parameter.kind, kwargs, names) if spread is not None else _rest(parameter.kind, args, kwargs, names)
                values.update({} if rest is None else {parameter.name: rest})
                args = [] if parameter.kind == "args" else args
            elif args and parameter.kind in {"pos", "any"}:
                values[parameter.name] = args.pop(0)
            elif parameter.name in kwargs:
                values[parameter.name] = kwargs[parameter.name]
            elif spread is not None:
                values[parameter.name] = spread.next(parameter)
            elif parameter.default is not None:
                values[parameter.name] = parameter.default
                omitted.add(parameter.name)
            else:
                values[parameter.name] = Unknown("missing", -1)
        return Binding(values, frozenset(omitted))


@dataclass(slots=True)
class Spread:
    """The `*args` and `**kwargs` at the end of a call's arguments, of which parameters take their parts."""

    star: Term | None
    mapping: Term | None
    known: bool  # nothing else is spread, and nothing follows: positions can be told
    taken: int = 0

    @classmethod
    def of(cls, args: list[Term], kwargs: dict[str, Term]) -> Spread:
        """What is spread, taken out of the arguments."""
        starred = [number for number, arg in enumerate(args) if isinstance(arg, Op) and arg.kind == "starred"]
        mapping = kwargs.pop("", None)
        star: Term | None = None
        known = len(starred) <= 1 and (not starred or starred[0] == len(args) - 1)
        if starred:
            last = args[starred[0]]
            star = last.operands[0] if isinstance(last, Op) else None
            del args[starred[0] :]
        return cls(star, mapping, known)

    def next(self, parameter: Parameter) -> Term:
        """What the next parameter gets."""
        if not self.known:
            return Unknown("spread", -1)
        parts: list[Term] = []
        if self.star is not None and parameter.kind in {"pos", "any"}:
            parts.append(Item(self.star, Const(self.taken)))
            self.taken += 1
        if self.mapping is not None and parameter.kind != "pos":
            parts.append(Item(self.mapping, Const(parameter.name)))
        return handed([*parts, parameter.default if parameter.default is not None else MISSING])

    def rest(self, kind: str, kwargs: Mapping[str, Term], names: set[str]) -> Term | None:
        """What `*args` or `**kwargs` of the callee gets: what the parameters before have left."""
        if not self.known:
            return None
        if kind == "args":
            return Sequence("tuple", ()) if self.star is None else rest_of(self.star, self.taken)
        left = tuple((Const(name), value) for name, value in kwargs.items() if name not in names)
        if self.mapping is None or not left:
            return Display(left) if self.mapping is None else self.mapping
        return Display((*left, (None, self.mapping)))


def _rest(kind: str, args: list[Term], kwargs: Mapping[str, Term], names: set[str]) -> Term:
    """What `*args` or `**kwargs` takes."""
    if kind == "args":
        return Sequence("tuple", tuple(args))
    return Display(tuple((Const(name), value) for name, value in kwargs.items() if name not in names))


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

"""Links call sites to the functions they call, and arguments to parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Const, Given, Invoke, Item, Param, Phi, Ref, Term, Unknown, root, strip
from session_lint.program.inference import Inference
from session_lint.program.symbols import FunctionSymbol, SymbolTable
from session_lint.program.values import ClassValue, FunctionValue, InstanceValue, ModuleValue, OutsideValue, Value

_ROUNDS = 3  # callables travel through at most this many parameters


@dataclass(frozen=True, slots=True)
class Target:
    """One function a call may enter. `receiver` is bound to its first parameter when set."""

    full: str
    receiver: Term | None = None
    preset_args: tuple[Term, ...] = ()
    preset_kwargs: tuple[tuple[str, Term], ...] = ()
    constructs: str | None = None  # the class, when the call is a constructor


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
    """Resolves every call site of the extracted functions once."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts]) -> None:
        self.symbols = symbols
        self.facts = facts
        self.inference = Inference(symbols, facts)
        self._resolved: dict[tuple[str, int], Resolved] = {}
        self._propagate()

    def _propagate(self) -> None:
        """Callables handed to parameters become known to the callee, to a bounded number of hops."""
        for _ in range(_ROUNDS):
            grown = False
            for full in sorted(self.facts):
                for site in self.facts[full].calls:
                    grown |= self._hand_over(full, site)
            self._resolved.clear()
            if not grown:
                return
            self.inference.forget()

    def _hand_over(self, full: str, site: CallSite) -> bool:
        if not any(_callable_shape(t) for t in (*site.args, *(v for _, v in site.kwargs))):
            return False
        grown = False
        for target in self.resolve(full, site).targets:
            for name, term in self.bind(target, site).values.items():
                if not _callable_shape(term):
                    continue
                values = tuple(v for v in self.inference.infer(term, full) if isinstance(v, (FunctionValue, ClassValue)))
                known = self.inference.bindings.get((target.full, name), ())
                new = tuple(v for v in values if v not in known)
                if new and len(known) < 8:
                    self.inference.bindings[(target.full, name)] = known + new
                    grown = True
        return grown

    def resolve(self, full: str, site: CallSite) -> Resolved:
        """The functions a call site of function `full` may enter."""
        key = (full, site.index)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(full, site)
        return self._resolved[key]

    def _resolve(self, full: str, site: CallSite) -> Resolved:
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
                return [Target(name, receiver, args, kwargs)]
            case ClassValue(name):
                return [
                    Target(method.full, Invoke(site.func, site.args, site.kwargs, site.index), constructs=name)
                    for hook in ("__init__", "__post_init__")
                    if (method := self.symbols.method(name, hook)) is not None
                ]
            case InstanceValue(name):
                method = self.symbols.method(name, "__call__")
                return [] if method is None else [Target(method.full, site.func)]
        return []

    def _reason(self, values: tuple[Value, ...], site: CallSite, full: str) -> str:
        if any(isinstance(v, (OutsideValue, ClassValue)) for v in values):
            return "outside"
        if any(isinstance(v, ModuleValue) for v in values):
            return "module attribute"
        if site.effects:
            return "outside"
        func = strip(site.func)
        if isinstance(func, Invoke):
            return "called result"
        base = root(func)
        if isinstance(func, Attr) and any(isinstance(v, (InstanceValue,)) for v in self.inference.infer(func.base, full)):
            return "unknown member"
        match base:
            case Param():
                return "untyped parameter" if isinstance(func, Attr) else "callable parameter"
            case Unknown():
                return "unknown value"
            case Const():
                return "outside"
            case Ref():
                return "untyped attribute"
        return "untyped value"

    def bind(self, target: Target, site: CallSite) -> Binding:
        """The callee's parameters in terms of the caller; defaults for what is left out, Unknown for `*args`."""
        function = self.symbols.functions[target.full]
        parameters = function.index.parameters
        values: dict[str, Term] = {}
        args = list((*target.preset_args, *site.args))
        if _takes_receiver(function, target):
            args.insert(0, target.receiver if target.receiver is not None else Unknown("receiver", -1))
        kwargs = dict((*target.preset_kwargs, *site.kwargs))
        omitted = set()
        for parameter in parameters:
            if parameter.kind in {"args", "kwargs"}:
                args = [] if parameter.kind == "args" else args
                continue
            if args and parameter.kind in {"pos", "any"}:
                values[parameter.name] = args.pop(0)
            elif parameter.name in kwargs:
                values[parameter.name] = kwargs[parameter.name]
            elif site.spread:
                values[parameter.name] = Unknown("spread", -1)
            elif parameter.default is not None:
                values[parameter.name] = parameter.default
                omitted.add(parameter.name)
            else:
                values[parameter.name] = Unknown("missing", -1)
        return Binding(values, frozenset(omitted))


def _takes_receiver(function: FunctionSymbol, target: Target) -> bool:
    return target.receiver is not None and function.kind in {"instance", "class"}


def _callable_shape(term: Term) -> bool:
    match strip(term):
        case Ref() | Attr(Ref() | Param(), _) | Invoke(Ref(), _, _) | Item(Ref(), _) | Param() | Phi():
            return True
        case Given(base):
            return _callable_shape(base)
    return False

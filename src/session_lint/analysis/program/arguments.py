"""What parameters get of the arguments of a call: parts of `*args` and `**kwargs`, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from session_lint.analysis.program.substitution import MISSING, handed, rest_of
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Const, Item, Mapping as Display, Op, Sequence, Term, Unknown


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


def rest(kind: str, args: list[Term], kwargs: Mapping[str, Term], names: set[str]) -> Term:
    """What `*args` or `**kwargs` takes."""
    if kind == "args":
        return Sequence("tuple", tuple(args))
    return Display(tuple((Const(name), value) for name, value in kwargs.items() if name not in names))

"""Values that tell which way was taken: one of several constants, each with what holds wherever it is that one."""

from __future__ import annotations

from session_lint.facts.terms import Const, Op, Phi, Template, Term, strip

WAYS = "ways"  # the kind of the Op that is `on` of such a Phi: of each option, what holds
_EQUAL = {"is": True, "==": True, "is not": False, "!=": False}


def is_empty(option: Term) -> bool:
    """Whether a constant or text is false: None, False, 0, or without a letter."""
    inner = strip(option)
    return not inner.value if isinstance(inner, Const) else isinstance(inner, Template) and all(map(is_empty, inner.parts))


def way(term: Term, *, holds: bool) -> Term | None:
    """What holds where a value that tells of ways is true, or is false; the same of a comparison of one with a constant. None of any
    other value."""
    match strip(term):
        case Phi(options, Op("ways", ways)):
            found = [one for option, one in zip(options, ways, strict=True) if is_empty(option) is not holds]
        case Op(kind, (left, Const() as right)) if kind in _EQUAL:
            match strip(left):
                case Phi(options, Op("ways", ways)):
                    equal = _EQUAL[kind] is holds
                    found = [one for option, one in zip(options, ways, strict=True) if (strip(option) == right) is equal]
                case _:
                    return None
        case _:
            return None
    return found[0] if len(found) == 1 else Op("or", tuple(found)) if found else None

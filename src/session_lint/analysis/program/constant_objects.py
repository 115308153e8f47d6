"""What two terms stand for in every execution, to be compared: constants, functions, classes, members of an enumeration."""

from __future__ import annotations

from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, strip

_NAMES = frozenset({"__name__", "__qualname__"})


def same(symbols: SymbolTable, left: Term, right: Term) -> bool | None:
    """Whether two terms are one; None where that is not known of both, or where they are of two sorts."""
    a, b = _told(symbols, left), _told(symbols, right)
    return a == b if a is not None and type(a) is type(b) else None


def _told(symbols: SymbolTable, term: Term) -> Const | Ref | None:
    match strip(term):
        case Const() as constant:
            return constant
        case Ref(name):
            symbol = symbols.lookup(name)
            return Ref(symbol.full) if isinstance(symbol, (FunctionSymbol, ClassSymbol)) else _member(symbols, *name.rsplit(".", 1))
        case Attr(base, name) if name in _NAMES:
            named = _told(symbols, base)
            return Const(named.name.rpartition(".")[2]) if isinstance(named, Ref) else None
        case Attr(base, "__class__") | Invoke(Ref("builtins.type"), (base,)):
            made = strip(base)
            named = _told(symbols, made.func) if isinstance(made, Invoke) else None
            return named if isinstance(named, Ref) and named.name in symbols.classes else None
        case Attr(base, name):
            cls = _told(symbols, base)
            return _member(symbols, cls.name, name) if isinstance(cls, Ref) else None
    return None


def _member(symbols: SymbolTable, owner: str, *name: str) -> Ref | None:
    """A member of an enumeration, by its full name."""
    cls = symbols.lookup(owner) if name else None
    if not isinstance(cls, ClassSymbol) or not any(_is_enum(strip(one)) for one in cls.index.bases):
        return None
    return Ref(f"{cls.full}.{name[0]}")


def _is_enum(base: Term) -> bool:
    return isinstance(base, (Ref, Attr)) and base.name.rpartition(".")[2] in {"Enum", "IntEnum", "StrEnum", "TextChoices", "IntegerChoices"}

"""Small expressions and annotations as terms. Names are looked up in the scope the expression stands in."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

from session_lint.facts.effects import SPREAD
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Phi, Ref, Sequence, Term, Unknown

Lookup: TypeAlias = Callable[[str], Term]

_BUILTINS = frozenset(dir(builtins))
_DEPTH = 12  # deeper nesting is data, not wiring
_ENTRIES = 256  # a longer display is data, not a dispatch table
_UNKNOWN = Unknown("expression", 0)

_UNWRAPPED = frozenset({"ClassVar", "Final", "Annotated", "Required", "NotRequired", "ReadOnly", "InitVar", "Mapped"})


def builtin_or(name: str, module: str) -> Ref:
    """The global `name` as seen from `module`: a builtin, or a definition of the module itself."""
    return Ref(f"builtins.{name}") if name in _BUILTINS else Ref(f"{module}.{name}" if module else name)


def to_term(node: ast.expr | None, lookup: Lookup, depth: int = _DEPTH) -> Term:
    """The term of a small expression; Unknown("expression", 0) for everything else."""
    if isinstance(node, ast.Name):
        return lookup(node.id)
    if isinstance(node, ast.Constant):
        return _constant(node)
    maker = _MAKERS.get(node.__class__)
    if maker is None or depth <= 0:
        return _UNKNOWN
    return maker(node, lookup, depth - 1)


def _constant(node: ast.Constant) -> Term:
    value = node.value
    if value is None or isinstance(value, (str, bool, int, float)):
        return Const(value)
    return Const("..." if value is ... else repr(value))


def _attribute(node: ast.Attribute, lookup: Lookup, depth: int) -> Term:
    return Attr(to_term(node.value, lookup, depth), node.attr)


def _subscript(node: ast.Subscript, lookup: Lookup, depth: int) -> Term:
    return Item(to_term(node.value, lookup, depth), to_term(node.slice, lookup, depth))


def _call(node: ast.Call, lookup: Lookup, depth: int) -> Term:
    func = to_term(node.func, lookup, depth)
    if func == Ref("builtins.dict") and not node.args:
        return Mapping(tuple((Const(k.arg) if k.arg else None, to_term(k.value, lookup, depth)) for k in node.keywords))
    args = tuple([to_term(a, lookup, depth) for a in node.args])
    kwargs = tuple([pair for k in node.keywords for pair in _keywords(k, lookup, depth)])
    return Invoke(func, args, kwargs)


def _keywords(node: ast.keyword, lookup: Lookup, depth: int) -> tuple[tuple[str, Term], ...]:
    """A keyword argument; those of a `**mapping` whose keys are written out. Of another one the mapping, under `**`."""
    value = to_term(node.value, lookup, depth)
    if node.arg is not None:
        return ((node.arg, value),)
    if not isinstance(value, Mapping):
        return ((SPREAD, value),)
    pairs = value.entries
    return tuple([(key.value, held) for key, held in pairs if isinstance(key, Const) and isinstance(key.value, str)])


def _dict(node: ast.Dict, lookup: Lookup, depth: int) -> Term:
    if len(node.keys) > _ENTRIES:
        return _UNKNOWN
    pairs = zip(node.keys, node.values, strict=True)
    return Mapping(tuple([(to_term(k, lookup, depth) if k is not None else None, to_term(v, lookup, depth)) for k, v in pairs]))


def _display(node: ast.List | ast.Tuple | ast.Set, lookup: Lookup, depth: int) -> Term:
    if len(node.elts) > _ENTRIES:
        return _UNKNOWN
    return Sequence(node.__class__.__name__.lower(), tuple([to_term(e, lookup, depth) for e in node.elts]))


def _bool_op(node: ast.BoolOp, lookup: Lookup, depth: int) -> Term:
    return Op("or" if isinstance(node.op, ast.Or) else "and", tuple([to_term(v, lookup, depth) for v in node.values]))


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}


def _bin_op(node: ast.BinOp, lookup: Lookup, depth: int) -> Term:
    kind = _OPERATORS.get(node.op.__class__)
    if kind is None:
        return _UNKNOWN
    return Op(kind, (to_term(node.left, lookup, depth), to_term(node.right, lookup, depth)))


def _choice(node: ast.IfExp, lookup: Lookup, depth: int) -> Term:
    return Phi((to_term(node.body, lookup, depth), to_term(node.orelse, lookup, depth)), to_term(node.test, lookup, depth))


def _await(node: ast.Await, lookup: Lookup, depth: int) -> Term:
    return to_term(node.value, lookup, depth)


def _lambda(node: ast.Lambda, lookup: Lookup, depth: int) -> Term:
    arguments = node.args
    own = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return Op("lambda", (to_term(node.body, lambda name: Param(name) if name in own else lookup(name), depth),))


def _starred(node: ast.Starred, lookup: Lookup, depth: int) -> Term:
    return Op("starred", (to_term(node.value, lookup, depth),))


# Keyed by node class; each maker takes its own node class, which a dict cannot say.
_MAKERS: dict[type, Callable[..., Term]] = {
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Dict: _dict,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.BoolOp: _bool_op,
    ast.BinOp: _bin_op,
    ast.IfExp: _choice,
    ast.Await: _await,
    ast.Lambda: _lambda,
    ast.Starred: _starred,
}


def annotation(node: ast.expr | None, lookup: Lookup) -> tuple[Term | None, bool]:
    """An annotation as (term, may be None). Optional[X], X | None, Annotated[X, ...], Final[X] and "X" are reduced to X."""
    if node is None:
        return None, False
    if isinstance(node, ast.Name):
        return lookup(node.id), False
    if isinstance(node, ast.Constant):
        return _constant_annotation(node.value, lookup)
    if isinstance(node, ast.Subscript):
        return _subscript_annotation(node, lookup)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right], lookup)
    return to_term(node, lookup), False


def _constant_annotation(value: object, lookup: Lookup) -> tuple[Term | None, bool]:
    if not isinstance(value, str):
        return Const(value if value is None else repr(value)), value is None
    node = _parsed(value.strip())
    return (_UNKNOWN, False) if node is None else annotation(node, lookup)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr | None:
    """The expression in a quoted annotation."""
    if text.isidentifier():
        return ast.Name(text, ast.Load())
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _subscript_annotation(node: ast.Subscript, lookup: Lookup) -> tuple[Term | None, bool]:
    outer = node.value
    name = outer.id if isinstance(outer, ast.Name) else outer.attr if isinstance(outer, ast.Attribute) else ""
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Optional":
        return annotation(inside[0], lookup)[0], True
    if name == "Union":
        return _union(inside, lookup)
    if name in _UNWRAPPED and inside:
        return annotation(inside[0], lookup)
    if name == "Literal":  # its texts are values, not types
        return to_term(node, lookup), False
    terms = [annotation(part, lookup)[0] or _UNKNOWN for part in inside]
    key = terms[0] if len(terms) == 1 else Sequence("tuple", tuple(terms))
    return Item(to_term(outer, lookup), key), False


def _union(parts: Iterable[ast.expr], lookup: Lookup) -> tuple[Term | None, bool]:
    """X | None is (X, True); X | Y stays an Op."""
    terms: list[Term] = []
    optional = False
    for part in parts:
        term, inner = annotation(part, lookup)
        optional = optional or inner
        if term is not None and term != Const(None):
            terms.append(term)
    if not terms:
        return Const(None), True
    return (terms[0] if len(terms) == 1 else Op("|", tuple(terms))), optional

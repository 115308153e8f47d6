"""The names a function binds and reads."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import libcst as cst

from session_lint.analysis.cst.names import stored, taken_apart
from session_lint.repair.rewrite.file.source import Source, inside

_Scope = cst.FunctionDef | cst.Lambda


def bound(function: cst.FunctionDef) -> frozenset[str]:
    """Every name that the function itself binds: parameters, assigned names, imports, nested definitions."""
    return frozenset({one.name.value for one in _all_parameters(function.params)} | {node.value for node in _bound_in(function.body)})


def bindings(source: Source, function: cst.FunctionDef, name: str) -> tuple[cst.Name, ...]:
    """The places where the function binds a name, parameters left out, in order."""
    return _ordered(source, (node for node in _bound_in(function.body) if node.value == name))


def uses(source: Source, node: cst.CSTNode, name: str) -> tuple[cst.Name, ...]:
    """The places in a function, or a part of one, where a name is read, nested functions included, in order."""
    body = node.body if isinstance(node, cst.FunctionDef) else node
    return _ordered(source, (one for one in reads(body) if one.value == name))


def free(node: cst.CSTNode) -> frozenset[str]:
    """Every name that is read in a part of a file."""
    return frozenset(one.value for one in reads(node))


@lru_cache(maxsize=256)
def reads(node: cst.CSTNode) -> tuple[cst.Name, ...]:
    """The names that are read in a part of a file, those left out that a function within binds for itself."""
    return tuple(_reads(node))


def builtin(name: str) -> bool:
    """Whether Python itself knows the name."""
    return hasattr(builtins, name)


def of_module(module: cst.Module) -> frozenset[str]:
    """The names that module-level code binds: imports, definitions, variables."""
    return frozenset(node.value for node in _bound_in(module))


def _ordered(source: Source, nodes: Iterable[cst.Name]) -> tuple[cst.Name, ...]:
    return tuple(sorted(nodes, key=lambda node: (source.span(node).row, source.span(node).column)))


def _all_parameters(params: cst.Parameters) -> Sequence[cst.Param]:
    stars = [one for one in (params.star_arg, params.star_kwarg) if isinstance(one, cst.Param)]
    return (*params.posonly_params, *params.params, *params.kwonly_params, *stars)


@lru_cache(maxsize=256)
def _bound_in(node: cst.CSTNode) -> tuple[cst.Name, ...]:
    """The names bound in a part of a function, found once: the same is asked of each name in it."""
    return tuple(_bindings(node))


def _bindings(node: cst.CSTNode) -> Iterator[cst.Name]:
    """The names bound in a part of a function, nested functions and classes left out but for their own names."""
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        yield node.name
        return
    if isinstance(node, cst.Lambda):
        return
    yield from _bound_by(node)
    for child in inside(node):
        yield from _bindings(child)


def _bound_by(node: cst.CSTNode) -> Iterator[cst.Name]:
    """The names that a node itself binds; `a.b = ...` and `a[0] = ...` bind none. Those of comprehensions and `global` count too."""
    match node:
        case cst.CompFor():
            targets = taken_apart(node.target)
        case cst.NameItem():
            targets = taken_apart(node.name)
        case _:
            targets = stored(node)
    return (target for target in targets if isinstance(target, cst.Name))


def _reads(node: cst.CSTNode) -> Iterator[cst.Name]:
    """The names read in a part of a function."""
    if isinstance(node, cst.Name):
        yield node
        return
    hidden: frozenset[str] = frozenset()
    if isinstance(node, _Scope):
        hidden = frozenset(one.name.value for one in _all_parameters(node.params))
        if isinstance(node, cst.FunctionDef):
            hidden |= {one.value for one in _bound_in(node.body)}
    bound_here = set() if isinstance(node, cst.AugAssign) else {id(name) for name in _bound_by(node)}
    for child in _readable(node):
        yield from (one for one in _reads(child) if one.value not in hidden and id(one) not in bound_here)


def _readable(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """The parts of a node that can read a name: not the name of an attribute, keyword, parameter, definition or import."""
    match node:
        case cst.Attribute():
            return (node.value,)
        case cst.Arg():
            return (node.value,)
        case cst.Param():
            return tuple(one for one in (node.annotation, node.default) if one is not None)
        case cst.FunctionDef():
            return tuple(one for one in (*node.decorators, node.params, node.returns, node.body) if one is not None)
        case cst.ClassDef():
            return (*node.decorators, *node.bases, *node.keywords, node.body)
        case cst.Import() | cst.ImportFrom() | cst.Global() | cst.Nonlocal():
            return ()
    return inside(node)

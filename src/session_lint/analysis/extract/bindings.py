"""Assignments: names, attributes, items, unpacking; imports; global and nonlocal."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import dotted_name, source
from session_lint.analysis.extract.expressions import item, operate, place_of, seen_item, shortened
from session_lint.analysis.extract.shapes import put, repeated
from session_lint.analysis.extract.state import MODULE, State, expression, statement
from session_lint.facts.terms import Attr, Comprehension, Const, Invoke, Item, Mapping, Op, Param, Ref, Sequence, Term, strip
from session_lint.project.module_names import meant


def bind(state: State, target: cst.CSTNode, value: Term) -> None:
    """Assign a value to a target of any form."""
    if isinstance(target, cst.Name):
        bind_name(state, target.value, value)
    elif isinstance(target, cst.Attribute):
        state.store(place_of(state, target), value)
    elif isinstance(target, cst.Subscript):
        _bind_item(state, target, value)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(state, target, value)
    elif isinstance(target, cst.StarredElement):
        bind(state, target.value, value)


def bind_name(state: State, name: str, value: Term) -> None:
    """Assign a value to a name; a global or nonlocal name is kept beyond the function."""
    outside = state.outside.get(name)
    if outside is not None:
        state.store(outside, value)
        return
    state.env.names[name] = value
    state.born[name] = state.loops


def _bind_item(state: State, target: cst.Subscript, value: Term) -> None:
    if isinstance(target.value, cst.Name):
        name = target.value.value
        local = state.env.names.get(name)
        if isinstance(local, Mapping):
            place = place_of(state, target)
            index = place.key if isinstance(place, Item) else None
            (kept,) = (value,) if isinstance(index, Const) else repeated(state, name, (value,))
            state.env.names[name] = shortened(state, put(local, index, kept))
            return
    store_item(state, place_of(state, target), value)


def store_item(state: State, place: Term, value: Term) -> None:
    """Keep a value in an attribute, or in an item: one of a parameter or a global outlives the function, one of a dict that a function
    gave is told of for its own sake."""
    if isinstance(place, Item) and isinstance(place.base, (Mapping, Sequence)):
        return
    given = isinstance(place, Item) and isinstance(strip(place.base), Invoke)
    if given or isinstance(place, Attr) or isinstance(_container(place), (Param, Ref)):
        state.store(place, value)
    else:
        state.env.store(place, value)


def _container(place: Term) -> Term:
    while isinstance(place, (Attr, Item)):
        place = strip(place.base)
    return place


def _unpack(state: State, target: cst.Tuple | cst.List, value: Term) -> None:
    inner = strip(value)
    elements = list(target.elements)
    star = next((i for i, element in enumerate(elements) if isinstance(element, cst.StarredElement)), len(elements))
    for position, element in enumerate(elements):
        if position == star:
            bind(state, element.value, state.made(_rest(inner, star, len(elements) - star - 1)))
            continue
        index = position if position < star else position - len(elements)
        bind(state, element.value, _part(state, inner, index))


def _part(state: State, value: Term, index: int) -> Term:
    found = seen_item(value, Const(index))
    if found is not None:
        return found
    if isinstance(value, Comprehension):
        return value.element
    return item(state, value, Const(index))


def _rest(value: Term, before: int, after: int) -> Term:
    if isinstance(value, Sequence) and not any(isinstance(one, (Op, Comprehension)) for one in value.items):
        return Sequence("list", value.items[before : len(value.items) - after])
    return Item(value, Op("slice", (Const(before), Const(-after if after else None), Const(None))))


def note_target(state: State, value: cst.CSTNode | None, target: cst.CSTNode) -> None:
    """Remember the text that a call is directly bound to."""
    if isinstance(value, (cst.Call, cst.Await, cst.Attribute)):
        bare = target.with_changes(lpar=(), rpar=()) if isinstance(target, cst.Tuple) and target.lpar else target
        state.targets[id(value)] = source(bare)


@statement(cst.Assign)
def assign(state: State, node: cst.Assign) -> None:
    """`a = b = value`."""
    note_target(state, node.value, node.targets[0].target)
    value = state.evaluate(node.value)
    for target in node.targets:
        bind(state, target.target, value)


@statement(cst.AnnAssign)
def annotated(state: State, node: cst.AnnAssign) -> None:
    """`a: T = value`; without a value nothing happens."""
    if node.value is not None:
        note_target(state, node.value, node.target)
        value = state.evaluate(node.value)
        if isinstance(strip(value), (Invoke, Item)) and isinstance(node.annotation.annotation, (cst.Name, cst.Attribute)):
            state.hints.append((strip(value), state.evaluate(node.annotation.annotation)))
        bind(state, node.target, value)


@statement(cst.AugAssign)
def augmented(state: State, node: cst.AugAssign) -> None:
    """`a += value`."""
    if isinstance(node.target, (cst.Attribute, cst.Subscript)):
        place = place_of(state, node.target)
        old = state.env.read(place)
        store_item(state, place, operate(state, node.operator, old, state.evaluate(node.value)))
        return
    old = state.evaluate(node.target)
    value = state.evaluate(node.value)
    if isinstance(node.target, cst.Name) and isinstance(strip(old), Sequence):
        inner = strip(value)
        if isinstance(inner, Sequence):
            value = Sequence(inner.kind, repeated(state, node.target.value, inner.items))
        elif isinstance(inner, Comprehension):
            value = Sequence("list", (inner,))
        born = state.born.get(node.target.value, ())
        bind(state, node.target, operate(state, node.operator, old, value))
        state.born[node.target.value] = born
        return
    bind(state, node.target, operate(state, node.operator, old, value))


@expression(cst.NamedExpr)
def walrus(state: State, node: cst.NamedExpr) -> Term:
    """`(a := value)`."""
    note_target(state, node.value, node.target)
    value = state.evaluate(node.value)
    bind(state, node.target, value)
    return state.evaluate(node.target)


@statement(cst.Del)
def deleted(state: State, node: cst.Del) -> None:
    """`del a`, `del a.b`, `del a[k]`."""
    _delete(state, node.target)


def _delete(state: State, target: cst.CSTNode) -> None:
    if isinstance(target, cst.Name):
        state.env.names.pop(target.value, None)
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            _delete(state, element.value)
    elif isinstance(target, (cst.Attribute, cst.Subscript)):
        state.env.store(place_of(state, target), state.unknown("deleted"))


@statement(cst.Global)
def declared_global(state: State, node: cst.Global) -> None:
    """`global a`."""
    if state.qualname == MODULE:
        return
    for name in node.names:
        found = state.module.lookup(name.name.value)
        state.outside[name.name.value] = found if isinstance(found, Ref) else Ref(state.module.absolute(name.name.value))


@statement(cst.Nonlocal)
def declared_nonlocal(state: State, node: cst.Nonlocal) -> None:
    """`nonlocal a`: the variable of the nearest function around that binds it."""
    for one in node.names:
        name = one.name.value
        owner = next((qualname for qualname, names, _ in state.enclosing if name in names), None)
        if owner is not None:
            state.outside[name] = Ref(state.module.absolute(f"{owner}.{name}"))


@statement(cst.Import)
def imported(state: State, node: cst.Import) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        target = meant(dotted_name(alias.name), state.module.index.renamed)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            bind_name(state, alias.asname.name.value, Ref(target))
        else:
            first = dotted_name(alias.name).split(".")[0]
            bind_name(state, first, Ref(meant(first, state.module.index.renamed)))


@statement(cst.ImportFrom)
def imported_from(state: State, node: cst.ImportFrom) -> None:
    """`from a import b as c`."""
    if isinstance(node.names, cst.ImportStar):
        return
    package = import_base(state, len(node.relative), dotted_name(node.module))
    for alias in node.names:
        name = dotted_name(alias.name)
        local = alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else name
        bind_name(state, local, Ref(f"{package}.{name}" if package else name))


def import_base(state: State, level: int, module: str) -> str:
    """The absolute name of the module that `from ...module import` names."""
    if not level:
        return meant(module, state.module.index.renamed)
    index = state.module.index
    parts = index.module.split(".") if index.module else []
    if not index.is_package:
        level += 1
    kept = parts[: max(len(parts) - level + 1, 0)]
    return ".".join((*kept, module)) if module else ".".join(kept)

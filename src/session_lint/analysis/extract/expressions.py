"""Names, attributes, items, displays and operators as terms."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import libcst as cst

from session_lint.analysis.extract.guard import fits
from session_lint.analysis.extract.started import join
from session_lint.analysis.extract.state import MODULE, Enclosing, Pending, State, expression
from session_lint.analysis.extract.text import add, percent
from session_lint.facts.module_facts import Pause
from session_lint.facts.terms import Attr, Comprehension, Const, Item, Mapping, Op, Ref, Sequence, Term, strip

_ITEMS = 100  # a longer display is data; its first items tell its shape
_SINGLETONS: dict[str, Const] = {"None": Const(None), "True": Const(value=True), "False": Const(value=False)}


@expression(cst.Name)
def name(state: State, node: cst.Name) -> Term:
    """A name: its value here, with what is known of it."""
    constant = _SINGLETONS.get(node.value)
    return constant if constant is not None else state.env.read(state.lookup(node.value))


@expression(cst.Integer, cst.Float, cst.Imaginary)
def number(_: State, node: cst.Integer | cst.Float | cst.Imaginary) -> Term:
    """A number; what is not int or float is kept as text."""
    try:
        value = ast.literal_eval(node.value)
    except (ValueError, SyntaxError):  # an integer of more digits than the interpreter converts
        value = node.value
    return Const(value if isinstance(value, (int, float)) else node.value)


@expression(cst.Ellipsis)
def ellipsis(_state: State, _node: cst.Ellipsis) -> Term:
    """`...`."""
    return Const("...")


@expression(cst.Subscript)
def subscript(state: State, node: cst.Subscript) -> Term:
    """`base[key]`; an item of a display that can be seen is the item itself."""
    base = state.evaluate(node.value)
    return item(state, base, key(state, node))


def key(state: State, node: cst.Subscript) -> Term:
    """The key of a subscript."""
    keys = tuple(_slice(state, element.slice) for element in node.slice)
    return keys[0] if len(keys) == 1 else Sequence("tuple", keys)


def _slice(state: State, node: cst.BaseSlice) -> Term:
    if isinstance(node, cst.Index):
        return state.evaluate(node.value)
    if isinstance(node, cst.Slice):
        parts = (node.lower, node.upper, node.step)
        return Op("slice", tuple(Const(None) if part is None else state.evaluate(part) for part in parts))
    return state.unknown("slice")


def item(state: State, base: Term, index: Term) -> Term:
    """`base[index]` as a term."""
    inner = strip(base)
    seen = seen_item(inner, index)
    return seen if seen is not None else state.env.read(state.made(Item(inner, index)))


def seen_item(base: Term, index: Term) -> Term | None:
    """The item of a display, when the key is constant and nothing is spread into the display."""
    if isinstance(base, Sequence) and isinstance(index, Const) and isinstance(index.value, int):
        plain = not any(isinstance(one, Comprehension) or (isinstance(one, Op) and one.kind == "starred") for one in base.items)
        if plain and -len(base.items) <= index.value < len(base.items):
            return base.items[index.value]
    if isinstance(base, Mapping) and isinstance(index, Const):
        for known, value in reversed(base.entries):
            if not isinstance(known, Const):
                return None
            if known == index:
                return value
    return None


@expression(cst.List, cst.Tuple, cst.Set)
def display(state: State, node: cst.List | cst.Tuple | cst.Set) -> Term:
    """A list, tuple or set display."""
    kind = type(node).__name__.lower()
    items: list[Term] = []
    for element in node.elements:
        value = state.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            items.extend(starred(value))
        else:
            items.append(value)
    return shortened(state, Sequence(kind, tuple(items)))


def starred(value: Term) -> Iterable[Term]:
    """What `*value` adds to a display: the items of a display, a comprehension as it is."""
    inner = strip(value)
    if isinstance(inner, Sequence):
        return inner.items
    return (inner,) if isinstance(inner, Comprehension) else (Op("starred", (inner,)),)


def shortened(state: State, term: Sequence | Mapping) -> Term:
    """A display within the bounds of a term; of a longer one the beginning."""
    if isinstance(term, Sequence):
        if len(term.items) > _ITEMS or not fits(term):
            kept = tuple(one for one in term.items[:8] if fits(Sequence("list", (one,))))
            term = Sequence(term.kind, (*kept[:3], Op("starred", (state.unknown("large"),))))
    elif len(term.entries) > _ITEMS or not fits(term):
        term = Mapping(tuple((k, v if fits(Sequence("list", (v,) * 8)) else state.unknown("large")) for k, v in term.entries[:_ITEMS]))
    return state.made(term)


@expression(cst.Dict)
def mapping(state: State, node: cst.Dict) -> Term:
    """A dict display; a spread dict display is opened up."""
    entries: list[tuple[Term | None, Term]] = []
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            where = state.evaluate(element.key)
            entries.append((where, state.evaluate(element.value)))
            continue
        value = strip(state.evaluate(element.value))
        entries.extend(value.entries if isinstance(value, Mapping) else ((None, value),))
    return shortened(state, Mapping(tuple(entries)))


_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.MatrixMultiply: "@",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitAnd: "&",
    cst.BitOr: "|",
    cst.BitXor: "^",
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&",
    cst.BitOrAssign: "|",
    cst.BitXorAssign: "^",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.Minus: "-",
    cst.Plus: "+",
    cst.BitInvert: "~",
    cst.Not: "not",
}


@expression(cst.BinaryOperation)
def binary(state: State, node: cst.BinaryOperation) -> Term:
    """`a + b` and its like. A long chain leans to the left, so it is walked down without recursion."""
    operands: list[cst.BinaryOperation] = []
    left: cst.BaseExpression = node
    while isinstance(left, cst.BinaryOperation):
        operands.append(left)
        left = left.left
    value = state.evaluate(left)
    for operation in reversed(operands):
        value = operate(state, operation.operator, value, state.evaluate(operation.right))
    return value


def operate(state: State, operator: cst.CSTNode, left: Term, right: Term) -> Term:
    """The value of a binary operation; text and displays are put together."""
    kind = _OPERATORS[type(operator)]
    one, two = state.module.spelled(strip(left)), state.module.spelled(strip(right))
    if kind == "+":
        if isinstance(one, Sequence) and isinstance(two, Sequence) and one.kind == two.kind:
            return shortened(state, Sequence(one.kind, (*one.items, *two.items)))
        text = add(one, two)
        if text is not None:
            return state.made(text)
    elif kind == "%":
        text = percent(one, two, state.unknown)
        if text is not None:
            return state.made(text)
    elif kind == "|" and isinstance(one, Mapping) and isinstance(two, Mapping):
        return shortened(state, Mapping((*one.entries, *two.entries)))
    return state.made(Op(kind, (left, right)))


@expression(cst.Comparison)
def comparison(state: State, node: cst.Comparison) -> Term:
    """`a == b`; a chain `a < b < c` is an "and" of its parts."""
    left = state.evaluate(node.left)
    parts: list[Term] = []
    for target in node.comparisons:
        right = state.evaluate(target.comparator)
        parts.append(state.made(Op(_OPERATORS[type(target.operator)], (left, right))))
        left = right
    return parts[0] if len(parts) == 1 else state.made(Op("and", tuple(parts)))


@expression(cst.UnaryOperation)
def unary(state: State, node: cst.UnaryOperation) -> Term:
    """`not a`, `-a`."""
    value = state.evaluate(node.expression)
    kind = _OPERATORS[type(node.operator)]
    constant = value.value if isinstance(value, Const) else None
    if kind == "-" and isinstance(constant, (int, float)) and not isinstance(constant, bool):
        return Const(-constant)
    return state.made(Op(kind, (value,)))


@expression(cst.Lambda)
def function(state: State, node: cst.Lambda) -> Term:
    """A lambda: a reference to a function of its own, extracted later."""
    parameters = node.params
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        if parameter.default is not None:
            state.evaluate(parameter.default)
    around = "" if state.qualname == MODULE else f"{state.qualname}."
    row = state.span(node).row
    taken = {pending.qualname for pending in state.lambdas}
    qualname = f"{around}<lambda@{row}>"
    if qualname in taken:
        qualname = f"{around}<lambda@{row}:{state.span(node).column}>"
    state.lambdas.append(Pending(qualname, node, scope_of(state)))
    return Ref(state.module.absolute(qualname))


def scope_of(state: State) -> Enclosing:
    """What a function defined here sees: the names bound so far, then those of the functions around."""
    if state.qualname == MODULE:
        return ()
    return ((state.qualname, frozenset(state.env.names), {}), *state.enclosing)


@expression(cst.Await)
def awaited(state: State, node: cst.Await) -> Term:
    """`await f()`: the value of the call."""
    if isinstance(node.expression, cst.Call):
        state.awaited.add(id(node.expression))
        target = state.targets.pop(id(node), "")
        if target:
            state.targets[id(node.expression)] = target
        return state.evaluate(node.expression)
    if isinstance(node.expression, cst.Attribute):
        state.awaited.add(id(node.expression))
    value = state.evaluate(node.expression)
    join(state, value)
    return value


@expression(cst.Yield)
def generated(state: State, node: cst.Yield) -> Term:
    """`yield a`: one more returned value; what is sent back is unknown."""
    value = None
    if node.value is not None:
        value = state.evaluate(node.value.item if isinstance(node.value, cst.From) else node.value)
        state.returns.append(value)
    state.emit(Pause(value))
    return state.unknown("sent")


@expression(cst.StarredElement)
def starred_element(state: State, node: cst.StarredElement) -> Term:
    """`*a` outside a display: `return *a, b`, `x[*a]`."""
    return Op("starred", (state.evaluate(node.value),))


def place_of(state: State, node: cst.Attribute | cst.Subscript) -> Term:
    """Where an attribute or item is stored: its term, without what is known of its value."""
    base = strip(state.evaluate(node.value))
    return state.made(Attr(base, node.attr.value) if isinstance(node, cst.Attribute) else Item(base, key(state, node)))

"""One function: its parameters, its body, its lambdas."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

# Imported for their handlers, which register themselves.
from session_lint.analysis.extract import attributes, branches, calls, comprehensions, loops, statements, text  # noqa: F401
from session_lint.analysis.extract.concurrency import depends
from session_lint.analysis.extract.effects import called_name
from session_lint.analysis.extract.state import MODULE, Enclosing, ModuleScope, Pending, State
from session_lint.facts.location import Span
from session_lint.facts.module_facts import Exit, FunctionFacts
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.telling_names import DEPENDS
from session_lint.facts.terms import Const, Param, Ref, Term, Unknown

_START = Span(1, 1, 1, 1)


def parameters_of(node: cst.Parameters) -> list[cst.Param]:
    """All parameters, in source order."""
    found = [*node.posonly_params, *node.params]
    if isinstance(node.star_arg, cst.Param):
        found.append(node.star_arg)
    found.extend(node.kwonly_params)
    if node.star_kwarg is not None:
        found.append(node.star_kwarg)
    return found


def extract_function(module: ModuleScope, node: cst.FunctionDef, qualname: str, enclosing: Enclosing) -> list[FunctionFacts]:
    """The facts of a function and of the lambdas in it."""
    state = State(module, qualname, enclosing)
    decorators = [_quietly(state, decorator.decorator) for decorator in node.decorators]
    scopes = tuple(scope for one in decorators if (scope := module.effects.scope(one, qualname)) is not None)
    _dependencies(state, node)
    _begin(state, node.params)
    state.execute(node.body)
    names = _names(state) if state.lambdas or nested_in(module.index, qualname) else ()
    facts = FunctionFacts(
        qualname,
        tuple(state.calls),
        tuple(state.block),
        tuple(state.returns),
        scopes,
        module.spans.defined(node) or _START,
        names=names,
        hints=tuple(state.hints),
        moments=tuple(state.moments),
        joined=tuple(sorted(state.joined)),
        started=tuple(state.started.items()),
    )
    return [facts, *_lambdas(state)]


def extract_module_code(module: ModuleScope, tree: cst.Module) -> list[FunctionFacts]:
    """The facts of module-level code, and of the lambdas in it."""
    state = State(module, MODULE)
    for node in tree.body:
        state.run(node)
    facts = FunctionFacts(
        MODULE, tuple(state.calls), tuple(state.block), tuple(state.returns), (), _START, names=_names(state), hints=tuple(state.hints)
    )
    return [facts, *_lambdas(state)]


def nested_in(index: ModuleIndex, qualname: str) -> list[FunctionIndex]:
    """The functions defined directly inside a function."""
    start = len(qualname) + 1
    return [f for f in index.functions if f.qualname.startswith(qualname + ".") and "." not in f.qualname[start:]]


def _names(state: State) -> tuple[tuple[str, Term], ...]:
    """The names that stand for something, for the functions inside; not those that stand for themselves."""
    own = state.module.absolute("" if state.qualname == MODULE else state.qualname)
    return tuple(
        (k, v) for k, v in state.env.names.items() if not isinstance(v, (Const, Unknown)) and v not in {Param(k), Ref(f"{own}.{k}")}
    )


def _begin(state: State, parameters: cst.Parameters) -> None:
    """Bind the parameters, and the functions defined inside: a call may stand before the definition is met."""
    for function in nested_in(state.module.index, state.qualname):
        state.env.names[function.name] = Ref(state.module.absolute(function.qualname))
    for parameter in parameters_of(parameters):
        state.env.names[parameter.name.value] = Param(parameter.name.value)


def _quietly(state: State, node: cst.BaseExpression) -> Term:
    """The term of a decorator: it is evaluated outside the function, so its calls are not the function's."""
    apart = State(state.module, state.qualname, state.enclosing)
    return apart.evaluate(node)


def _dependencies(state: State, node: cst.FunctionDef) -> None:
    for parameter in parameters_of(node.params):
        for found in _depends_calls(state, parameter):
            annotation = parameter.annotation.annotation if parameter.annotation is not None else None
            depends(state, found, _quietly(state, annotation) if annotation is not None else None, parameter.name.value)


def _depends_calls(state: State, parameter: cst.Param) -> Iterator[cst.Call]:
    candidates: list[cst.CSTNode] = []
    if parameter.annotation is not None and isinstance(parameter.annotation.annotation, cst.Subscript):
        elements = parameter.annotation.annotation.slice
        candidates.extend(one.slice.value for one in elements if isinstance(one.slice, cst.Index))
    if parameter.default is not None:
        candidates.append(parameter.default)
    for candidate in candidates:
        if isinstance(candidate, cst.Call) and called_name(_quietly(state, candidate.func)) in DEPENDS:
            yield candidate


def _lambdas(state: State) -> list[FunctionFacts]:
    """The lambdas met in a function that call something, with those inside them."""
    found: list[FunctionFacts] = []
    for pending in state.lambdas:
        facts, inner = _lambda(state, pending)
        if facts.calls or not isinstance(facts.returns[0], Const):
            found.append(facts)
        found.extend(inner)
    return found


def _lambda(outer: State, pending: Pending) -> tuple[FunctionFacts, list[FunctionFacts]]:
    state = State(outer.module, pending.qualname, pending.enclosing)
    for parameter in parameters_of(pending.node.params):
        state.env.names[parameter.name.value] = Param(parameter.name.value)
    value = state.evaluate(pending.node.body)
    state.emit(Exit("return", value))
    facts = FunctionFacts(
        pending.qualname,
        tuple(state.calls),
        tuple(state.block),
        (value, *state.returns),
        (),
        state.span(pending.node),
        parameters=tuple(parameter.name.value for parameter in parameters_of(pending.node.params)),
        names=_names(state) if state.lambdas else (),
        hints=tuple(state.hints),
        moments=tuple(state.moments),
    )
    return facts, _lambdas(state)

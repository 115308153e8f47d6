"""Calls that run in parallel for one record, and how they can share one result."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.location import Place, Span
from session_lint.repair.rewrite.calls.trust import fix
from session_lint.repair.rewrite.file.naming import free_name, record_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.records import results, variables
from session_lint.repair.rewrite.records.reaching import Region, require_reached, shared_scope, unconditional, walk
from session_lint.repair.rewrite.statements import statements

_STARTERS = frozenset({"create_task", "ensure_future", "submit", "start_soon"})
_SPACE = re.compile(r"\s+")


def share(source: Source, first: Place, second: Place) -> Fix:
    """One call in the place of two that run in parallel. Raises CannotRepair where their results are wanted one by one."""
    one, other = _runner(source, first.span), _runner(source, second.span)
    shared_scope(source, one, other)
    if first == second:
        raise CannotRepair("the parallel calls are turns of a loop, and each has a result of its own")
    if one is other and dotted_name(one.func).endswith("gather"):
        return _gathered(source, one, first.span, second.span)
    if one is other or not {_last(one), _last(other)} <= _STARTERS:
        raise CannotRepair("the parallel calls are started in a way that the analysis cannot rewrite")
    if _plain(source, one) != _plain(source, other):
        raise CannotRepair("the two tasks are not started alike")
    return _task(source, one, other)


def _runner(source: Source, span: Span) -> cst.Call:
    """The call that runs the getter: the `gather` or `create_task` that gets its coroutine, the `submit` that gets the function."""
    for node in walk(source.module):
        if isinstance(node, cst.Name) and (source.span(node).row, source.span(node).column) == (span.row, span.column):
            for above in source.parents(node):
                if isinstance(above, cst.Call) and not _calls(above, node):
                    return above
                if isinstance(above, cst.BaseStatement):
                    break
    raise CannotRepair(f"there is no task at {source.path}:{span.row}")


def _calls(call: cst.Call, name: cst.Name) -> bool:
    """Whether a call is the one of that name."""
    return call.func is name or (isinstance(call.func, cst.Attribute) and call.func.attr is name)


def _last(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else dotted_name(call.func)


def _plain(source: Source, node: cst.CSTNode) -> str:
    return _SPACE.sub("", source.code(node))


# -- gather ----------------------------------------------------------------------------------------------------------


def _gathered(source: Source, gather: cst.Call, first: Span, second: Span) -> Fix:
    """The second argument goes; its result is the first one's."""
    if any(arg.star or arg.keyword is not None for arg in gather.args):
        raise CannotRepair("the `gather` spreads its arguments, or takes options")
    values = [arg.value for arg in gather.args]
    left, right = _index(source, values, first), _index(source, values, second)
    if _plain(source, values[left]) != _plain(source, values[right]):
        raise CannotRepair("the two calls are not written alike")
    whole = source.parent(gather)
    above = source.parent(whole) if isinstance(whole, cst.Await) else None
    if not isinstance(whole, cst.Await) or above is None:
        raise CannotRepair("the `gather` is not awaited on the spot")
    lost = "a comment is lost" if results.comments_in(gather) else ""
    if isinstance(above, cst.Expr):
        return fix("Call the getter once", [lost], *_without(source, gather, right))
    targets = _targets(above, len(values))
    if targets:
        return _unpacked(source, gather, whole, targets, (left, right), lost)
    if len({_plain(source, value) for value in values}) > 1:
        raise CannotRepair("the results of the `gather` are kept together")
    return _listed(source, values, whole, lost)


def _index(source: Source, values: list[cst.BaseExpression], span: Span) -> int:
    for number, value in enumerate(values):
        if isinstance(value, cst.Call):
            called = source.span(value.func.attr if isinstance(value.func, cst.Attribute) else value.func)
            if (called.row, called.column) == (span.row, span.column):
                return number
    raise CannotRepair("the `gather` does not get the getter itself")


def _targets(above: cst.CSTNode, count: int) -> tuple[cst.Name, ...]:
    """The names of `a, b = await gather(...)`; none for anything else."""
    target = above.targets[0].target if isinstance(above, cst.Assign) and len(above.targets) == 1 else None
    if not isinstance(target, cst.Tuple | cst.List) or len(target.elements) != count:
        return ()
    names = tuple(one.value for one in target.elements if isinstance(one.value, cst.Name))
    return names if len(names) == count else ()


def _without(source: Source, gather: cst.Call, index: int) -> tuple[Edit, ...]:
    """The call without one of its arguments; the coroutine alone when only one is left."""
    kept = [arg.value for number, arg in enumerate(gather.args) if number != index]
    if len(kept) == 1:
        return (source.replace(gather, source.code(kept[0])),)
    before, gone = source.outer(gather.args[index - 1].value), source.outer(gather.args[index].value)
    return (Edit(source.path, "", Span(before.end_row, before.end_column, gone.end_row, gone.end_column)),)


def _unpacked(source: Source, gather: cst.Call, whole: cst.Await, targets: tuple[cst.Name, ...], pair: tuple[int, int], lost: str) -> Fix:
    left, right = targets[pair[0]].value, targets[pair[1]].value
    statement = source.statement(whole)
    assign = source.parent(whole)
    if not isinstance(assign, cst.Assign):
        raise CannotRepair("the results of the `gather` are kept together")
    names = ", ".join(one.value for number, one in enumerate(targets) if number != pair[1])
    edits = [source.replace(assign.targets[0].target, names), *_without(source, gather, pair[1])]
    if not right.startswith("_"):
        edits.append(statements.after(source, statement, [f"{right} = {left}"]))
    return fix(f"Call the getter once, for `{left}`", [lost, f"`{left}` and `{right}` are then one object"], *edits)


def _listed(source: Source, values: list[cst.BaseExpression], whole: cst.Await, lost: str) -> Fix:
    statement = source.statement(whole)
    if not unconditional(source, whole, statement) or not isinstance(values[0], cst.Call):
        raise CannotRepair("the `gather` runs only under a condition")
    name = free_name(source, whole, record_name(values[0]))
    text = variables.moved_text(source, source.span(values[0]), source.code(values[0]), statements.indent(source, statement))
    return fix(
        f"Obtain `{name}` once",
        [lost, "the results are then one object"],
        variables.insert_above(source, statement, f"{name} = await {text}"),
        variables.substitute(source, whole, f"[{', '.join([name] * len(values))}]"),
    )


# -- tasks and futures -----------------------------------------------------------------------------------------------


def _task(source: Source, one: cst.Call, other: cst.Call) -> Fix:
    """The second task is the first."""
    statement = source.statement(one)
    if not unconditional(source, one, statement):
        raise CannotRepair("the first task is started only under a condition")
    doubts = [*require_reached(source, statement, other)]
    above, edits = source.parent(one), []
    if Region.between(source, one, other).loops:
        raise CannotRepair("the second task is started in a loop")
    second = source.statement(other)
    gone = isinstance(source.parent(other), cst.Expr)
    if gone:
        lost = "a comment is lost" if statements.comments(source, second) else ""
        return fix("Start the task once", [*doubts, lost, "its failure is seen once only"], statements.remove(source, second))
    if isinstance(above, cst.Assign) and len(above.targets) == 1 and isinstance(above.targets[0].target, cst.Name):
        name = above.targets[0].target.value
        if next(Region.between(source, one, other).stores(name), None) is not None:
            raise CannotRepair(f"`{name}` is bound again between the two tasks")
    elif isinstance(above, cst.Expr):
        name = free_name(source, one, f"{_record(one)}_task")
        edits.append(source.insert(source.span(one).row, source.span(one).column, f"{name} = "))
    else:
        raise CannotRepair("the first task is not kept in a variable")
    edits.append(variables.substitute(source, other, name))
    return fix(f"Share `{name}`", [*doubts, "both are then one task, and end together"], *edits)


def _record(call: cst.Call) -> str:
    inner = call.args[0].value if call.args else None
    return record_name(inner) if isinstance(inner, cst.Call) else "record"

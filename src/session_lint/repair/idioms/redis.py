"""redis: `set` without `nx`, and `pipeline(transaction=True)` around both commands."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements import regions
from session_lint.repair.rewrite.writes import hazards


class Redis(Idiom):
    """Commands become commands of a pipeline: they are queued there, and run when it is executed."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        name = source.code(called_name(call))
        above = source.parent(call)
        if not isinstance(source.parent(above) if isinstance(above, cst.Await) else above, cst.Expr):
            raise CannotRepair("the code asks whether the key was set")
        if name == "setnx":
            return Written((source.replace(called_name(call), "set"),), constraint=False, keeps=False)
        position = next((number for number, arg in enumerate(call.args) if arg.keyword is not None and arg.keyword.value == "nx"), 0)
        if name != "set" or not position:
            raise CannotRepair(f"`{name}` after a delete has no single command: use a pipeline, or a temporary key and `rename`")
        before, gone = source.outer(call.args[position - 1].value), source.outer(call.args[position].value)
        edit = Edit(source.path, "", Span(before.end_row, before.end_column, gone.end_row, gone.end_column))
        return Written((edit,), constraint=False, keeps=False)

    def transaction(self, halves: Halves) -> Opened:
        source = halves.meeting
        if not halves.direct:
            raise CannotRepair("a command in a helper function does not go through the pipeline: hand the pipeline to the helper")
        receiver = _receiver(source, halves.clear)
        if receiver != _receiver(source, halves.insert) or receiver.startswith("pipe"):
            raise CannotRepair("the two commands are of different clients, or of a pipeline already")
        if "RedisCluster" in source.text:
            raise CannotRepair("a cluster runs no transactions over its nodes")
        run = regions.smallest(source, halves.clear, halves.insert)
        name = "pipe"
        edits: list[Edit] = []
        for node in hazards.nodes(run.body):
            if isinstance(node, cst.Name) and node.value == name:
                raise CannotRepair(f"`{name}` already means something else in the function")
            if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and source.code(node.func.value) == receiver:
                edits += _queued(source, node, name)
            elif isinstance(node, cst.Name | cst.Attribute) and source.code(node) == receiver and not _is_receiver(source, node):
                raise CannotRepair(f"`{receiver}` is also handed on between the two commands")
        awaited = isinstance(source.parent(halves.insert), cst.Await)
        return Opened(
            f"{receiver}.pipeline(transaction=True) as {name}",
            asynchronous=awaited,
            edits=tuple(edits),
            closing=f"{'await ' if awaited else ''}{name}.execute()",
        )


def _receiver(source: Source, call: cst.Call) -> str:
    return source.code(call.func.value) if isinstance(call.func, cst.Attribute) else ""


def _is_receiver(source: Source, node: cst.CSTNode) -> bool:
    """Whether a name is what a command is called on."""
    above = source.parent(node)
    return isinstance(above, cst.Attribute) and above.value is node and isinstance(source.parent(above), cst.Call)


def _queued(source: Source, call: cst.Call, name: str) -> tuple[Edit, ...]:
    """A command that is queued: its result comes only when the pipeline runs, so that none may be used."""
    assert isinstance(call.func, cst.Attribute)
    above = source.parent(call)
    awaited = isinstance(above, cst.Await)
    if not isinstance(source.parent(above) if awaited and above is not None else above, cst.Expr):
        raise CannotRepair("the result of a command is used, which a pipeline only has at its end")
    target = source.replace(call.func.value, name)
    if not awaited or above is None:
        return (target,)
    start, end = source.span(above), source.span(call)
    return (Edit(source.path, "", Span(start.row, start.column, end.row, end.column)), target)

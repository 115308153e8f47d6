"""Look-ups in a helper: it can be called once more where it does nothing but look, and keeps nothing of what it found."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, inside
from session_lint.repair.rewrite.writes.harmless import calls, root, unknown

_SORTED = frozenset({"order_by", "order", "sort", "earliest", "latest", "order_by_raw"})
_PLAIN = (cst.SimpleStatementLine, cst.If)


def require_plain(material: Check, sources: Sources) -> None:
    """Raises CannotRepair where the helper of a look-up may do more than look, or does not look each time."""
    if len(material.look_chain) == 1:
        return
    name = material.look_chain[-1].function.rpartition(".")[2]
    source = sources[material.look.path]
    look = source.call_at(material.look.span)
    function = source.function_around(look)
    if len(material.look_chain) > 2 or function is None or not _only_looks(source, function, look):
        raise CannotRepair(f"the row is looked up in a helper, `{name}`")


def _only_looks(source: Source, function: cst.FunctionDef, look: cst.Call) -> bool:
    if function.decorators or not all(isinstance(one, _PLAIN) for one in function.body.body):
        return False
    if any(isinstance(one, cst.Attribute | cst.Subscript) for one in _targets(function)) or _has(
        function, cst.Yield, cst.Raise, cst.Global
    ):
        return False
    around = [one for one in source.parents(look) if isinstance(one, cst.Call)]
    known = [one for one in calls(function) if one is look or one in around or _leads(one, look, around)]
    sorted_ = any(isinstance(one.func, cst.Attribute) and one.func.attr.value in _SORTED for one in known)
    return not sorted_ and not unknown(source, function.body, known=known)


def _leads(call: cst.Call, look: cst.Call, around: list[cst.Call]) -> bool:
    """Whether a call is a step of the query that looks, or of one that is around it."""
    return any(_is_inside(call, top.func) and root(call) is root(top) for top in (look, *around))


def _is_inside(part: cst.CSTNode, whole: cst.CSTNode) -> bool:
    return whole is part or any(_is_inside(part, child) for child in inside(whole))


def _targets(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """What a function assigns to."""
    found = [node.target] if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign) else []
    return [*found, *(one for child in inside(node) for one in _targets(child))]


def _has(node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> bool:
    return isinstance(node, kinds) or any(_has(child, *kinds) for child in inside(node))

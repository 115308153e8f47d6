"""Names for new variables: what a record is called, and which names are still free."""

from __future__ import annotations

import builtins
import keyword
import re

import libcst as cst

from session_lint.analysis.cst.names import below, bound_names
from session_lint.repair.rewrite.file.source import Source, called_name

_VERB = re.compile(
    r"^_*(?:(?:get|find|fetch|read|load|create|select|upsert|lookup)_or_(?:create|insert|init|add|new|make|get)"
    r"|get|ensure|obtain|establish|load|fetch|find|open|upsert|create|make|init|resolve|current|acquire)_+"
)
_ALONE = re.compile(
    r"^_*(?:a?get|find|fetch|read|load|create)_or_(?:create|insert|init|add|new|make|get)$|^_*(?:get|ensure|obtain|load|fetch|upsert)$"
)
_TAIL = re.compile(r"_(?:a?sync|if_not_exists|if_missing|if_needed|exists|by_\w+|for_\w+|with_\w+|from_\w+)$")
_KEEPER = re.compile(r"_?(?:service|services|repository|repo|manager|store|dao|crud|objects|query|collection|table|db|client)$")
_MANAGERS = frozenset({"objects", "query", "_default_manager", "_base_manager", "manager"})
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASYNC_PREFIX = re.compile(r"^_*a(?=(?:get|ensure|update|create)_)")


def record_name(call: cst.Call) -> str:
    """What the result of a getter is called: `session` for `get_or_create_session(...)`, `cart` for `Cart.objects.get_or_create(...)`."""
    called = called_name(call)
    name = _ASYNC_PREFIX.sub("", called.value) if isinstance(called, cst.Name) else ""
    if _ALONE.match(name):
        return _owner(call.func) or "record"
    found = _TAIL.sub("", _snake(_VERB.sub("", _snake(name))))
    return found.strip("_") if found.strip("_").isidentifier() else "record"


def free_name(source: Source, node: cst.CSTNode, wanted: str) -> str:
    """`wanted`, or a name made of it, that neither the function around a node nor the module has in use."""
    function = source.around(node, cst.FunctionDef)
    taken = names_in(function if function is not None else source.module) | bound_names(source.module)[0]
    for above in source.parents(node):
        taken |= names_in(above.params) if isinstance(above, cst.FunctionDef | cst.Lambda) else frozenset()
    choices = [wanted, f"current_{wanted}", f"{wanted}_record", *(f"{wanted}_{number}" for number in range(2, 100))]
    return next(one for one in choices if one not in taken and not keyword.iskeyword(one) and not hasattr(builtins, one))


def names_in(node: cst.CSTNode) -> frozenset[str]:
    """Every variable in a part of a file, bound or read; the names of attributes and keywords are none."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, cst.Name):
            found.add(one.value)
        stack.extend((one.value,) if isinstance(one, cst.Attribute | cst.Arg) else below(one))
    return frozenset(found)


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _owner(func: cst.BaseExpression) -> str:
    """The model, or the service, that a nameless getter belongs to."""
    base = func.value if isinstance(func, cst.Attribute) else None
    while isinstance(base, cst.Call | cst.Attribute):
        if isinstance(base, cst.Call):
            base = base.func.value if isinstance(base.func, cst.Attribute) else None
        elif base.attr.value in _MANAGERS:
            base = base.value
        else:
            return _singular(_KEEPER.sub("", _snake(base.attr.value)).strip("_"), plural=True)
    return _singular(_KEEPER.sub("", _snake(base.value)).strip("_"), plural=base.value.islower()) if isinstance(base, cst.Name) else ""


def _singular(name: str, *, plural: bool) -> str:
    if name in {"self", "cls", "super"} or not name.isidentifier():
        return ""
    if not plural or name.endswith("ss") or not name.endswith("s") or len(name) < 4:
        return name
    return f"{name[:-3]}y" if name.endswith("ies") else name[:-1]

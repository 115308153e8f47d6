"""How the record that a getter returns is held: in which variable, in which form, in which statement."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements.statements import Statement

_PREFIXES = ("get_or_create_", "create_or_get_", "find_or_create_", "fetch_or_create_", "load_or_create_", "get_or_make_")
_VERBS = ("get_or_create", "create_or_get", "aget_or_create", "update_or_create", "ensure_", "obtain_", "fetch_", "load_", "get_", "find_")
_PLAIN = cst.Expr | cst.Assign | cst.AnnAssign | cst.Return
_PARTIAL = cst.Lambda | cst.BooleanOperation | cst.IfExp | cst.BaseComp | cst.While | cst.Assert
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
IDENTITY = frozenset({'["id"]', '["_id"]', ".id", ".pk", ".uuid"})


@dataclass(frozen=True, slots=True)
class Holding:
    """The record of one getter call, as the code holds it.

    `value` is the call with its `await`; `pick` the index that takes the record out of a pair ("[0]" or ""); `form` the part of
    the record that is kept (`["id"]`, "" for all of it); `name` what it is bound to (`session`, `ctx.session_id`, "" for nothing),
    `flag` what else comes with it (`created`). `whole` is the expression that ends where the form does; `alone`: the statement
    does nothing but bind it.
    """

    call: cst.Call
    value: cst.BaseExpression
    whole: cst.BaseExpression
    pick: str
    form: str
    name: str
    flag: str
    statement: Statement
    alone: bool

    @property
    def local(self) -> bool:
        """Whether it is bound to a plain variable."""
        return self.name.isidentifier()


def held(source: Source, call: cst.Call) -> Holding:
    """How the result of a call is held. Raises CannotRepair where the call shares its line or is evaluated only now and then."""
    statement = source.statement(call)
    value: cst.BaseExpression = call
    above = source.parent(value)
    if isinstance(above, cst.Await):
        value, above = above, source.parent(above)
    pick, whole = "", value
    suffix = suffix_of(source, whole, above)
    if suffix == "[0]":
        assert isinstance(above, cst.Subscript)
        pick, whole, above = suffix, above, source.parent(above)
        suffix = suffix_of(source, whole, above)
    form = ""
    while suffix and isinstance(above, cst.BaseExpression):
        form, whole, above = form + suffix, above, source.parent(above)
        suffix = suffix_of(source, whole, above) if form not in IDENTITY else ""
    name, flag = _bound(source, whole, above)
    if flag or (name.endswith(",") and not pick):
        name, pick = name.removesuffix(","), "[0]"
    alone = bool(name) and isinstance(above, cst.Assign | cst.AnnAssign)
    return Holding(call, value, whole, pick, form, name, flag, statement, alone)


def require_always(source: Source, holding: Holding) -> None:
    """Raises CannotRepair where the call runs only on some ways through its statement, or again and again."""
    statement = holding.statement
    row = source.span(holding.call).row
    part: cst.CSTNode = holding.call
    for above in source.parents(holding.call):
        if isinstance(above, _PARTIAL) and part is not _sure_part(above):
            raise CannotRepair(f"the call at {source.path}:{row} runs only now and then within its statement")
        if above is statement:
            break
        part = above
    if isinstance(statement, cst.If) and isinstance(source.parent(statement), cst.If):
        raise CannotRepair(f"the call at {source.path}:{row} is part of an `elif`")
    if not isinstance(statement, cst.SimpleStatementLine | cst.If | cst.For | cst.With):
        raise CannotRepair(f"the call at {source.path}:{row} is not in a plain statement")


def _sure_part(node: cst.CSTNode) -> cst.CSTNode | None:
    """The part of an expression that is worked out first, whatever the others say."""
    if isinstance(node, cst.BooleanOperation):
        return node.left
    return node.test if isinstance(node, cst.IfExp) else None


def picked(source: Source, holding: Holding) -> cst.BaseExpression:
    """The call with the index that takes the record out of a pair."""
    above = source.parent(holding.value)
    return above if holding.pick and isinstance(above, cst.Subscript) and above.value is holding.value else holding.value


def noun(source: Source, call: cst.Call) -> str:
    """What a getter's name says the record is: `session` of `get_or_create_session(x)`, `basket` of `Basket.objects.get_or_create()`."""
    name = source.code(called_name(call)).lstrip("_")
    for prefix in _PREFIXES:
        if name.startswith(prefix) and name[len(prefix) :]:
            return _without_key(name[len(prefix) :])
    if name in _VERBS or "or_create" in name:
        return _receiver(call)
    for verb in _VERBS:
        if verb.endswith("_") and name.startswith(verb) and name[len(verb) :]:
            return _without_key(name[len(verb) :])
    return name if name.isidentifier() else "record"


def _without_key(name: str) -> str:
    """`user_by_email` is a user."""
    for word in ("_by_", "_for_", "_from_", "_of_"):
        name = name.split(word, 1)[0]
    return name


def _receiver(call: cst.Call) -> str:
    base = call.func.value if isinstance(call.func, cst.Attribute) else None
    while isinstance(base, cst.Attribute) and base.attr.value in {"objects", "query", "_default_manager", "all_objects"}:
        base = base.value
    if isinstance(base, cst.Attribute):
        base = base.attr
    name = _HUMP.sub("_", base.value).lower().strip("_") if isinstance(base, cst.Name) else ""
    for ending in ("_service", "_repository", "_manager", "_store", "_model", "_repo"):
        name = name.removesuffix(ending)
    return name if name.isidentifier() and name not in {"self", "cls", "objects"} else "record"


def suffix_of(source: Source, node: cst.BaseExpression, above: cst.CSTNode | None) -> str:
    """What a subscript or attribute takes out of an expression: `["id"]`, `.id`; "" where a method is called on it."""
    if isinstance(above, cst.Attribute) and above.value is node:
        further = source.parent(above)
        return "" if isinstance(further, cst.Call) and further.func is above else f".{above.attr.value}"
    if isinstance(above, cst.Subscript) and above.value is node and len(above.slice) == 1:
        index = above.slice[0].slice
        return f"[{_quoted(source.code(index))}]" if isinstance(index, cst.Index) else ""
    return ""


def _quoted(text: str) -> str:
    """A plain string in double quotes, so that two spellings of one key are equal."""
    return f'"{text[1:-1]}"' if re.fullmatch(r"'[\w -]*'", text) else text


def _bound(source: Source, node: cst.BaseExpression, above: cst.CSTNode | None) -> tuple[str, str]:
    """The target a value is assigned to, and the flag next to it; a first target of several ends in a comma."""
    target: cst.CSTNode | None = None
    if isinstance(above, cst.Assign) and len(above.targets) == 1 and above.value is node:
        target = above.targets[0].target
    elif isinstance(above, cst.AnnAssign | cst.NamedExpr) and above.value is node:
        target = above.target
    if isinstance(target, cst.Tuple):
        if len(target.elements) != 2 or any(isinstance(one, cst.StarredElement) for one in target.elements):
            return "", ""
        first, second = (one.value for one in target.elements)
        return f"{source.code(first)},", source.code(second)
    return (source.code(target), "") if isinstance(target, cst.Name | cst.Attribute) else ("", "")

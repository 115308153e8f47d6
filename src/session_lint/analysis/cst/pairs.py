"""The nodes of a libcst tree beside those of the `ast` tree of the same text.

libcst keeps no positions and has to write a whole text out to know them; `ast` has them and takes a tenth of the time.
Both trees are walked in one order. What is recorded must agree, kind by kind and name by name, or nothing is paired.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any, TypeAlias

import libcst as cst

_FSTRING = 'f""'
_LITERALS = frozenset({"None", "True", "False"})  # names for libcst, constants for ast
_Parts: TypeAlias = Callable[[Any], Iterable[Any]]


class Recorded:
    """What a walk met, in order: nodes, and a label of each to compare. `indents` is the indentation around each f-string."""

    __slots__ = ("indents", "labels", "nodes")

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.labels: list[str] = []
        self.indents: dict[int, str] = {}


def paired(tree: cst.Module, other: ast.Module) -> tuple[Recorded, Recorded] | None:
    """The calls, names, attributes, subscripts, lambdas, functions and f-strings of both trees; None when they disagree."""
    mine, theirs = Recorded(), Recorded()
    _walk_cst(tree, mine, "", tree.default_indent)
    _walk_ast(other, theirs)
    return (mine, theirs) if mine.labels == theirs.labels else None


def _walk_cst(root: cst.CSTNode, found: Recorded, indent: str, default: str) -> None:
    stack: list[Any] = list(root.body)[::-1] if isinstance(root, (cst.Module, cst.IndentedBlock)) else [root]
    while stack:
        node = stack.pop()
        kind = node.__class__
        label = _CST_LABELS.get(kind)
        if label is not None:
            text = label(node)
            if text:
                found.nodes.append(node)
                found.labels.append(text)
                if text is _FSTRING:
                    found.indents[id(node)] = indent
        elif kind is cst.IndentedBlock:
            _walk_cst(node, found, indent + (default if node.indent is None else node.indent), default)
            continue
        parts = _CST_PARTS.get(kind)
        if parts is not None:
            stack.extend(parts(node))


def _walk_ast(root: ast.Module, found: Recorded) -> None:
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        kind = node.__class__
        label = _AST_LABELS.get(kind)
        if label is not None:
            found.nodes.append(node)
            found.labels.append(label(node))
        parts = _AST_PARTS.get(kind)
        if parts is not None:
            stack.extend(parts(node))


def _fields(*names: str) -> _Parts:
    """The parts in these fields, the last first: they go on a stack."""
    backwards = names[::-1]

    def parts(node: Any) -> Iterable[Any]:
        found: list[Any] = []
        for name in backwards:
            value = getattr(node, name)
            if value.__class__ is list or value.__class__ is tuple:
                found.extend(value[::-1])
            elif value is not None:
                found.append(value)
        return found

    return parts


def _call_arguments(arguments: Iterable[cst.Arg]) -> list[Any]:
    """The values of positional arguments, then those of keyword arguments, as `ast` has them; the last first."""
    named = [arg.value for arg in arguments if arg.keyword is not None or arg.star == "**"]
    plain = [arg.value for arg in arguments if arg.keyword is None and arg.star != "**"]
    return [*named[::-1], *plain[::-1]]


def _cst_call(node: cst.Call) -> list[Any]:
    return [*_call_arguments(node.args), node.func]


def _cst_class(node: cst.ClassDef) -> list[Any]:
    return [node.body, *_call_arguments((*node.bases, *node.keywords)), *node.decorators[::-1]]


def _cst_parameters(node: cst.Parameters) -> list[Any]:
    """Annotations, then defaults, then those of keyword-only parameters."""
    plain = [*node.posonly_params, *node.params]
    star = [node.star_arg] if isinstance(node.star_arg, cst.Param) else []
    last = [node.star_kwarg] if node.star_kwarg is not None else []
    parts: list[cst.CSTNode | None] = [parameter.annotation for parameter in (*plain, *star, *node.kwonly_params, *last)]
    parts += [parameter.default for parameter in (*plain, *node.kwonly_params)]
    return [part for part in parts[::-1] if part is not None]


def _ast_arguments(node: ast.arguments) -> list[Any]:
    parameters = (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg)
    parts = [parameter.annotation for parameter in parameters if parameter is not None]
    return [part for part in (*parts, *node.defaults, *node.kw_defaults)[::-1] if part is not None]


def _ast_dict(node: ast.Dict) -> list[Any]:
    pairs = zip_longest(node.keys[::-1], node.values[::-1])
    return [part for key, value in pairs for part in (value, key) if part is not None]


def _cst_concatenated(node: cst.ConcatenatedString) -> str:
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        if isinstance(rest.left, cst.FormattedString):
            return _FSTRING
        rest = rest.right
    return _FSTRING if isinstance(rest, cst.FormattedString) else ""


_CST_LABELS: dict[type[cst.CSTNode], Callable[[Any], str]] = {
    cst.Name: lambda node: "" if node.value in _LITERALS else node.value,
    cst.Attribute: lambda node: node.attr.value,
    cst.Call: lambda _: "()",
    cst.Subscript: lambda _: "[]",
    cst.Lambda: lambda _: "lambda",
    cst.FunctionDef: lambda node: node.name.value,
    cst.FormattedString: lambda _: _FSTRING,
    cst.ConcatenatedString: _cst_concatenated,
    cst.TemplatedString: lambda _: "not paired",
}
_AST_LABELS: dict[type[ast.AST], Callable[[Any], str]] = {
    ast.Name: lambda node: node.id,
    ast.Attribute: lambda node: node.attr,
    ast.Call: lambda _: "()",
    ast.Subscript: lambda _: "[]",
    ast.Lambda: lambda _: "lambda",
    ast.FunctionDef: lambda node: node.name,
    ast.AsyncFunctionDef: lambda node: node.name,
    ast.JoinedStr: lambda _: _FSTRING,
}
_SUITE = ("body", "orelse")
_CST_PARTS: dict[type[cst.CSTNode], _Parts] = {
    cst.Call: _cst_call,
    cst.ClassDef: _cst_class,
    cst.Parameters: _cst_parameters,
    cst.FunctionDef: _fields("decorators", "params", "returns", "body"),
    cst.Lambda: _fields("params", "body"),
    cst.Attribute: _fields("value"),
    cst.Subscript: _fields("value", "slice"),
    cst.SubscriptElement: _fields("slice"),
    cst.Slice: _fields("lower", "upper", "step"),
    cst.SimpleStatementLine: _fields("body"),
    cst.SimpleStatementSuite: _fields("body"),
    cst.Assign: _fields("targets", "value"),
    cst.AssignTarget: _fields("target"),
    cst.AnnAssign: _fields("target", "annotation", "value"),
    cst.Annotation: _fields("annotation"),
    cst.AugAssign: _fields("target", "value"),
    cst.NamedExpr: _fields("target", "value"),
    cst.Raise: _fields("exc", "cause"),
    cst.Assert: _fields("test", "msg"),
    cst.Del: _fields("target"),
    cst.If: _fields("test", *_SUITE),
    cst.IfExp: _fields("test", *_SUITE),
    cst.While: _fields("test", *_SUITE),
    cst.For: _fields("target", "iter", *_SUITE),
    cst.With: _fields("items", "body"),
    cst.WithItem: _fields("item", "asname"),
    cst.AsName: _fields("name"),
    cst.Match: _fields("subject", "cases"),
    cst.MatchCase: _fields("guard", "body"),
    cst.Comparison: _fields("left", "comparisons"),
    cst.ComparisonTarget: _fields("comparator"),
    cst.DictElement: _fields("key", "value"),
    cst.DictComp: _fields("key", "value", "for_in"),
    cst.CompFor: _fields("target", "iter", "ifs", "inner_for_in"),
    cst.CompIf: _fields("test"),
    cst.Decorator: _fields("decorator"),
    cst.UnaryOperation: _fields("expression"),
    cst.Await: _fields("expression"),
    cst.From: _fields("item"),
    **dict.fromkeys((cst.Else, cst.Finally), _fields("body")),
    **dict.fromkeys((cst.Try, cst.TryStar), _fields("body", "handlers", "orelse", "finalbody")),
    **dict.fromkeys((cst.ExceptHandler, cst.ExceptStarHandler), _fields("type", "body")),
    **dict.fromkeys((cst.BinaryOperation, cst.BooleanOperation), _fields("left", "right")),
    **dict.fromkeys((cst.Tuple, cst.List, cst.Set, cst.Dict), _fields("elements")),
    **dict.fromkeys((cst.ListComp, cst.SetComp, cst.GeneratorExp), _fields("elt", "for_in")),
    **dict.fromkeys((cst.Expr, cst.Return, cst.Yield, cst.Index, cst.Element, cst.StarredElement), _fields("value")),
    cst.StarredDictElement: _fields("value"),
}
_AST_PARTS: dict[type[ast.AST], _Parts] = {
    ast.arguments: _ast_arguments,
    ast.Dict: _ast_dict,
    ast.Call: _fields("func", "args", "keywords"),
    ast.ClassDef: _fields("decorator_list", "bases", "keywords", "body"),
    ast.Lambda: _fields("args", "body"),
    ast.Subscript: _fields("value", "slice"),
    ast.Slice: _fields("lower", "upper", "step"),
    ast.Module: _fields("body"),
    ast.Assign: _fields("targets", "value"),
    ast.AnnAssign: _fields("target", "annotation", "value"),
    ast.Raise: _fields("exc", "cause"),
    ast.Assert: _fields("test", "msg"),
    ast.Delete: _fields("targets"),
    ast.withitem: _fields("context_expr", "optional_vars"),
    ast.ExceptHandler: _fields("type", "body"),
    ast.Match: _fields("subject", "cases"),
    ast.match_case: _fields("guard", "body"),
    ast.Compare: _fields("left", "comparators"),
    ast.DictComp: _fields("key", "value", "generators"),
    ast.comprehension: _fields("target", "iter", "ifs"),
    ast.UnaryOp: _fields("operand"),
    ast.BinOp: _fields("left", "right"),
    ast.BoolOp: _fields("values"),
    **dict.fromkeys((ast.AugAssign, ast.NamedExpr), _fields("target", "value")),
    **dict.fromkeys((ast.If, ast.IfExp, ast.While), _fields("test", *_SUITE)),
    **dict.fromkeys((ast.For, ast.AsyncFor), _fields("target", "iter", *_SUITE)),
    **dict.fromkeys((ast.With, ast.AsyncWith), _fields("items", "body")),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _fields("decorator_list", "args", "returns", "body")),
    **dict.fromkeys((ast.Try, getattr(ast, "TryStar", ast.Try)), _fields("body", "handlers", "orelse", "finalbody")),
    **dict.fromkeys((ast.Tuple, ast.List, ast.Set), _fields("elts")),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp), _fields("elt", "generators")),
    **dict.fromkeys((ast.Expr, ast.Return, ast.Yield, ast.YieldFrom, ast.Await), _fields("value")),
    **dict.fromkeys((ast.Attribute, ast.Starred, ast.keyword), _fields("value")),
}

"""What speaks against a transaction around a run of statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import Source, called_name

Attempt = cst.Try | cst.TryStar | cst.With
_HARMLESS = frozenset(
    {
        *("ValueError", "KeyError", "TypeError", "AttributeError", "IndexError", "LookupError", "UnicodeDecodeError", "StopIteration"),
        *("JSONDecodeError", "DoesNotExist", "ObjectDoesNotExist", "FileNotFoundError", "OSError", "ImportError", "InvalidOperation"),
    }
)
_REMOVES = frozenset({"os.remove", "os.unlink", "shutil.rmtree"})


def nodes(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The nodes of statements, in order; functions and classes defined there are left out."""
    for node in body:
        if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Lambda):
            continue
        yield node
        yield from nodes(node.children)


def inside(node: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether a node is somewhere in another one."""
    return any(one is node for one in nodes([other]))


def count(source: Source, body: Sequence[cst.CSTNode], first: int, last: int) -> int:
    """How many statements begin after the line `first` and before the line `last`, those of inner blocks too."""
    rows = (source.span(node).row for node in nodes(body) if isinstance(node, cst.BaseSmallStatement))
    return sum(first < row < last for row in rows)


def swallowing(body: Sequence[cst.CSTNode]) -> tuple[Attempt, ...]:
    """The `try` and `with suppress` statements that go on after an error of the database: the transaction would be broken there."""
    return tuple(node for node in nodes(body) if isinstance(node, Attempt) and goes_on(node))


def goes_on(attempt: Attempt) -> bool:
    """Whether an error of the database in the body of a statement is not raised again."""
    if isinstance(attempt, cst.With):
        calls = [item.item for item in attempt.items if isinstance(item.item, cst.Call)]
        return any(_last(called_name(call)) == "suppress" and any(_last(arg.value) not in _HARMLESS for arg in call.args) for call in calls)
    return any(_of_database(handler.type) and not _raises(handler.body) for handler in attempt.handlers)


def swallowed_in_helper(source: Source, call: cst.CSTNode) -> bool:
    """Whether the function that a call stands in goes on after an error of it."""
    inner = call
    for above in source.parents(call):
        if isinstance(above, cst.FunctionDef | cst.Lambda):
            return False
        if isinstance(above, Attempt) and above.body is inner and goes_on(above):
            return True
        inner = above
    return False


def files_taken(source: Source, call: cst.Call) -> str:
    """What takes files away in the function of a call, before it: the file of a field, one of a storage, one of each row; "" for none."""
    function = source.function_around(call)
    row = source.span(call).row
    for node in nodes([function.body] if function is not None else []):
        if isinstance(node, cst.Call) and source.span(node).row < row and _takes_a_file(source, node):
            return source.code(node)
    return ""


def _takes_a_file(source: Source, call: cst.Call) -> bool:
    name = dotted_name(call.func)
    if source.around(call, cst.For) is not None and (name in _REMOVES or name.endswith(".unlink")):
        return True
    owner, _, verb = name.rpartition(".")
    if verb != "delete" or not owner:
        return False
    kept = [arg for arg in call.args if isinstance(arg.value, cst.Name) and arg.value.value == "False"]
    of_a_field = len(kept) == len(call.args) == 1 and (kept[0].keyword is None or kept[0].keyword.value == "save")
    return of_a_field or (owner.rpartition(".")[2].endswith("storage") and bool(call.args))


def _of_database(kind: cst.BaseExpression | None) -> bool:
    if isinstance(kind, cst.Tuple):
        return any(_of_database(element.value) for element in kind.elements)
    return kind is None or _last(kind) not in _HARMLESS


def _raises(body: cst.BaseSuite) -> bool:
    """Whether a handler ends by raising."""
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, cst.Raise)


def _last(node: cst.BaseExpression) -> str:
    return dotted_name(node).rpartition(".")[2]

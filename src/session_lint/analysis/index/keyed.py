"""The functions that get or create a record by a call of a library, or by one statement, and those that tell them of which table or key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from session_lint.analysis.index.kinds import ANSWER, INSERT, OBTAIN, UPSERT, Own
from session_lint.analysis.index.node import Node

_UP = 2  # calls from the one who names the table down to that of the library
_MARK = "or_create"
_BULK = ("bulk_create", "abulk_create")  # which may say what becomes of the rows that are there already
_BY_NAME = "~"  # the hint of a call of which nothing but its name is known
_TABLES = frozenset({"objects", "_default_manager", "_base_manager"})


def keyed(nodes: Iterable[Node], own: Mapping[int, Mapping[str, Own]], callers: Callable[[int], Sequence[int]]) -> Iterator[int]:
    """Those with such a call, and the callers of the ones that are handed the table, or the key whole."""
    known = {node.number: node for node in nodes if node.real}
    front = {n: node for n, node in known.items() if any(_gets(name, found) for name, found in own.get(n, {}).items())}
    yield from front
    asking = [node for node in front.values() if _asks(node)]
    for _ in range(_UP):
        above = {number: known[number] for node in asking for number in callers(node.number) if number in known and number not in front}
        yield from above
        asking = [node for node in above.values() if _hands_on(node)]
        front.update(above)


def _gets(name: str, found: Own) -> bool:
    hints = (hint for bit in (OBTAIN, UPSERT, INSERT) for hint in found.get(bit, ()))
    told = (_MARK in name or name in _BULK) and any(not hint.startswith(_BY_NAME) for hint in hints)
    return told or ANSWER in found


def _asks(node: Node) -> bool:
    """Whether a function is handed the table of such a call, or its whole key: by a parameter, or as the manager whose method it is."""
    if _hands_on(node):
        return True
    given = _parameters(node)
    for form in node.said:
        head, _, name = form.lstrip(":").rpartition(".")
        if _MARK in name and (head == "self" or any(head == one or head.removeprefix(f"{one}.") in _TABLES for one in given)):
            return True
        if _MARK in name and any(f":{one}{head}" in node.said for one in given):  # `model.objects.get_or_create(...)`, `cart.lines....`
            return True
    return False


def _hands_on(node: Node) -> bool:
    """Whether a function is handed keyword arguments of any name, or a dict of which it makes some."""
    if node.function is None:
        return False
    return bool(node.function.spread) or any(parameter.kind == "kwargs" for parameter in node.function.parameters)


def _parameters(node: Node) -> list[str]:
    own = node.function.parameters if node.function is not None else ()
    return [parameter.name for parameter in own if parameter.name != "self"]

"""YAML with the row of everything in it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

_DEPTH = 40  # of what people write; an anchor in itself has no end


class YamlError(Exception):
    """The text is no YAML. `row` is 1-based, 0 when it is not known."""

    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar's text, a list's items, or a mapping's entries; the others are empty. `row` is 1-based."""

    row: int
    text: str = ""
    items: tuple[Node, ...] = ()
    entries: tuple[tuple[str, Node], ...] = ()

    def get(self, *keys: str) -> Node | None:
        """What stands under these keys, one below the other."""
        node: Node | None = self
        for key in keys:
            node = next((value for name, value in node.entries if name == key), None) if node is not None else None
        return node

    def texts(self, key: str) -> tuple[str, ...]:
        """The scalars of the list under a key; of a single scalar that one."""
        node = self.get(key)
        if node is None:
            return ()
        return tuple(item.text for item in node.items) or ((node.text,) if node.text else ())

    def said(self, key: str) -> str:
        """The scalar under a key, "" without one."""
        node = self.get(key)
        return node.text if node is not None else ""


def parse(text: str) -> Node:
    """The first document; an empty node for none. Raises YamlError."""
    yaml = _yaml()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlError(str(getattr(error, "problem", None) or error), mark.line + 1 if mark is not None else 0) from None
    return _node(root, _DEPTH) if root is not None else Node(1)


def _yaml() -> Any:
    for name in ("yaml", "yaml_ft"):  # libcst brings one of the two
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise YamlError("reading YAML needs PyYAML: python -m pip install pyyaml")


def _node(found: Any, depth: int) -> Node:
    row = found.start_mark.line + 1
    if not depth:
        raise YamlError("nested too deep", row)
    if found.id == "mapping":
        return Node(row, entries=tuple((str(key.value), _node(value, depth - 1)) for key, value in found.value))
    if found.id == "sequence":
        return Node(row, items=tuple(_node(item, depth - 1) for item in found.value))
    return Node(row, text=str(found.value))

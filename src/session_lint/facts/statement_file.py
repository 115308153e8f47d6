"""Statements that stand in a file of their own: `queries/cart.sql`, and what is named in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Referred:
    """The files of statements that Python files of the project refer to, by path, and who refers to which."""

    contents: Mapping[str, bytes] = field(default_factory=dict)
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # path of a Python file -> paths of files of statements


@dataclass(frozen=True, slots=True)
class NamedStatement:
    """One named block of a file. `parameters` are its named placeholders in the order in which they first stand."""

    name: str
    text: str
    operator: str = ""  # how the block is to be run, as its library writes it: "!", "<!", "*!", "#"
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementFile:
    """One file."""

    path: str
    text: str
    blocks: tuple[NamedStatement, ...] = ()

    def texts(self, key: str) -> tuple[str, ...]:
        """What a key of a table, an attribute or the argument of a loader means in it: the file, by its name with or without what
        is before and behind it, or a block of it."""
        plain = self.path.rpartition(".")[0]
        wanted = "/" + key.strip("/")
        if ("/" + self.path).endswith(wanted) or f"/{plain}".endswith(wanted):
            return (self.text,)
        above, dot, last = key.rpartition(".")
        if dot and not f"/{plain}".endswith("/" + above.replace(".", "/")):
            return ()
        return tuple(block.text for block in self.blocks if block.name == last.replace("-", "_"))

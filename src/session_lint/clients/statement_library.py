"""The contract of a statement library: a file that says how one library gives the named statements of a file as methods."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar


class StatementLibrary(ABC):
    """A library that makes methods of named statements: `queries.delete_lines(conn, cart_id=3)` runs the block `delete-lines`.

    `package` is what a file imports. `origin`: a regular expression for the whole dotted name of what holds the methods, with the
    calls that made it, as in `Handle.origin`. `handed`: the connection is the first argument; else the object runs them itself.
    """

    package: ClassVar[str]
    origin: ClassVar[str]
    handed: ClassVar[bool] = True

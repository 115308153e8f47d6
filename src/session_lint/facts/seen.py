"""What a run met of that which findings are made of: without it, "no findings" may mean that nothing was known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Above:
    """Imports that no file of the project answers, and one above its root does. `example` is one of them, in full."""

    directory: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Of the files outside tests: how many there are, and the `functions` in them. `analysed` are those of the functions that can take part
    in a finding; `calls` are the database calls in them, `obtains` those of the calls that get or create a record, and `getters` the
    functions among them that are one. `unsettled`: the calls that get or create a record by a key of which the schema does not tell whether
    it is unique.

    `possible`: functions that were not analysed and may be getters. `clients`: the database clients that are imported. `silent`: of
    those, by the package imported, the ones of which no call was recognised, with the number of files that import it.
    """

    files: int = 0
    functions: int = 0
    analysed: int = 0
    calls: int = 0
    getters: int = 0
    obtains: int = 0
    possible: int = 0
    unsettled: int = 0
    clients: tuple[str, ...] = ()
    silent: tuple[tuple[str, int], ...] = ()
    above: Above | None = None

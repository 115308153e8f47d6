"""Which tables a result was worked out from, so that only what a grown table can change is worked out again."""

from __future__ import annotations

from collections.abc import Hashable, MutableMapping
from typing import TypeAlias, TypeVar

#: The mark of a result that was cut short, because it was met again below itself or lies too deep: it may be another one next time.
CUT = 1

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")
Noted: TypeAlias = tuple[_Result, int, int]  # a result, what was read for it, and in which round


class Reads:
    """What was read since `seen` was last 0, as a set of bits: one for each entry of a table, and CUT.

    `grown` are the entries that were read, and have grown in this round.
    """

    __slots__ = ("_bits", "grown", "round", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self.grown = 0
        self.round = 0
        self._bits: dict[Hashable, int] = {}

    def note(self, entry: Hashable) -> None:
        """An entry of a table is read, whether it is there or not."""
        bit = self._bits.get(entry)
        if bit is None:
            bit = self._bits[entry] = CUT << len(self._bits) + 1
        self.seen |= bit

    def grow(self, entry: Hashable) -> None:
        """An entry of a table has grown."""
        self.grown |= self._bits.get(entry, 0)

    def next_round(self) -> int:
        """Begins a round; gives what results must not have read to be as good as new."""
        mask, self.grown = self.grown | CUT, 0
        self.round += 1
        return mask

    def is_old(self, known: Noted[_Result]) -> bool:
        """Whether a result of an earlier round has read what grew in this one; one of this round stays as it is, to the end of it."""
        return known[1] & self.grown != 0 and known[2] != self.round


def drop(results: MutableMapping[_Key, Noted[_Result]], mask: int) -> None:
    """Drops the results that have read any of a mask."""
    for key in [key for key, (_, read, _) in results.items() if read & mask]:
        del results[key]

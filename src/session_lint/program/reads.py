"""Which tables a result was worked out from, so that only what a grown table can change is worked out again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, MutableMapping
from typing import TypeVar

#: The mark of a result that was cut short, because it was met again below itself or lies too deep: it may be another one next time.
CUT = 1

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Reads:
    """What was read since `seen` was last 0, as a set of bits: one for each entry of a table, and CUT."""

    __slots__ = ("_bits", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self._bits: dict[Hashable, int] = {}

    def note(self, entry: Hashable) -> None:
        """An entry of a table is read, whether it is there or not."""
        bit = self._bits.get(entry)
        if bit is None:
            bit = self._bits[entry] = CUT << len(self._bits) + 1
        self.seen |= bit

    def of(self, entries: Iterable[Hashable]) -> int:
        """What results must not have read to be as good as new after these entries have grown."""
        mask = CUT
        for entry in entries:
            mask |= self._bits.get(entry, 0)
        return mask


def drop(results: MutableMapping[_Key, tuple[_Value, int]], mask: int) -> None:
    """Drops the results that have read any of a mask."""
    for key in [key for key, (_, read) in results.items() if read & mask]:
        del results[key]

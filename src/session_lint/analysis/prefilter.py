"""The byte search that chooses seeds: which words of the library models and getters a file contains."""

from __future__ import annotations

from collections.abc import Sequence


class Prefilter:
    """Looks for a fixed set of words, case-insensitively.

    One `in` per word on bytes lower-cased once: measured on 28 MB of source with 56 words it takes less than half the time
    of one alternation of the `re` module, which tries every word at every position.
    """

    __slots__ = ("_pairs", "words")

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(sorted({word.lower() for word in words if word}))
        self._pairs = tuple((word, word.encode()) for word in self.words)

    def find(self, data: bytes) -> frozenset[str]:
        """The words (lower-case) that the UTF-8 bytes contain. Never misses one; may find one in a comment or string."""
        low = data.lower()
        if not data.isascii():
            # bytes.lower() leaves other letters alone; a word from the settings may have some
            low += b"\n" + data.decode("utf-8", "replace").lower().encode("utf-8", "replace")
        return frozenset([word for word, raw in self._pairs if raw in low])

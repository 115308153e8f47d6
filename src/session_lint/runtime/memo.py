"""Answers that hold as long as what they are about is the same: for a project that is asked again after an edit of one file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

Answer = TypeVar("Answer")


class Memo:
    """One answer for each kind of question and name: given back while the question is about equal things, most often the very same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[tuple[object, ...], object]] = {}

    def get(self, kind: str, name: str, about: tuple[object, ...], ask: Callable[[], Answer]) -> Answer:
        """The answer that is kept, or a new one. All that it rests on has to be in `about`."""
        known = self._kept.get((kind, name))
        if known is not None and known[0] == about:  # a tuple compares its items by identity first
            return cast(Answer, known[1])
        answer = ask()
        self._kept[kind, name] = about, answer
        return answer

    def keep(self, kind: str, names: set[str]) -> None:
        """Forgets the answers of a kind for all other names."""
        for key in [key for key in self._kept if key[0] == kind and key[1] not in names]:
            del self._kept[key]

"""Values that note on themselves what was once worked out of them."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

from session_lint.facts.packed import Packed

_Result = TypeVar("_Result")
_Value = TypeVar("_Value")


class Noted(Packed):
    """A base of frozen slotted dataclasses that are nested and asked the same again and again.

    The notes are not compared, not shown and not pickled: a hash is another one in another process.
    """

    __slots__ = ("_hash", "_measure", "_normal", "_traits")

    _measure: tuple[int, int, int]
    _traits: tuple[int, int, int]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__slots__" in cls.__dict__:  # the class as the dataclass decorator leaves it
            cls.__hash__ = _hashed_once(cls.__hash__)  # type: ignore[method-assign, assignment]


def _hashed_once(function: Callable[[Any], int]) -> Callable[[Any], int]:
    """`remembered` of the hash alone, which is asked for more often than anything else."""
    note: Callable[[Any, object], None] = Noted.__dict__["_hash"].__set__

    def hashed(value: Any) -> int:
        try:
            found: int = value._hash
        except AttributeError:
            found = function(value)
            note(value, found)
        return found

    return hashed


def remembered(slot: str) -> Callable[[Callable[[Any], _Result]], Callable[[Any], _Result]]:
    """Makes a function of one value note its result on the value itself, in a slot of Noted."""
    note: Callable[[Any, object], None] = Noted.__dict__[slot].__set__  # past the dataclass, which is frozen

    def decorate(function: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
        recall: Callable[[Any], _Result] = attrgetter(slot)

        def recalled(value: Any) -> _Result:
            try:
                return recall(value)
            except AttributeError:
                result = function(value)
                note(value, result)
                return result

        return recalled

    return decorate


_MOST = 4096


def by_identity(function: Callable[[_Value], _Result]) -> Callable[[_Value], _Result]:
    """Makes a function of one value keep its latest results by the identity of the value: for what is too long to be hashed each time."""
    known: dict[int, tuple[_Value, _Result]] = {}  # the value is kept so that its id stays its own

    def recalled(value: _Value) -> _Result:
        found = known.get(id(value))
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[id(value)] = value, function(value)
        return found[1]

    return recalled

"""Values that are pickled as a call of their class: half the time of what the dataclass decorator makes of slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field
from operator import attrgetter
from typing import Any


class Packed:
    """A base of frozen slotted dataclasses of which many go from one process to another, or into the cache."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        names: dict[str, Field[Any]] = cls.__dict__.get("__dataclass_fields__", {})
        if names and "__slots__" in cls.__dict__:  # the class as the dataclass decorator leaves it
            cls.__reduce__ = _reduce(cls, tuple(names))  # type: ignore[assignment]


def _reduce(cls: type[object], names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    values = attrgetter(*names)
    if len(names) == 1:
        return lambda value: (cls, (values(value),))
    return lambda value: (cls, values(value))

"""Finds the items of a room: one file, one item, by folder walk, so that adding an item edits no list."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import TypeVar

from session_lint.errors import RuleLoadError

T = TypeVar("T")


def stems(package: ModuleType) -> tuple[str, ...]:
    """The stems of the files of a room, sorted, without importing them. Names with a leading underscore are no items."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")))


def item(package: ModuleType, stem: str, contract: type[T]) -> T:
    """The item of one file of the room; the others are not imported. Raises RuleLoadError as `discover` does."""
    return _item(importlib.import_module(f"{package.__name__}.{stem}"), contract)


def discover(package: ModuleType, contract: type[T]) -> tuple[T, ...]:
    """One instance per file of the room, sorted by stem.

    Raises RuleLoadError when a file does not define exactly one concrete subclass of the contract, or when two items
    have the same `code`.
    """
    items = tuple(item(package, stem, contract) for stem in stems(package))
    _refuse_duplicates(items)
    return items


def _item(module: ModuleType, contract: type[T]) -> T:
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, contract)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and not inspect.isabstract(value)
    ]
    found = list(dict.fromkeys(found))  # an alias of the same class is not a second item
    if len(found) != 1:
        names = ", ".join(item.__name__ for item in found) or "none"
        raise RuleLoadError(
            f"{module.__name__}: a file of this room defines exactly one concrete {contract.__name__}, found {names}; "
            "give each item its own file and complete its abstract methods"
        )
    return found[0]()


def _refuse_duplicates(items: tuple[T, ...]) -> None:
    owners: dict[str, str] = {}
    for item in items:
        code = getattr(item, "code", None)
        if not isinstance(code, str):
            continue
        module = type(item).__module__
        if code in owners:
            raise RuleLoadError(f"{module}: code {code} is taken by {owners[code]}; a code is never reused, choose the next free one")
        owners[code] = module

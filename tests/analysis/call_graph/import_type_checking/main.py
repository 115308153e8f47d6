from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store import Store


def run(store: Store):
    return store.find()


def start():
    import store

    return run(store.Store())


start()

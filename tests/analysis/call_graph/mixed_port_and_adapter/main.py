from abc import ABC, abstractmethod

from adapter import Memory


class Store(ABC):
    @abstractmethod
    def load(self, key):
        """One."""


class Desk:
    def __init__(self, store):
        self._store = store

    def show(self, key):
        return self._store.load(key)


def main():
    return Desk(Memory()).show(1)


main()
